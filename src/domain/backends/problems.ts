/** Expected failures as data: what a query or a mutation answers instead of a top-level error. */
import { builder } from '#platform/graphql/builder.ts'
import { ScopeEnum } from '#platform/graphql/scope-enum.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { Capability } from '#vocabulary.ts'
import type { BackendRow } from './loaders.ts'
import type { BackendProblem } from './table.ts'

export const errorCodes = {
  VALIDATION_FAILED: 'A value breaks a rule.',
  REQUIRED: 'A value is missing.',
  NOT_FOUND: 'There is no such thing for this viewer.',
  FORBIDDEN: 'The viewer may not do this.',
  CONFLICT: 'It changed since the client last saw it.',
  ALREADY_DONE: 'There is nothing left to do.',
  UNSUPPORTED_BY_BACKEND: 'The help desk cannot do this.',
  BACKEND_REJECTED: 'The help desk refused.',
  BACKEND_UNAVAILABLE: 'The help desk does not answer; try again later.',
  BACKEND_AUTH_FAILED: 'The credentials of the help desk were refused.',
  QUOTA_EXCEEDED: 'The quota of the help desk, or of the translator, is used up.',
  TRANSLATOR_FAILED: 'The configured translator failed or refused.',
  IDEMPOTENCY_KEY_REUSED: 'The same key was used for something else.',
  REPLY_WINDOW_CLOSED: 'The channel no longer takes answers.',
  ATTACHMENT_NOT_READY: 'The file is not uploaded or processed yet.',
  LIMIT_EXCEEDED: 'A limit was hit.',
  UNEXPECTED: 'Our own fault; the log says more.',
} as const
export type ErrorCode = keyof typeof errorCodes

export const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'What kind of expected failure it is; stable, for localising.',
  values: Object.fromEntries(
    Object.entries(errorCodes).map(([code, meaning]) => [code, { value: code as ErrorCode, description: meaning }]),
  ) as Record<ErrorCode, { value: ErrorCode; description: string }>,
})

export type Problem = { __typename: string; message: string; code: ErrorCode; path: string[] | null }

export const UserError = builder.interfaceRef<Problem>('UserError').implement({
  description: 'An expected failure of a mutation, of a `…Result` query, or of a backend.',
  resolveType: (problem) => problem.__typename,
  fields: (t) => ({
    message: t.exposeString('message', { description: 'For developers, in English. Localise from `code`.' }),
    code: t.field({ type: ErrorCodeEnum, description: 'What kind of failure it is.', resolve: ({ code }) => code }),
    path: t.stringList({
      nullable: true,
      description: 'Path into the input, e.g. ["input", "entries", "0", "body"]. Null when not about one field.',
      resolve: ({ path }) => path,
    }),
  }),
})

export type NotFound = Problem & { nodeId: string | null }
export const NotFoundError = builder.objectRef<NotFound>('NotFoundError').implement({
  description: 'There is no such thing for this viewer. Something of another tenant looks just the same.',
  interfaces: [UserError],
  fields: (t) => ({ nodeId: t.exposeID('nodeId', { nullable: true, description: 'The id that was asked for.' }) }),
})
export function notFound(what: string, nodeId: string | null, path = ['id']): NotFound {
  return { __typename: 'NotFoundError', message: `There is no ${what} with this id.`, code: 'NOT_FOUND', path, nodeId }
}

export type Invalid = Problem & { rule: string | null }
builder.objectRef<Invalid>('ValidationError').implement({
  description: 'A value breaks a rule.',
  interfaces: [UserError],
  fields: (t) => ({
    rule: t.exposeString('rule', { nullable: true, description: 'Machine-readable rule, e.g. maxLength=255.' }),
  }),
})

type Forbidden = Problem & { missingScopes: readonly Scope[] }
export const ForbiddenError = builder.objectRef<Forbidden>('ForbiddenError').implement({
  description: 'The viewer may not see or do this.',
  interfaces: [UserError],
  fields: (t) => ({
    missingScopes: t.field({
      type: [ScopeEnum],
      description: 'Scopes the token would need; empty where the role forbids it.',
      resolve: ({ missingScopes }) => missingScopes,
    }),
  }),
})

export type BackendFailure = Problem & {
  backend: BackendRow
  retryable: boolean
  retryAfter: Date | null
  providerCode: string | null
  providerRequestId: string | null
}
export type QuotaExceeded = Problem & { backend: BackendRow; resetsAt: Date | null }

/** `provider`: key of the translator. */
export type TranslatorFailure = Problem & { provider: string; retryable: boolean; retryAfter: Date | null }
builder.objectRef<TranslatorFailure>('TranslatorError').implement({
  description: 'The configured translator failed or refused.',
  interfaces: [UserError],
  fields: (t) => ({
    provider: t.exposeString('provider', { description: 'Which translator, e.g. deepl.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether trying again later can help.' }),
    retryAfter: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is worth trying again.',
      resolve: ({ retryAfter }) => retryAfter,
    }),
  }),
})

/** The help desk cannot do what was asked, and we cannot do it for it. */
export type Unsupported = Problem & { backendId: string; capability: Capability }

type AlreadyUsed = Problem & { firstUsedAt: string }
builder.objectRef<AlreadyUsed>('IdempotencyError').implement({
  description: 'The idempotency key was used before, for something else.',
  interfaces: [UserError],
  fields: (t) => ({
    firstUsedAt: t.field({
      type: 'DateTime',
      description: 'When it was used first.',
      resolve: ({ firstUsedAt }) => firstUsedAt,
    }),
  }),
})
export function keyReused(firstUsedAt: Date): AlreadyUsed {
  return {
    __typename: 'IdempotencyError',
    message: 'This idempotencyKey was used before with another input: use a new key for something new.',
    code: 'IDEMPOTENCY_KEY_REUSED',
    path: ['input', 'idempotencyKey'],
    firstUsedAt: firstUsedAt.toISOString(),
  }
}

/** What a backend's last failing answer means to a client; null when it is well. */
export function problemOf(backend: BackendRow): BackendFailure | QuotaExceeded | null {
  return backend.problem && problemOfAnswer(backend.problem, backend)
}

/** What a failing answer of a backend means to a client. */
export function problemOfAnswer(problem: BackendProblem, backend: BackendRow): BackendFailure | QuotaExceeded {
  const at = problem.retryAt ? new Date(problem.retryAt) : null
  if (problem.kind === 'WAIT_FOR_QUOTA') {
    return {
      __typename: 'QuotaExceededError',
      message: problem.message,
      code: 'QUOTA_EXCEEDED',
      path: null,
      backend,
      resetsAt: at,
    }
  }
  const codes = {
    TRY_AGAIN: 'BACKEND_UNAVAILABLE',
    FIX_CREDENTIALS: 'BACKEND_AUTH_FAILED',
    REFUSED: 'BACKEND_REJECTED',
  } as const
  return {
    __typename: 'BackendError',
    message: problem.message,
    code: codes[problem.kind],
    path: null,
    backend,
    retryable: problem.kind === 'TRY_AGAIN',
    retryAfter: at,
    providerCode: problem.code,
    providerRequestId: problem.requestId,
  }
}

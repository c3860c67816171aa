/** Who translates a text, and what a failure means to the client. Nothing is stored here. */
import type { BackendRow } from '#domain/backends/loaders.ts'
import {
  type Invalid,
  type Problem,
  problemOfAnswer,
  type QuotaExceeded,
  type TranslatorFailure,
  type Unsupported,
} from '#domain/backends/problems.ts'
import type { BackendProblem } from '#domain/backends/table.ts'
import { type TranslatingDesk, translatorFor, vendorOf, whyNotTranslated } from '#domain/backends/vendors.ts'
import { FixCredentialsError, TryAgainError, VendorError, WaitForQuotaError } from '#errors.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { QUOTA_USED_UP, type Translator } from '#translators/contract.ts'
import { likenessOf } from '#translators/locales.ts'

export type TranslationOrder = {
  text: string
  /** Translated instead of the text where the translator can; null for plain text. */
  html: string | null
  /** Null: to be found out. */
  from: string | null
  /** What the ticket says of it; people write in other languages all the same. */
  likelyFrom: string | null
  to: string
  /** Whose ticket it is about; null when it is about none. */
  backend: BackendRow | null
  /** Null: not on a ticket that the help desk has. */
  ticketExternalId: string | null
}

export type Made = {
  text: string
  /** As it came from the translator; `text` then is the same. */
  isHtml: boolean
  from: string | null
  provider: string
  isFromBackend: boolean
}

/** It cannot be translated; `problem` says why. */
export class TranslationError extends Error {
  override name = 'TranslationError'
  readonly problem: Problem

  constructor(problem: Problem, cause?: unknown) {
    super(problem.message, { cause })
    this.problem = problem
  }
}

/** The longest text that is translated, in characters; of HTML with its tags. */
const MOST_CHARACTERS = 10_000
const MOST_HTML_CHARACTERS = 50_000

/** By the help desk itself where it can, else by the configured translator. @throws TranslationError */
export async function translate(context: GraphContext, order: TranslationOrder): Promise<Made> {
  refuseUnfit(order)
  const { translator, deskOf } = context.languages
  const found = translatorFor(order.backend, { translator, deskOf })
  if (found === null) throw new TranslationError(unconfigured(order.backend))
  if ('key' in found) return translatedBy(found, context, order)
  try {
    return await translatedByDesk(found, order)
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    // What it refuses, or has no more, somebody else can still translate.
    const isLost = error instanceof TryAgainError || error instanceof FixCredentialsError
    if (translator && !isLost) return translatedBy(translator, context, order)
    throw failed(context, deskProblem(error, found.backend, context.now), error)
  }
}

function refuseUnfit({ text, from, to }: TranslationOrder): void {
  if (text.trim() === '') throw invalid('There is no text to translate.', 'minLength=1')
  if (text.length > MOST_CHARACTERS)
    throw invalid(`Expected at most ${MOST_CHARACTERS} characters, got ${text.length}.`, `maxLength=${MOST_CHARACTERS}`)
  if (from !== null && likenessOf(from, to) >= 3) throw invalid(`It is in ${to} already.`, 'otherLanguage')
}

async function translatedByDesk({ backend, ask }: TranslatingDesk, order: TranslationOrder): Promise<Made> {
  const { ticketExternalId, text, to } = order
  const from = order.from ?? order.likelyFrom
  const translated = await ask({ ticketExternalId, text, from, to })
  return { text: translated, isHtml: false, from, provider: vendorOf(backend).key, isFromBackend: true }
}

async function translatedBy(translator: Translator, context: GraphContext, order: TranslationOrder): Promise<Made> {
  const { text, html, to } = order
  const from = order.from ?? (translator.detects ? null : await languageOf(context, order))
  const isHtml = html !== null && html.length <= MOST_HTML_CHARACTERS
  try {
    const format = isHtml ? 'HTML' : 'TEXT'
    const translated = await translator.translate({ text: isHtml ? html : text, format, from, to })
    return { text: translated.text, isHtml, from: translated.from, provider: translator.key, isFromBackend: false }
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    throw failed(context, translatorProblem(error, translator, context.now), error)
  }
}

async function languageOf(context: GraphContext, { text, likelyFrom }: TranslationOrder): Promise<string> {
  const locale = (await context.languages.detect(text)).locale ?? likelyFrom
  if (locale !== null) return locale
  throw invalid('It cannot be told which language this is in: name it in `from`.', 'language')
}

// ------------------------------------------------------------------ problems

function invalid(message: string, rule: string): TranslationError {
  return new TranslationError({
    ...{ __typename: 'ValidationError', message, code: 'VALIDATION_FAILED', path: ['input', 'text'], rule },
  } as Invalid)
}

/** What a service said may name hosts inside the company: not for customers. */
function failed({ viewer }: GraphContext, problem: Problem, cause: VendorError): TranslationError {
  const message = viewer.role === 'CONTACT' ? 'It could not be translated.' : problem.message
  return new TranslationError({ ...problem, message }, cause)
}

/** Without a help desk there is nobody to name. */
function unconfigured(backend: BackendRow | null): Problem {
  const code = 'UNSUPPORTED_BY_BACKEND' as const
  const problem = { __typename: 'UnsupportedError', message: whyNotTranslated(backend), code, path: null }
  return backend ? ({ ...problem, backendId: backend.id, capability: 'TRANSLATION_PREVIEW' } as Unsupported) : problem
}

/** What a failing call means for the ticket's help desk. */
export function deskProblem(error: VendorError, backend: BackendRow, now: Date): Problem {
  const { code, requestId, httpStatus } = error.provider
  const retryAt = retryAfterOf(error, now)?.toISOString() ?? null
  const problem = { kind: kindOf(error), message: error.message, code, requestId, httpStatus, retryAt }
  return problemOfAnswer(problem, backend)
}

function kindOf(error: VendorError): BackendProblem['kind'] {
  if (error instanceof TryAgainError) return 'TRY_AGAIN'
  if (error instanceof FixCredentialsError) return 'FIX_CREDENTIALS'
  return error instanceof WaitForQuotaError ? 'WAIT_FOR_QUOTA' : 'REFUSED'
}

function translatorProblem(error: VendorError, { key, name }: Translator, now: Date): Problem {
  const message = error.message.startsWith(name) ? error.message : `${name}: ${error.message}`
  if (error.provider.code === QUOTA_USED_UP) {
    const quota = { __typename: 'QuotaExceededError', message, code: 'QUOTA_EXCEEDED', path: null } as const
    return { ...quota, backend: null, resetsAt: null } as Problem & Omit<QuotaExceeded, 'backend'>
  }
  const failure: TranslatorFailure = {
    ...{ __typename: 'TranslatorError', message, code: 'TRANSLATOR_FAILED', path: null, provider: key },
    retryable: error instanceof TryAgainError,
    retryAfter: retryAfterOf(error, now),
  }
  return failure
}

function retryAfterOf(error: VendorError, now: Date): Date | null {
  if (error instanceof WaitForQuotaError) return error.resetsAt
  if (!(error instanceof TryAgainError) || error.retryAfterMs === null) return null
  return new Date(now.getTime() + error.retryAfterMs)
}

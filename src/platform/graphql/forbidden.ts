import { GraphQLError } from 'graphql'
import type { Scope } from './scopes.ts'

/** The viewer may not ask this. */
export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } })
}

/** There is no such thing, or not for this viewer: both look the same. */
export function notFound(what: string): GraphQLError {
  return new GraphQLError(`There is no such ${what}.`, { extensions: { code: 'NOT_FOUND' } })
}

export function missingScopesError(missingScopes: readonly Scope[]): GraphQLError {
  return new GraphQLError(inWords(missingScopes), { extensions: { code: 'FORBIDDEN', missingScopes } })
}

/** The same as data, as mutations answer it. */
export function missingScopesProblem(missingScopes: readonly Scope[]) {
  const code = 'FORBIDDEN' as const
  return { __typename: 'ForbiddenError', message: inWords(missingScopes), code, path: null, missingScopes }
}

function inWords(missingScopes: readonly Scope[]): string {
  return `This token lacks ${missingScopes.join(', ')}.`
}

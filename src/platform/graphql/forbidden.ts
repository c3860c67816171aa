import { GraphQLError } from 'graphql'

/** The viewer may not ask this. */
export function forbidden(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } })
}

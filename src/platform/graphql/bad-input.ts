import { GraphQLError } from 'graphql'

/** What a client sent cannot be used: says which argument, what was expected and what came. */
export function badInput(argument: string, message: string): GraphQLError {
  return new GraphQLError(`${argument}: ${message}`, { extensions: { code: 'BAD_USER_INPUT', argument } })
}

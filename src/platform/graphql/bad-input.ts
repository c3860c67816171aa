import { GraphQLError } from 'graphql'

/** What a client sent cannot be used: says which argument, what was expected and what came. */
export function badInput(argument: string, message: string): GraphQLError {
  return new GraphQLError(`${argument}: ${message}`, { extensions: { code: 'BAD_USER_INPUT', argument } })
}

/** @throws GraphQLError when a number lies outside of `least` to `most`. */
export function checkBetween(argument: string, number: number, [least, most]: readonly [number, number]): void {
  if (number < least || number > most)
    throw badInput(argument, `expected a number from ${least} to ${most}, got ${number}`)
}

/** What a document may ask for, and how its refusal is told. */
import { GraphQLError } from 'graphql'

export type DocumentLimits = {
  /** Length of its text. */
  characters: number
  /** Words and signs the parser reads before it gives up. */
  tokens: number
  /** Fields within fields. */
  depth: number
  aliases: number
  directives: number
  fragments: number
  /** Fields with every fragment written out wherever it is used. */
  fields: number
  /** The same name in one place of the answer; comparing them with each other takes the square of it. */
  repeats: number
  /** Fields at the root of a mutation: each is an effect, and one that fails leaves those before it. */
  mutations: number
  /** Lists and objects within each other in an argument or a variable. */
  nesting: number
  /** Values in all variables together. */
  values: number
  /** Objects the answer can hold, by `first` × nested `first`. */
  nodes: number
  /** Mistakes that are told before the rest is not looked at. */
  errors: number
}

/** Tried with the largest pages and documents of real consoles, which stay under half of each. */
export const usualLimits: DocumentLimits = {
  characters: 64_000,
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  directives: 30,
  fragments: 50,
  fields: 2_000,
  repeats: 30,
  mutations: 1,
  nesting: 64,
  values: 20_000,
  nodes: 50_000,
  errors: 3,
}

/** GraphiQL asks the schema for types within lists within … nine times. */
export const introspectionDepth = 20

/** How many streams may be open at once, and how often their readers are asked for a sign of life. */
export type StreamLimits = { perToken: number; perContact: number; perGateway: number; pingEveryMs: number }

/** A token may stand for all the agents of a company, each with a few windows; a customer is one person. */
export const usualStreamLimits: StreamLimits = {
  ...{ perToken: 5_000, perContact: 20, perGateway: 10_000 },
  pingEveryMs: 12_000,
}

/** A refusal names the limit, its value and what came. `got` is text where counting was given up. */
export function tooComplex(limit: keyof DocumentLimits, allowed: number, got: number | string): GraphQLError {
  return new GraphQLError(`The document asks for too much: ${words[limit]} may be ${allowed} at most, got ${got}.`, {
    extensions: { code: 'QUERY_TOO_COMPLEX', limit, allowed, got, http: { status: 400 } },
  })
}

const words: Record<keyof DocumentLimits, string> = {
  characters: 'its length in characters',
  tokens: 'its tokens',
  depth: 'its depth',
  aliases: 'its aliases',
  directives: 'its directives',
  fragments: 'its fragments',
  fields: 'its fields with fragments written out',
  repeats: 'how often one field stands in one place',
  mutations: 'the fields of a mutation',
  nesting: 'the nesting of its arguments and variables',
  values: 'the values in its variables',
  nodes: 'the objects it can answer with',
  errors: 'its mistakes',
}

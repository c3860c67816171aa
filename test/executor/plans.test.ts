/** What is worked out once for a document is used for whoever asks with it, and however they answer its directives. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  type DocumentNode,
  execute,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  getIntrospectionQuery,
  parse,
} from 'graphql'
import { expect, test } from 'vitest'
import { execute as ours } from '#platform/graphql/executor/execute.ts'
import { schema } from '../../src/schema.ts'
import { worldSchema } from './world.ts'

const world = worldSchema()
const contextValue = { fateOf: () => ({ isLate: false, outcome: 'VALUE' }) }

test('a variable that is null where a directive asks is an error of that request alone', async () => {
  for (const text of [
    'query ($no: Boolean = false) { count @skip(if: $no) word }',
    'query ($no: Boolean = false) { thing { id name @include(if: $no) } word }',
    'query ($no: Boolean = false) { thing { ...Id @skip(if: $no) name } } fragment Id on Thing { id }',
  ]) {
    const document = parse(text)
    for (const no of [null, false, undefined, true, null, false]) {
      const args = { schema: world, document, contextValue, variableValues: no === undefined ? {} : { no } }
      const [own, theirs] = [await ours(args), await execute(args)]
      expect(JSON.parse(JSON.stringify(own))).toEqual(JSON.parse(JSON.stringify(theirs)))
      expect((own.errors ?? []).length).toBe(no === null ? 1 : 0)
    }
  }
})

test('a resolver cannot change what the document gives as arguments, for itself or for those who come', async () => {
  const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0)
  const type = new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLInt)))
  const counting = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        sum: { type: GraphQLInt, args: { of: { type } }, resolve: (_root, { of }) => sum(of) },
        greedy: { type: GraphQLInt, args: { of: { type } }, resolve: (_root, { of }) => of.push(100) },
      },
    }),
  })
  const document = parse('query ($more: [Int!]!) { sum(of: [1, 2]) greedy(of: [1, 2]) given: sum(of: $more) }')
  for (const more of [[3], [4], [5]]) {
    const { data, errors } = await ours({ schema: counting, document, variableValues: { more } })
    expect(data).toEqual({ sum: 3, greedy: null, given: more[0] })
    expect(errors).toHaveLength(1)
  }
})

test('the schema describes itself in the words of graphql-js', async () => {
  const args = { schema, document: parse(getIntrospectionQuery({ inputValueDeprecation: true })) }
  const own = await ours(args)
  expect(own.errors).toBeUndefined()
  expect(JSON.stringify(own)).toBe(JSON.stringify(await execute(args)))
})

test('documents of many fields do not fill the memory', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const documents = Array.from({ length: 60 }, (_, number) => parse(widened(number)))
  const ask = async (document: DocumentNode) => {
    const { errors } = await ours({ schema: world, document, contextValue })
    expect(errors).toBeUndefined()
  }
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (const document of documents) await ask(document)
  collectGarbage()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
  expect(documents).toHaveLength(60) // kept until here, as the gateway keeps them
})

/** 400 words that are 2,000 fields. */
function widened(number: number): string {
  const names = (letter: string, below: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index}: ${below}`).join(' ')
  return `query Number${number} { ${names('a', 'self { ...Some }', 10)} }
    fragment Some on Query { ${names('b', 'self { ...More }', 5)} }
    fragment More on Query { ${names('c', '__typename', 40)} }`
}

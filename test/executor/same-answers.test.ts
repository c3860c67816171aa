/** Our executor beside graphql-js: the same documents, the same answers. */
import fc from 'fast-check'
import {
  type ExecutionResult,
  execute,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { expect, test } from 'vitest'
import { execute as ours } from '#platform/graphql/executor/execute.ts'
import { documentsOf } from './documents.ts'
import { type Fate, type FateOf, worldSchema } from './world.ts'

const schema = worldSchema()

const variables = fc.record(
  {
    int: fc.integer({ min: 0, max: 4 }),
    id: fc.constantFrom('x', 5, null),
    text: fc.constantFrom('hello', null),
    color: fc.constantFrom('RED', 'GREEN'),
    yes: fc.boolean(),
    no: fc.boolean(),
  },
  { requiredKeys: ['yes'] },
)

/** `share`: how many of a thousand values have another fate than to come. */
function fates(seed: number, share: number, outcomes: Fate['outcome'][]): FateOf {
  return (path) => {
    const drawn = [...path].reduce(
      (sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0,
      seed * 2_654_435_761,
    )
    const mixed = Math.imul(drawn ^ (drawn >>> 15), 0x2c1b3c6d) >>> 0
    const outcome = mixed % 1000 < share ? outcomes[(mixed >>> 10) % outcomes.length] : undefined
    return { isLate: (mixed >>> 20) % 2 === 0, outcome: outcome ?? 'VALUE' }
  }
}

/** All rules but those that only say that something is superfluous. */
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== NoUnusedFragmentsRule)

async function bothWays(document: string, variableValues: object, fateOf: FateOf) {
  const parsed = parse(document)
  const problems = validate(schema, parsed, rules)
  if (problems.length > 0) throw new Error(`${problems[0]?.message}\n${document}`)
  const args = { schema, document: parsed, variableValues: variableValues as never, contextValue: { fateOf } }
  const own = await Promise.all(ways.map((usesUntilWritten) => ours(args, { usesUntilWritten })))
  return [own, await execute(args)] as const
}

/** Fields are filled by functions written for them, and seldom ones by a loop. */
const ways = [0, Number.POSITIVE_INFINITY]

const readable = ({ data, errors }: ExecutionResult) => ({
  data: data === undefined ? 'nothing' : data === null ? null : JSON.stringify(data),
  errors: (errors ?? []).map((error) => JSON.stringify([error.path, error.message, error.locations])).sort(),
})

const runs = { numRuns: 250, seed: 20260301 }

test.each(['query', 'mutation'] as const)(
  'every %s that goes well has the data of graphql-js, in its order',
  async (operation) => {
    await fc.assert(
      fc.asyncProperty(documentsOf(schema, operation), variables, fc.nat(), async (document, given, seed) => {
        const [own, theirs] = await bothWays(document, given, fates(seed, 0, []))
        expect(own.map(readable)).toEqual(ways.map(() => readable(theirs)))
      }),
      runs,
    )
  },
)

test('nulls, failures and values of a wrong kind leave the same data, and every error is one that graphql-js tells', async () => {
  let failed = 0
  await fc.assert(
    fc.asyncProperty(documentsOf(schema, 'query'), variables, fc.nat(), async (document, given, seed) => {
      const [own, theirs] = await bothWays(document, given, fates(seed, 120, ['NULL', 'ERROR', 'THROWN', 'WRONG']))
      const told = readable(theirs).errors
      for (const { data, errors } of own.map(readable)) {
        expect(data).toEqual(readable(theirs).data)
        for (const error of errors) expect(told).toContain(error)
        expect(errors.length > 0).toBe(told.length > 0)
      }
      if (told.length > 0) failed += 1
    }),
    runs,
  )
  expect(failed).toBeGreaterThan(50)
})

test('a document without its variables, or without an operation of that name, is refused in the same words', async () => {
  const document = parse('query A($n: Int!) { things(n: $n) { id } } query B { count }')
  for (const args of [{ operationName: 'A' }, { operationName: 'C' }, {}]) {
    const said = { schema, document, contextValue: {}, ...args }
    expect(readable(await ours(said))).toEqual(readable(await execute(said)))
  }
})

/** Documents at random, of every role, over the built-in data: answered or refused, and never a fault of ours. */
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { schema } from '../../src/schema.ts'
import { servePeople } from '../views/people.ts'
import { randomDocuments } from './random-documents.ts'

const served = await servePeople()

test('a random document is answered or refused, and never fails', async () => {
  const ids: string[] = []
  for (const [typeName, table] of [
    ['Ticket', 'tickets'],
    ['Message', 'messages'],
    ['Contact', 'actors'],
    ['Conversation', 'conversations'],
    ['Backend', 'backends'],
    ['Tag', 'tags'],
  ] as const) {
    const { rows } = await served.pool.query(`select id from ${table} order by id limit 3`)
    ids.push(...rows.map(({ id }) => nodeIdOf(typeName, id)))
  }
  const random = randomDocuments(schema, 20260301, ids)
  const people = ['ana', 'customer', 'program', 'stranger']
  const failures: string[] = []
  let answered = 0
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(
      people.flatMap((person) =>
        [random.query(), random.query(), random.mutation()].map(async (document) => {
          const { status, data, errors } = await served.askAs(person, document)
          if (data) answered += 1
          const codes = (errors ?? []).map(({ extensions }) => extensions?.code)
          if (status >= 500 || codes.includes('INTERNAL_SERVER_ERROR'))
            failures.push(`${person} ${status} ${JSON.stringify(errors).slice(0, 300)}\n${document}`)
        }),
      ),
    )
  }
  expect(failures.slice(0, 5)).toEqual([])
  expect(answered).toBeGreaterThan(100)
})

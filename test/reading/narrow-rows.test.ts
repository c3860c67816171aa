/** Queries select only what they are known to read: nobody may notice by an answer. */
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import {
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { tickets } from '#domain/tickets/table.ts'
import { ColumnNotSelected } from '#platform/db/column-not-selected.ts'
import { oneBy } from '#platform/db/loader.ts'
import { endReading, nothingRead, startReading } from '#platform/db/read-columns.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { schema } from '../../src/schema.ts'
import { openCompanies } from '../access/company.ts'

const { db, during, alpha, answerOf } = await openCompanies()
const { workspaceId, annId } = alpha
/** More than the first answers, which read whole rows. */
const often = 8

const idOf = async (query: ReturnType<typeof sql>) => (await db.execute<{ id: string }>(query)).rows[0]?.id as string

async function again(token: string, document: string, variables: object = {}) {
  const answers = []
  for (let time = 0; time < often; time++) answers.push(await answerOf(token, document, variables))
  return answers
}

describe('every field of every type', () => {
  test.each(Object.entries(alpha.paths))('of %s is the same from narrow rows', async (typeName, path) => {
    const [first, second, ...later] = await again(alpha.admin, path.replace('*', fieldsOf(typeName, 1)))
    for (const answer of later) expect(lasting(answer, first, second)).toEqual(lasting(first, first, second))
  })
})

/** All its fields that need no argument, and theirs. */
function fieldsOf(typeName: string, levels: number): string {
  const type = schema.getType(typeName)
  if (!isObjectType(type) && !isInterfaceType(type)) return '__typename'
  const asked = Object.values((type as GraphQLObjectType).getFields()).flatMap((field) => {
    const given = getNamedType(field.type)
    if (field.args.some(isRequiredArgument)) return []
    // Places in the log move on with whatever happens on the same Postgres.
    if (isLeafType(given)) return given.name === 'EventCursor' ? [] : [field.name]
    return levels > 0 ? [`${field.name} { ${fieldsOf(given.name, levels - 1)} }`] : []
  })
  return ['__typename', ...asked].join(' ')
}

/** What differs between the first two answers is of the moment: signatures, ages, request ids. */
function lasting(value: unknown, first: unknown, second: unknown): unknown {
  if (isDeepStrictEqual(first, second)) return value
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return 'differs'
  const members = (of: unknown) => of as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, lasting(members(value)?.[key], members(first)[key], members(second)[key])]),
  )
}

test('a query that is known selects the columns it reads, and no others', async () => {
  const document = '{ tickets(first: 5) { nodes { id subject requester { displayName } } pageInfo { endCursor } } }'
  await again(alpha.admin, document)
  const { statements } = await during(() => answerOf(alpha.admin, document))
  const text = statements.map((statement) => statement.text.replaceAll('"', '')).join()
  expect(text).toMatch(/\(select id, subject, requester_id, last_activity_at from tickets /)
  expect(text).toContain(' from actors ')
  expect(text).not.toContain('email')
})

test('what another viewer of the same query decides by is read for them', async () => {
  const note = await idOf(
    sql`select id from messages where workspace_id = ${workspaceId} and type = 'NOTE_PRIVATE' limit 1`,
  )
  const reply = await idOf(sql`select m.id from messages m join tickets t on t.id = m.ticket_id
    where m.workspace_id = ${workspaceId} and t.requester_id = ${annId} and m.type = 'REPLY_INBOUND' limit 1`)
  const document = 'query ($id: ID!) { node(id: $id) { id } rateLimit { limit } }'
  const [aNote, aReply] = [nodeIdOf('Message', note), nodeIdOf('Message', reply)]
  await again(alpha.admin, document, { id: aNote })
  const customer = alpha.viewer('CONTACT')
  const seen = async (id: string) => {
    const { data, errors } = await answerOf(customer, document, { id })
    expect(errors, 'what the request brought along is there the second time too').toBeUndefined()
    return { node: (data as { node: unknown }).node }
  }
  expect(await seen(aNote)).toEqual({ node: null })
  expect(await seen(aReply)).toEqual({ node: { id: aReply } })
  await again(customer, document, { id: aReply })
  expect(await seen(aNote)).toEqual({ node: null })
})

describe('a narrow row', () => {
  const load = oneBy(
    tickets,
    tickets.id,
    { id: tickets.id, subject: tickets.subject, number: tickets.number },
    { name: 'ticket_of_this_test' },
  )
  const known = nothingRead()
  async function row(use: (found: NonNullable<Awaited<ReturnType<typeof load>>>) => unknown) {
    const reading = startReading(known)
    const id = await idOf(
      sql`select id from tickets where workspace_id = ${workspaceId} and number is not null limit 1`,
    )
    const found = await load({ db, workspaceId, reading }, id)
    if (!found) throw new Error('the test needs a ticket')
    let missed: ColumnNotSelected | null = null
    try {
      return use(found)
    } catch (error) {
      missed = error as ColumnNotSelected
      throw error
    } finally {
      endReading(reading, missed)
    }
  }

  test('fails, instead of lacking something, when it is asked for more: also when it is spread or written as JSON', async () => {
    for (let time = 0; time < often; time++) await row(({ subject }) => subject)
    for (const use of [
      (found: object) => (found as { number: string }).number,
      (found: object) => ({ ...found }),
      (found: object) => JSON.stringify(found),
      (found: object) => Object.values(found),
    ]) {
      await expect(row(use)).rejects.toThrow(ColumnNotSelected)
      // The next answers get whole rows, and see what it was that was missed.
      known.columns.get('ticket_of_this_test')?.read.delete('number')
      for (let time = 0; time < often; time++) await row(({ subject }) => subject)
    }
  })

  test('that was missed something of is whole the next time, and then has it', async () => {
    await expect(row(({ number }) => number)).rejects.toThrow(ColumnNotSelected)
    for (let time = 0; time < often; time++) expect(await row(({ number }) => number)).toBeTypeOf('string')
  })
})

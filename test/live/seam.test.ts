/** Clients that are cut off at random while many write, on two gateways: what they end with is what there is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { openDatabase } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { givenOut } from '../changes/given-out.ts'
import { runOver } from '../support/asking.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeWorkspace, openTestGateway, testToken } from '../support/gateway.ts'
import { openDesk } from './desk.ts'
import { type Event, readStream } from './sse.ts'

const { db, connectionString } = await createTestDatabase()
const log = openLog({ level: 'silent' })
const workspaceId = await makeWorkspace(db)
const writing = openDatabase({ connectionString, applicationName: 'writers', poolSize: 6 })
const gateways = await Promise.all(
  [1, 2].map(async () => {
    const wakes = openWakes({ connectionString, log })
    return { wakes, ...(await openTestGateway(db, { workspaceId, wakes })) }
  }),
)
const desk = await openDesk(db, workspaceId)
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()))
  await Promise.all(gateways.map(({ wakes }) => wakes.close()))
  await writing.close()
})

const document = `subscription ($filter: TicketFilter, $after: EventCursor) { ticketEvents(filter: $filter, after: $after) {
  __typename ... on ChangeEvent { cursor }
  ... on TicketEvent { ticketId wasInSelection isInSelection } } }`
const filter = { status: ['NEW'] }
const random = (below: number) => Math.floor(Math.random() * below)

/** Reads on whichever gateway, and begins again from its last cursor whenever it is cut off; at last until the end. */
async function clientOf(after: string, last: () => string | null, cutAfterMs: () => number) {
  const events: Event[] = []
  let cuts = 0
  const isAtEnd = () => last() !== null && events.at(-1)?.ticketId === last()
  while (!isAtEnd()) {
    const { url } = gateways[random(2)] as (typeof gateways)[0]
    const stream = await readStream({ url, token: testToken, query: document, variables: { filter, after } })
    if (last() === null) await sleep(cutAfterMs())
    else await stream.untilLast(({ ticketId }) => ticketId === last())
    stream.leave()
    await stream.ended
    events.push(...stream.events)
    after = stream.events.at(-1)?.cursor ?? after
    cuts += 1
  }
  return { events, cuts }
}

test('a client that is cut off again and again gets every event once, in order, and ends with what there is', async () => {
  const [{ ask }] = gateways as [(typeof gateways)[0]]
  const nextCursor = await runOver(ask)<{ nextCursor: string }>('{ changes { nextCursor } }').then(
    (page) => page.nextCursor,
  )
  let last: string | null = null
  const clients = Array.from({ length: 4 }, (_, index) =>
    clientOf(
      nextCursor,
      () => last,
      () => random(20 + 40 * index),
    ),
  )

  const ids = await Promise.all(Array.from({ length: 12 }, () => desk.ticket({ status: 'RESOLVED' })))
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let round = 0; round < 20; round++) {
        await writing.db.transaction(async (tx) => {
          // Some get their number long before they change a ticket: their order is not that of the changes.
          if (random(3) === 0) {
            await tx.execute(sql`select pg_current_xact_id()`)
            await sleep(random(8))
          }
          const first = random(11)
          for (const id of ids.slice(first, first + 1 + random(2)))
            await desk.changeIn(tx, id, { status: random(2) ? 'NEW' : 'RESOLVED' })
        })
        await sleep((writer * round) % 7)
      }
    }),
  )
  await givenOut(db, workspaceId)
  last = nodeIdOf('Ticket', await desk.ticket({ status: 'NEW' }))
  const read = await Promise.all(clients)
  const whole = await clientOf(
    nextCursor,
    () => last,
    () => 0,
  )

  const { rows } = await db.execute<{ id: string }>(
    sql`select id from tickets where workspace_id = ${workspaceId} and status = 'NEW'`,
  )
  const there = rows.map(({ id }) => nodeIdOf('Ticket', id)).sort()
  expect(whole.events.length).toBeGreaterThan(40)
  for (const { events, cuts } of read) {
    expect(cuts).toBeGreaterThan(10)
    expect(events.filter(({ __typename }) => __typename !== 'TicketEvent')).toEqual([])
    // The same, whoever read it when.
    expect(events).toEqual(whole.events)
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length)
    const shown = new Set<string>()
    const wrong = events.filter(({ ticketId, wasInSelection, isInSelection }) => {
      const isWrong = shown.has(ticketId) !== wasInSelection
      if (isInSelection) shown.add(ticketId)
      else shown.delete(ticketId)
      return isWrong
    })
    expect(wrong).toEqual([])
    expect([...shown].sort()).toEqual(there)
  }
})

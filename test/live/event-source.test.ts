/** What an `EventSource` relies on: ids of events, and coming back with the last of them. */
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { openDesk } from './desk.ts'

const { db, connectionString } = await createTestDatabase()
const wakes = openWakes({ connectionString, log: openLog({ level: 'silent' }) })
const gateway = await openTestGateway(db, { wakes })
const desk = await openDesk(db, gateway.workspaceId)
afterAll(async () => {
  await gateway.close()
  await wakes.close()
})

const query = `subscription ($after: EventCursor) { ticketEvents(after: $after) {
  ... on ChangeEvent { cursor } ... on TicketEvent { ticket { subject } } } }`

/** The blocks of a stream that `GET` opens, until so many events are there. */
async function blocksOf(after: string | null, headers: Record<string, string>, count: number): Promise<string[]> {
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const { authorization } = gateway.headers
  const address = `${gateway.url}?${new URLSearchParams({ query, variables: JSON.stringify({ after }) })}`
  const response = await fetch(address, {
    headers: { authorization, accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => block.startsWith('event: '))
    if (blocks.length >= count) return blocks
  }
  throw new Error(`the stream ended: ${text}`)
}

const eventsIn = (blocks: string[]) =>
  blocks.map((block) => {
    const [, data = '{}', id] = /^event: next\ndata: (.*)\nid: (.*)$/.exec(block) ?? []
    const { cursor, ticket } = JSON.parse(data).data.ticketEvents
    return { id, cursor, subject: ticket.subject }
  })

test('who comes back with the id of the last event goes on behind it, whatever place the address begins from', async () => {
  const { data } = await gateway.ask('{ changes { nextCursor } }')
  const start = (data as { changes: { nextCursor: string } }).changes.nextCursor
  for (const subject of ['One', 'Two', 'Three']) await desk.ticket({ subject })
  const first = eventsIn(await blocksOf(start, {}, 3))
  expect(first.map(({ subject }) => subject)).toEqual(['One', 'Two', 'Three'])
  expect(first.map(({ id }) => id)).toEqual(first.map(({ cursor }) => cursor))
  const back = eventsIn(await blocksOf(start, { 'last-event-id': first[1]?.id ?? '' }, 1))
  expect(back.map(({ subject }) => subject)).toEqual(['Three'])
})

test('an id that is none of ours is refused', async () => {
  const [block] = await blocksOf(null, { 'last-event-id': '17' }, 1)
  expect(block).toContain('expected a cursor of the log of changes, got \\"17\\"')
})

/** Streams of tickets as clients read them over SSE. */
import { afterAll, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openWakes } from '#platform/live/wakes.ts'
import { openLog } from '#platform/log.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway, testToken } from '../support/gateway.ts'
import { openDesk } from './desk.ts'
import { readStream } from './sse.ts'

const { db, connectionString } = await createTestDatabase()
const log = openLog({ level: 'silent' })
const wakes = openWakes({ connectionString, log })
const gateway = await openTestGateway(db, { wakes })
const desk = await openDesk(db, gateway.workspaceId)
afterAll(async () => {
  await gateway.close()
  await wakes.close()
})

const inbox = `subscription ($filter: TicketFilter, $after: EventCursor) { ticketEvents(filter: $filter, after: $after) {
  __typename
  ... on ChangeEvent { cursor at }
  ... on TicketEvent { changeType ticketId wasInSelection isInSelection changedFields ticket { id subject status } }
  ... on StreamGap { reason droppedCount resumeFrom } } }`
const read = (variables: object = {}) => readStream({ url: gateway.url, token: testToken, query: inbox, variables })

test('a ticket that enters, changes in and leaves a selection is told, with what it was before', async () => {
  const stream = await read({ filter: { status: ['NEW'] } })
  const id = await desk.ticket({ status: 'RESOLVED' })
  await desk.change(id, { status: 'NEW' })
  await desk.change(id, { subject: 'Another' })
  await desk.change(id, { status: 'RESOLVED' })
  await desk.change(id, { subject: 'Unseen' })
  const events = await stream.until(3)
  expect(
    events.map(({ ticketId, wasInSelection, isInSelection }) => [ticketId, wasInSelection, isInSelection]),
  ).toEqual([
    [nodeIdOf('Ticket', id), false, true],
    [nodeIdOf('Ticket', id), true, true],
    [nodeIdOf('Ticket', id), true, false],
  ])
})

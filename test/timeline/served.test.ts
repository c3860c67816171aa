/** Timelines over the built-in data of all five help desks, and what one of them tells in its own log. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { syncNow } from '#flows/sync/schedule.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { runOver } from '../support/asking.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'
import { type Item, itemFields, type Timeline } from './desk.ts'

const served = await serveBuiltIn()
const { db, ask, statementsDuring, backends, syncing } = served
const run = runOver(ask)
const rows = async <Row>(query: ReturnType<typeof sql>) => (await db.execute(query)).rows as Row[]

const opening = `query ($id: ID!) { ticket(id: $id) {
  firstMessage { ...Entry }
  timeline(last: 20) { totalCount updatedAt pageInfo { startCursor hasPreviousPage } edges { cursor node {
    ...Entry ${itemFields.replace('displayName', 'id type displayName')} } } } } }
fragment Entry on Message {
  type direction contentType subject clientMessageId isInternal isRead isEdited isSuggested
  body { html quotedText readMinutes editorjs { blocks { id type data } } } sender { id type displayName avatarUrl } senderName
  emailAddresses { email name direction isOwnAddress } attachments(includeInline: false) { id name kind sizeKb status downloadUrl }
  mentions { agent { id displayName } isRead } delivery { status failReason retryCount } translation { locale text provider } }`

test('the timeline of any ticket of any help desk opens in fifteen statements, with all that its thread has', async () => {
  const longest = await rows<{ id: string; vendor: string; said: number }>(sql`
    select distinct on (b.id) t.id, b.vendor, t.message_count as said from tickets t join backends b on b.id = t.backend_id
    order by b.id, t.message_count desc`)
  expect(longest).toHaveLength(5)
  for (const { id, said } of longest) {
    const { result, statements } = await statementsDuring(() =>
      run<{ timeline: Timeline & { edges: { node: Item }[] } }>(opening, { id: nodeIdOf('Ticket', id) }),
    )
    expect(statements.length).toBeLessThanOrEqual(15)
    expect(result.timeline.totalCount).toBeGreaterThanOrEqual(said)
    expect(result.timeline.edges.length).toBe(Math.min(20, result.timeline.totalCount))
  }
})

test('every kind of message and every direction that is stored is shown', async () => {
  const shown = { types: new Set(), directions: new Set() }
  const wanted = await rows<{ type: string; direction: string; ticket_id: string }>(sql`
    select distinct on (type, direction) type, direction, ticket_id from messages where type <> 'SUGGESTED_REPLY'`)
  for (const { ticket_id } of wanted) {
    const { timeline } = await run<{ timeline: { nodes: { type: string; direction: string }[] } }>(
      'query ($id: ID!) { ticket(id: $id) { timeline(first: 100, types: [MESSAGE]) { nodes { ... on Message { type direction } } } } }',
      { id: nodeIdOf('Ticket', ticket_id) },
    )
    for (const { type, direction } of timeline.nodes) {
      shown.types.add(type)
      shown.directions.add(direction)
    }
  }
  expect(shown.types).toEqual(new Set(wanted.map(({ type }) => type)))
  expect(shown.directions).toEqual(new Set(wanted.map(({ direction }) => direction)))
  expect(shown.types.size).toBeGreaterThanOrEqual(5)
  expect(shown.directions.size).toBeGreaterThanOrEqual(4)
})

test('a change that went to a help desk and is told in its log stands once', async () => {
  const backend = backends.find(({ connector }) => connector.key === 'comm100')
  const [ticket] = await rows<{ id: string }>(sql`
    select id from tickets where backend_id = ${backend?.backendId} and status = 'NEW' and merged_into_id is null
      and merged_into_external_id is null and not is_recycled and vanished_at is null order by id limit 1`)
  const id = nodeIdOf('Ticket', ticket?.id as string)
  const items = async () => {
    const query = `query ($id: ID!) { ticket(id: $id) { timeline(last: 100, types: [STATUS_CHANGED, PRIORITY_CHANGED, ASSIGNMENT_CHANGED, SUBJECT_CHANGED, RECYCLED]) { nodes { ${itemFields} } } } }`
    return (await run<{ timeline: Timeline }>(query, { id })).timeline.nodes
  }
  const before = await items()
  const deliverer = deliverDuringTest(served)
  const patch = { status: 'ON_HOLD', priority: 'URGENT', subject: 'Another subject' }
  const change = 'mutation ($input: TicketUpdateInput!) { ticketUpdate(input: $input) { errors { message } } }'
  expect(await run(change, { input: { id, patch } })).toEqual({ errors: [] })
  await deliverer.settled()
  await syncNow(syncing, backend?.backendId as string, { full: true })

  const after = (await items()).slice(before.length)
  expect(after).toHaveLength(3)
  expect(after).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ __typename: 'StatusChangedItem', from: 'NEW', to: 'ON_HOLD' }),
      expect.objectContaining({ __typename: 'PriorityChangedItem', newPriority: 'URGENT' }),
      expect.objectContaining({ itemType: 'SUBJECT_CHANGED' }),
    ]),
  )
  // The log told all three: none of ours is left.
  const kinds = await rows<{ external_id: string; kind: string }>(sql`
    select external_id, kind from ticket_events where ticket_id = ${ticket?.id} and type <> 'OTHER'
    order by at desc, id limit 3`)
  for (const { external_id: externalId, kind } of kinds) {
    expect(externalId).not.toMatch(/^deskgraph:/)
    expect(kind).toMatch(/^ticket/)
  }
})

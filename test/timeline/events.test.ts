/** What happens to a ticket beside messages, as its timeline tells it. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { answer, message, minute, thread } from '../syncing/scripted.ts'
import { type Item, itemFields, openTimelines } from './desk.ts'

const { db, newDesk, idOf, ask } = await openTimelines()
const eve = { type: 'AGENT', externalId: '8', name: 'Eve' } as const
const bob = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
const zoe = { type: 'CONTACT', externalId: '2', name: 'Zoe' } as const
const status = (word: string, said: object = {}) => ({
  ...{ status: word, statusDetail: { raw: word.toLowerCase(), label: word } },
  ...said,
})
const events = (items: Item[]) => items.filter(({ __typename }) => __typename !== 'Message')
const typesOf = (items: Item[]) => events(items).map(({ itemType }) => itemType)

test('what is changed here is told with what it was, what it became, and who did it', async () => {
  const desk = await newDesk('chatwoot')
  const tag = (name: string) => ({ externalId: name, name })
  await desk.store({
    tickets: [thread('1', [message('1'), answer('2')], { assignee: bob, tags: [tag('old')] })],
  })
  const id = await desk.ticketId('1')
  const me = await idOf(
    sql`select id from actors where workspace_id = ${desk.workspaceId} and type = 'AGENT' and external_id = '7'`,
  )
  const token = desk.viewer({ actorId: me, role: 'AGENT' })
  const before = await desk.timeline('1')
  expect(events(before.nodes)).toEqual([])

  const update = (patch: object) => desk.run('ticketUpdate', 'TicketUpdateInput', { id, patch }, token)
  await update({ status: 'RESOLVED' })
  await update({ priority: 'HIGH' })
  await update({ priority: null })
  await update({ assignee: null })
  await desk.run('ticketRecycle', 'TicketActionInput', { id }, token)
  await desk.run('ticketRestore', 'TicketActionInput', { id }, token)
  await desk.run('ticketMarkUnread', 'TicketReadInput', { ids: [id] }, token)
  await desk.run('ticketMarkRead', 'TicketReadInput', { ids: [id] }, token)
  const by = { actor: { displayName: 'Bob' } }
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([
    {
      __typename: 'StatusChangedItem',
      itemType: 'STATUS_CHANGED',
      from: 'PENDING_INTERNAL',
      to: 'RESOLVED',
      fromDetail: { raw: 'open' },
      ...by,
    },
    { __typename: 'PriorityChangedItem', oldPriority: null, newPriority: 'HIGH', ...by },
    { __typename: 'PriorityChangedItem', oldPriority: 'HIGH', newPriority: null, ...by },
    { __typename: 'AssignmentChangedItem', fromAssignee: { displayName: 'Bob' }, toAssignee: null, ...by },
    { __typename: 'GenericEventItem', itemType: 'RECYCLED', ...by },
    { __typename: 'GenericEventItem', itemType: 'RESTORED', ...by },
    { itemType: 'READ_STATE_CHANGED', label: 'Marked as unread', detail: { side: 'AGENT', isRead: false }, ...by },
    { itemType: 'READ_STATE_CHANGED', label: 'Marked as read', ...by },
  ])
})

test('an answer stands before what it does to the status, and what it does to the read state is no event', async () => {
  const desk = await newDesk('chatwoot')
  await desk.store({ tickets: [thread('1', [message('1')], { isReadByAgent: false } as object)] })
  const id = await desk.ticketId('1')
  await desk.run('messageSend', 'MessageSendInput', {
    ...{ ticketId: id, entry: { type: 'REPLY_OUTBOUND', body: { text: 'Done.' } }, patch: { status: 'RESOLVED' } },
  })
  const { nodes } = await desk.timeline('1')
  expect(nodes.map(({ __typename, body }) => body?.text ?? __typename)).toEqual([
    'Message 1',
    'Done.',
    'StatusChangedItem',
  ])
})

test('what changes at the help desk is told too, once; the first copy of a ticket tells nothing', async () => {
  const desk = await newDesk()
  const tag = (name: string) => ({ externalId: name, name })
  const first = { ...status('NEW'), assignee: bob, tags: [tag('old'), tag('kept')] } as object
  await desk.store({ tickets: [thread('1', [message('1')], first)] })
  expect(typesOf((await desk.timeline('1')).nodes)).toEqual([])
  const later = {
    ...status('RESOLVED', { lastStatusChangedAt: minute(4) }),
    ...{ assignee: eve, tags: [tag('kept'), tag('new')], subject: 'Another', isRecycled: true, updatedAt: minute(5) },
    sla: { state: 'BREACHED', events: [] },
  } as object
  await desk.store({ tickets: [thread('1', [message('1')], later)] }, 1001)
  const { nodes } = await desk.timeline('1')
  expect(events(nodes)).toMatchObject([
    { itemType: 'STATUS_CHANGED', at: minute(4).toISOString(), from: 'NEW', to: 'RESOLVED', actor: null },
    { itemType: 'SUBJECT_CHANGED', detail: { from: 'Ticket 1', to: 'Another' } },
    { itemType: 'ASSIGNMENT_CHANGED', fromAssignee: { displayName: 'Bob' }, toAssignee: { displayName: 'Eve' } },
    { itemType: 'TAGS_CHANGED', added: [{ name: 'new' }], removed: [{ name: 'old' }] },
    { itemType: 'RECYCLED' },
    { itemType: 'SLA_CHANGED', detail: { from: 'NONE', to: 'BREACHED' } },
  ])
  await desk.store({ tickets: [thread('1', [message('1')], later)] }, 1002)
  expect((await desk.timeline('1')).nodes).toEqual(nodes)
  // A tag that is removed altogether is still told by its name.
  const tagId = await idOf(sql`select id from tags where workspace_id = ${desk.workspaceId} and name = 'new'`)
  await db.execute(sql`delete from tags where id = ${tagId}`)
  expect(events((await desk.timeline('1')).nodes)[3]).toMatchObject({ added: [{ name: 'new' }] })
})

const told = (id: string, at: Date, said: object = {}) => ({
  ...{
    externalId: id,
    kind: 'ticketStatusChanged',
    type: 'STATUS_CHANGED' as const,
    at,
    actor: eve,
    label: 'Status set',
  },
  ...said,
})

test("what the help desk's own log tells, too, stands once: by its time and person, with our from and to", async () => {
  const desk = await newDesk()
  const state = (word: string, at: number, log: object[]) => ({
    tickets: [
      thread('1', [message('1')], {
        ...status(word, { lastStatusChangedAt: minute(at) }),
        updatedAt: minute(at),
        events: log,
      } as object),
    ],
  })
  // Told together with the change, …
  await desk.store(state('NEW', 1, []))
  const log = [told('e1', minute(5))]
  await desk.store(state('ON_HOLD', 5, log), 1001)
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([
    {
      __typename: 'StatusChangedItem',
      from: 'NEW',
      to: 'ON_HOLD',
      at: minute(5).toISOString(),
      actor: { displayName: 'Eve' },
    },
  ])
  // … after it, as the log often is, …
  await desk.store(state('RESOLVED', 90, log), 1002)
  expect(typesOf((await desk.timeline('1')).nodes)).toHaveLength(2)
  log.push(told('e2', minute(91)))
  await desk.store(state('RESOLVED', 91, log), 1003)
  const both = events((await desk.timeline('1')).nodes)
  expect(both).toMatchObject([{ to: 'ON_HOLD' }, { from: 'ON_HOLD', to: 'RESOLVED', actor: { displayName: 'Eve' } }])
  // … and what was done here and went there. Two quick changes stay two.
  const at = (offset: number) => new Date(Date.now() + offset)
  const id = await desk.ticketId('1')
  await desk.run('ticketUpdate', 'TicketUpdateInput', { id, patch: { status: 'NEW' } })
  await desk.run('ticketUpdate', 'TicketUpdateInput', { id, patch: { status: 'ON_HOLD' } })
  await db.execute(sql`update deliveries set state = 'SETTLED', settled_at = now()`)
  expect(typesOf((await desk.timeline('1')).nodes)).toHaveLength(4)
  log.push(told('e3', at(1000)), told('e4', at(3000)))
  const now = {
    ...status('ON_HOLD', { statusDetail: { raw: 'onHold', label: 'On hold' } }),
    updatedAt: at(3000),
    events: log,
  } as object
  await desk.store({ tickets: [thread('1', [message('1')], now)] }, (Date.now() - Date.UTC(2026, 0, 1)) / 60_000 + 10)
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([
    ...[{ to: 'ON_HOLD' }, { to: 'RESOLVED' }],
    { from: 'RESOLVED', to: 'NEW', actor: { displayName: 'Eve' } },
    { from: 'NEW', to: 'ON_HOLD', actor: { displayName: 'Eve' } },
  ])
})

test('what the log tells and nobody saw happen stays in its own words, under the type it was given', async () => {
  const desk = await newDesk()
  const log = [
    told('e1', minute(1)),
    { externalId: 'e2', kind: 'ticketPrinted', at: minute(2), label: 'Printed', detail: { by: 'x' } },
  ]
  await desk.store({ tickets: [thread('1', [], { events: log } as object)] })
  expect((await desk.timeline('1')).nodes).toMatchObject([
    { __typename: 'GenericEventItem', itemType: 'STATUS_CHANGED', label: 'Status set', actor: { displayName: 'Eve' } },
    { __typename: 'GenericEventItem', itemType: 'OTHER', label: 'Printed', detail: { by: 'x' } },
  ])
})

test('a merge is told by both tickets, the thread stands in the target, and so is its being taken back', async () => {
  const desk = await newDesk('chatwoot')
  await desk.store({ tickets: [thread('1', [message('1')]), thread('2', [message('2'), answer('3')])] })
  const [target, source] = [await desk.ticketId('1'), await desk.ticketId('2')]
  const { undoToken } = await desk.run('ticketMerge', 'TicketMergeInput', { targetId: target, sourceIds: [source] })
  const merged = { itemType: 'MERGED', source: { number: '2' }, target: { number: '1' }, movedMessageCount: 2 }
  const { nodes } = await desk.timeline('1')
  expect(nodes.map(({ body }) => body?.text)).toEqual(['Message 1', 'Message 2', 'Message 3', undefined])
  expect(events(nodes)).toMatchObject([merged])
  expect((await desk.timeline('2')).nodes).toMatchObject([merged])
  await desk.run('undo', 'UndoInput', { token: undoToken })
  expect((await desk.timeline('2')).nodes.map(({ itemType }) => itemType)).toEqual([
    'MESSAGE',
    'MESSAGE',
    'MERGED',
    'UNMERGED',
  ])
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([merged, { ...merged, itemType: 'UNMERGED' }])
})

test('what the help desk refused and was taken back is told as both', async () => {
  const desk = await newDesk()
  await desk.store({ tickets: [thread('1', [message('1')], status('NEW') as object)] })
  await desk.run('ticketUpdate', 'TicketUpdateInput', { id: await desk.ticketId('1'), patch: { priority: 'URGENT' } })
  const deliveryId = await idOf(sql`select id from deliveries where workspace_id = ${desk.workspaceId}`)
  await db.execute(sql`update deliveries set state = 'UNCERTAIN' where id = ${deliveryId}`)
  await desk.run('deliveryDiscard', 'NodeActionInput', { id: nodeIdOf('Delivery', deliveryId) })
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([
    { oldPriority: null, newPriority: 'URGENT' },
    { oldPriority: 'URGENT', newPriority: null },
  ])
})

test('a contact sees what was said to them and how the status changed, and cannot count the rest', async () => {
  const desk = await newDesk()
  const note = answer('3', { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true })
  const suggested = answer('4', { type: 'SUGGESTED_REPLY', isInternal: true })
  const line = message('5', { direction: 'SYSTEM', type: 'REPLY_OUTBOUND' })
  const messages = [message('1'), answer('2'), note, suggested, line]
  const log = [told('e1', minute(1)), { externalId: 'e2', kind: 'x', at: minute(2), label: 'X' }]
  await desk.store({
    tickets: [thread('1', messages, { events: log } as object), thread('2', [message('6')], { requester: zoe })],
  })
  const change = {
    ...status('RESOLVED'),
    assignee: eve,
    subject: 'Other',
    updatedAt: minute(500),
    events: log,
  } as object
  await desk.store({ tickets: [thread('1', messages, change)] }, 1001)
  const ann = await idOf(
    sql`select requester_id as id from tickets where workspace_id = ${desk.workspaceId} and number = '1'`,
  )
  const contact = desk.viewer({ actorId: ann, role: 'CONTACT' })

  const seen = await desk.timeline('1', {}, contact)
  expect(seen.nodes.map(({ body, __typename }) => body?.text ?? __typename)).toEqual([
    'Message 1',
    'Message 2',
    'StatusChangedItem',
  ])
  expect(seen.totalCount).toBe(3)
  expect(
    await desk.timeline('1', { types: ['ASSIGNMENT_CHANGED', 'OTHER', 'SUBJECT_CHANGED'] }, contact),
  ).toMatchObject({ totalCount: 0, nodes: [] })
  expect((await desk.timeline('1')).totalCount).toBe(4 + 2 + 3)
  await expect(desk.timeline('2', {}, contact)).rejects.toThrow() // no such ticket for them

  // Each by its id: agents find all again, contacts what they saw, strangers nothing.
  const all = (await desk.timeline('1')).nodes
  const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on TimelineItem { ${itemFields} } } }`
  const foundBy = (token: string) => ask<(Item | null)[]>(token, query, { ids: events(all).map(({ id }) => id) })
  expect(await foundBy(desk.admin)).toEqual(events(all))
  expect((await foundBy(contact)).map((item) => item?.__typename).filter(Boolean)).toEqual(['StatusChangedItem'])
  const stranger = await newDesk()
  expect((await foundBy(stranger.admin)).every((item) => item === null)).toBe(true)
})

test('a tag whose removal is given up comes back to its tickets, and that is told too', async () => {
  const desk = await newDesk('chatwoot')
  await desk.store({ tickets: [thread('1', [message('1')], { tags: [{ externalId: 'vip', name: 'vip' }] })] })
  const tagId = await idOf(sql`select id from tags where workspace_id = ${desk.workspaceId}`)
  await desk.run('tagDelete', 'NodeActionInput', { id: nodeIdOf('Tag', tagId) })
  const deliveryId = await idOf(sql`select id from deliveries where workspace_id = ${desk.workspaceId}`)
  await desk.run('deliveryDiscard', 'NodeActionInput', { id: nodeIdOf('Delivery', deliveryId) })
  expect(events((await desk.timeline('1')).nodes)).toMatchObject([
    { itemType: 'TAGS_CHANGED', added: [], removed: [{ name: 'vip' }] },
    { itemType: 'TAGS_CHANGED', added: [{ name: 'vip' }], removed: [] },
  ])
  const { rows } = await db.execute(sql`
    select changed_fields, version from changes where workspace_id = ${desk.workspaceId} order by position desc limit 2`)
  expect(rows).toEqual([
    { changed_fields: ['tags'], version: 3 },
    { changed_fields: ['tags'], version: 2 },
  ])
})

test('what only the log of a help desk tells is a change that makes nobody else’s fail', async () => {
  const desk = await newDesk()
  const state = (said: object) => ({ tickets: [thread('1', [message('1')], said)] })
  await desk.store(state({}))
  await desk.store(state({ events: [told('e1', minute(1))] }), 1001)
  const { rows } = await db.execute(sql`
    select changed_fields, version from changes where workspace_id = ${desk.workspaceId} order by position desc limit 1`)
  expect(rows).toEqual([{ changed_fields: ['timeline'], version: null }])
  expect(
    await ask(desk.admin, 'query ($id: ID!) { ticket(id: $id) { version } }', { id: await desk.ticketId('1') }),
  ).toEqual({
    version: 1,
  })
})

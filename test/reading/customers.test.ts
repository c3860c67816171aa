/** What a customer sees: their own tickets with what was said in public, and nothing else by any road. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { answer, conversation, message, minute, ticket } from '../syncing/scripted.ts'
import { openTimelines } from '../timeline/desk.ts'

const { newDesk, db, idOf, ask } = await openTimelines()
const desk = await newDesk('chatwoot')
const zoe = { type: 'CONTACT', externalId: '2', name: 'Zoe' } as const
const bob = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
const file = (externalId: string) =>
  ({ externalId, name: `${externalId}.txt`, sizeBytes: 10, kind: 'FILE', status: 'OK' }) as const
const note = (id: string) =>
  answer(id, {
    ...{ type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true, attachments: [file(`f${id}`)] },
    body: { text: 'psst secret' },
  })
const threads = (id: string, place: number) => [
  conversation(`c${id}`, [
    note(`${place}0`),
    message(`${place}1`, { attachments: [file(`f${place}1`)] }),
    answer(`${place}2`, { parentExternalId: `${place}0` }),
    answer(`${place}3`, { type: 'FORWARD', body: { text: 'psst passed on' } }),
    answer(`${place}4`, { type: 'SUGGESTED_REPLY', body: { text: 'psst suggested' } }),
    note(`${place}5`),
  ]),
  conversation(`n${id}`, [note(`${place}6`)]),
]
const mentions = (place: number) => [
  { externalId: `m${place}`, agent: bob, messageExternalId: `${place}5`, isRead: false },
]
await desk.store({
  tickets: [
    ticket('1', { conversations: threads('1', 1), mentions: mentions(1), updatedAt: minute(5) }),
    ticket('2', { conversations: threads('2', 2), mentions: mentions(2), updatedAt: minute(5), requester: zoe }),
    ticket('3', { conversations: [], requester: zoe }),
  ],
})
await db.execute(sql`
  update tickets set merged_into_id = (select id from tickets where workspace_id = ${desk.workspaceId} and number = '1')
  where workspace_id = ${desk.workspaceId} and number = '3'`)
const requesterOf = (number: string) =>
  idOf(sql`select requester_id as id from tickets where workspace_id = ${desk.workspaceId} and number = ${number}`)
const customer = desk.viewer({ actorId: await requesterOf('1'), role: 'CONTACT' })
const nobody = desk.viewer({ actorId: null, role: 'CONTACT' })
await desk.run('draftSave', 'DraftSaveInput', {
  ...{ ticketId: await desk.ticketId('1'), type: 'REPLY_OUTBOUND', body: { text: 'psst draft' } },
})

const own = `{ messageCount attachmentCount hasDraft draft { id } drafts { id } suggestedReplies { id } similarTickets { ticket { id } }
  mergeCandidates { id } mentions { id } mergedFrom { totalCount nodes { id } } participants { displayName }
  messages { totalCount nodes { externalId parent { id } conversation { messageCount lastMessage { externalId } } } }
  newestFirst: messages(orderBy: { direction: DESC }, first: 1) { nodes { externalId } }
  withSecret: messages(filter: { query: "psst" }) { totalCount } hidden: messages(filter: { isInternal: true }) { totalCount }
  firstMessage { externalId } lastMessage(includeInternal: true) { externalId }
  attachments { totalCount totalSizeBytes nodes { name } } conversations { totalCount nodes { externalId messages { totalCount } } }
  timeline { totalCount nodes { ... on Message { externalId } } } }`

test('of their own ticket a customer sees what was said in public, and no count betrays more', async () => {
  const id = await desk.ticketId('1')
  const seen = await ask<Record<string, unknown>>(customer, `query ($id: ID!) { ticket(id: $id) ${own} }`, { id })
  const thread = { messageCount: 2, lastMessage: { externalId: '12' } }
  expect(seen).toEqual({
    ...{ messageCount: 2, attachmentCount: 1, hasDraft: false, draft: null, drafts: [] },
    ...{ suggestedReplies: [], similarTickets: [], mergeCandidates: [], mentions: [] },
    mergedFrom: { totalCount: 0, nodes: [] },
    participants: [{ displayName: 'Ann' }, { displayName: 'Bob' }],
    messages: {
      totalCount: 2,
      nodes: ['11', '12'].map((externalId) => ({ externalId, parent: null, conversation: thread })),
    },
    newestFirst: { nodes: [{ externalId: '12' }] },
    ...{ withSecret: { totalCount: 0 }, hidden: { totalCount: 0 } },
    ...{ firstMessage: { externalId: '11' }, lastMessage: { externalId: '12' } },
    attachments: { totalCount: 1, totalSizeBytes: 10, nodes: [{ name: 'f11.txt' }] },
    conversations: { totalCount: 1, nodes: [{ externalId: 'c1', messages: { totalCount: 2 } }] },
    timeline: { totalCount: 2, nodes: [{ externalId: '11' }, { externalId: '12' }] },
  })
  const agents = await ask<{ messageCount: number }>(desk.admin, `query ($id: ID!) { ticket(id: $id) ${own} }`, { id })
  expect(agents).toMatchObject({ messageCount: 6, attachmentCount: 4, conversations: { totalCount: 2 } })
})

/** Global ids of everything of a ticket, by whether a customer may read it. */
async function idsOf(number: string) {
  const { rows } = await db.execute<{ type: string; id: string; is_public: boolean }>(sql`
    with t as (select id from tickets where workspace_id = ${desk.workspaceId} and number = ${number})
    select 'Ticket' as type, id, true as is_public from t
    union all select 'Conversation', id, external_id like 'c%' from conversations where ticket_id in (table t) and external_id like 'c%'
    union all select 'Message', id, type in ('REPLY_INBOUND', 'REPLY_OUTBOUND') from messages where ticket_id in (table t)
    union all select 'Attachment', a.id, m.type = 'REPLY_INBOUND' from attachments a join messages m on m.id = a.message_id where m.ticket_id in (table t)
    union all select 'Mention', id, false from mentions where ticket_id in (table t)
    union all select 'Draft', id, false from drafts where ticket_id in (table t)
    union all select 'Delivery', id, false from deliveries where ticket_id in (table t)`)
  return rows.map(({ type, id, is_public }) => ({ type, isPublic: is_public, id: nodeIdOf(type, id) }))
}

test('by id a customer finds what is public of their own ticket; whatever else there is looks like missing', async () => {
  const [mine, others] = [await idsOf('1'), await idsOf('2')]
  expect(new Set(mine.map(({ type }) => type)).size).toBeGreaterThanOrEqual(6)
  const found = async (token: string, ids: readonly { id: string }[]) =>
    ask<({ id: string } | null)[]>(token, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: ids.map(({ id }) => id),
    })
  expect((await found(customer, mine)).map((node) => node?.id ?? null)).toEqual(
    mine.map(({ id, isPublic }) => (isPublic ? id : null)),
  )
  for (const [token, ids] of [
    [customer, others],
    [nobody, [...mine, ...others]],
  ] as const)
    expect((await found(token, ids)).every((node) => node === null)).toBe(true)
  expect((await found(desk.admin, [...mine, ...others])).every((node) => node !== null)).toBe(true)

  const foreign = (type: string) => JSON.stringify(others.find((item) => item.type === type)?.id)
  const backend = JSON.stringify(nodeIdOf('Backend', desk.backend.id))
  for (const road of [
    `ticket(id: ${foreign('Ticket')}) { id }`,
    'ticketByRef(ref: { number: { number: "2" } }) { id }',
    `ticketByRef(ref: { external: { backendId: ${backend}, externalId: "2" } }) { id }`,
    `message(id: ${foreign('Message')}) { id }`,
    `conversation(id: ${foreign('Conversation')}) { id }`,
    `conversationByRef(ref: { external: { backendId: ${backend}, externalId: "c2" } }) { id }`,
  ]) {
    expect(await ask(customer, `{ ${road} }`, {}), road).toBeNull()
    expect(await ask(desk.admin, `{ ${road} }`, {}), road).not.toBeNull()
  }
  const result = `{ ticketResult(id: ${foreign('Ticket')}) { __typename } }`
  expect(await ask(customer, result, {})).toEqual({ __typename: 'NotFoundError' })
  expect(await ask(customer, '{ deliveries { totalCount } }', {})).toEqual({ totalCount: 0 })
})

test('a customer finds no word of a note, of what was passed on or of a suggestion', async () => {
  for (const query of [
    '{ search(query: "psst") { totalCount } }',
    '{ tickets(filter: { keywords: "psst" }) { totalCount } }',
    '{ viewer { myTickets(filter: { keywords: "psst" }) { totalCount } } }',
  ])
    expect(JSON.stringify(await ask(customer, query, {}))).toContain('"totalCount":0')
  expect(
    JSON.stringify(await ask(desk.admin, '{ tickets(filter: { keywords: "psst" }) { totalCount } }', {})),
  ).not.toContain(':0')
})

/** Tokens that may do less than their role: what they cannot read they cannot get at by writing either, nor by its id. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import { openCompanies } from './company.ts'

const { db, alpha, answerOf } = await openCompanies()
const id = await alpha.ticketId('alpha2')
const stranger = alpha.viewer('AGENT', { without: 'NOTES_READ' })
const noReader = alpha.viewer('ADMIN', { without: 'TICKETS_READ' })

const oneOf = async (query: ReturnType<typeof sql>) => (await db.execute<{ id: string }>(query)).rows[0]?.id as string

async function mutate(token: string, name: string, type: string, input: object, fields = '') {
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { errors { __typename code path } ${fields} } }`
  const { data, errors } = await answerOf(token, document, { input })
  if (errors) throw new Error(JSON.stringify(errors))
  return Object.values(data as object)[0] as { errors: { code: string }[]; [field: string]: unknown }
}

test('without NOTES_READ the draft of a note is not there: not to be read, written on, sent, thrown away or noticed', async () => {
  const noticed = `query ($id: ID!) { ticket(id: $id) { hasDraft drafts { id } }
    with: tickets(filter: { ids: [$id], hasDraft: true }) { totalCount }
    without: tickets(filter: { ids: [$id], hasDraft: false }) { totalCount } }`
  await alpha.run('draftSave', 'DraftSaveInput', {
    ...{ ticketId: id, type: 'NOTE_PRIVATE', body: { text: 'hush' }, subject: 'hush' },
  })
  const draft = nodeIdOf(
    'Draft',
    await oneOf(sql`select id from drafts where workspace_id = ${alpha.workspaceId} and type = 'NOTE_PRIVATE'`),
  )
  const missing = nodeIdOf('Draft', '00000000-0000-7000-8000-000000000000')
  const said = { ticketId: id, body: { text: 'mine' } }
  for (const [name, type, inputOf] of [
    ['draftSave', 'DraftSaveInput', (draftId: string) => ({ ...said, draftId })],
    ['draftDelete', 'DraftActionInput', (draftId: string) => ({ id: draftId })],
    ['draftSend', 'DraftSendInput', (draftId: string) => ({ id: draftId })],
    ['messageSend', 'MessageSendInput', (draftId: string) => ({ ticketId: id, draftId, entry: { body: said.body } })],
  ] as const) {
    const { errors } = await mutate(stranger, name, type, inputOf(draft))
    expect(errors).toEqual((await mutate(stranger, name, type, inputOf(missing))).errors)
    expect(errors).toHaveLength(1)
  }
  const { errors } = await mutate(stranger, 'draftSave', 'DraftSaveInput', { ...said, type: 'NOTE_PRIVATE' })
  expect(errors).toMatchObject([{ code: 'FORBIDDEN' }])
  const { data } = await answerOf(stranger, noticed, { id })
  expect(data).toEqual({ ticket: { hasDraft: false, drafts: [] }, with: { totalCount: 0 }, without: { totalCount: 1 } })
  expect((await answerOf(alpha.admin, noticed, { id })).data).toMatchObject({
    ...{ ticket: { hasDraft: true, drafts: [{ id: draft }] }, with: { totalCount: 1 }, without: { totalCount: 0 } },
  })
})

test('without TICKETS_READ nobody is told how many tickets there are, nor finds by its id what belongs to them', async () => {
  const nodes = await Promise.all(
    [
      ['Delivery', sql`select id from deliveries where workspace_id = ${alpha.workspaceId}`],
      ['Agent', sql`select id from actors where id = ${alpha.bobId}`],
      ['Department', sql`select id from departments where workspace_id = ${alpha.workspaceId}`],
      ['Tag', sql`select id from tags where workspace_id = ${alpha.workspaceId}`],
    ].map(async ([type, query]) => nodeIdOf(type as string, await oneOf(query as ReturnType<typeof sql>))),
  )
  const find = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }'
  const { data, errors } = await answerOf(noReader, find, { ids: nodes })
  expect(data).toEqual({ nodes: nodes.map(() => null) })
  expect(errors).toHaveLength(nodes.length)
  expect(errors).toMatchObject(
    nodes.map(() => ({ extensions: { code: 'FORBIDDEN', missingScopes: ['TICKETS_READ'] } })),
  )
  expect((await answerOf(alpha.admin, find, { ids: nodes })).data).toMatchObject({
    nodes: nodes.map((node) => ({ id: node })),
  })
  const counts = await answerOf(noReader, 'query ($id: ID!) { contact(id: $id) { ticketCounts { total } } }', {
    id: nodeIdOf('Contact', alpha.annId),
  })
  expect(counts).toMatchObject({ data: { contact: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
})

test('what a mutation does beside its own business needs the scopes of that too, and viewerCan says so', async () => {
  const note = nodeIdOf(
    'Message',
    await oneOf(sql`select id from messages where workspace_id = ${alpha.workspaceId} and type = 'NOTE_PRIVATE'
      and body_text like 'hush%' limit 1`),
  )
  const [entry, patch] = [{ body: { text: 'An answer' } }, { priority: 'LOW' }]
  const selector = { ids: [id] }
  const withResults = 'results { errors { code ... on ForbiddenError { missingScopes } } }'
  const attempts: [without: Scope, name: string, type: string, input: object, fields?: string][] = [
    ['MESSAGES_WRITE', 'ticketUpdate', 'TicketUpdateInput', { id, patch: { message: entry } }],
    [
      'MESSAGES_WRITE',
      'ticketsBulkUpdate',
      'TicketsBulkUpdateInput',
      { selector, patch: { message: entry } },
      withResults,
    ],
    ['TICKETS_WRITE', 'messageSend', 'MessageSendInput', { ticketId: id, entry, patch }],
    [
      'TICKETS_WRITE',
      'ticketsBulkReply',
      'TicketsBulkReplyInput',
      { selector, entry, patch, idempotencyKey: 'bulk' },
      withResults,
    ],
    ['NOTES_WRITE', 'messageUpdate', 'MessageUpdateInput', { id: note, body: { text: 'otherwise' } }],
    ['NOTES_WRITE', 'messageUpdate', 'MessageUpdateInput', { id: note, isInternal: false }],
    ['NOTES_WRITE', 'messageDelete', 'MessageActionInput', { id: note }],
  ]
  for (const [without, name, type, input, fields] of attempts) {
    const { errors, results } = await mutate(alpha.viewer('ADMIN', { without }), name, type, input, fields)
    const all = [...errors, ...((results ?? []) as { errors: object[] }[]).flatMap((result) => result.errors)]
    expect({ name, all }).toMatchObject({ name, all: [{ code: 'FORBIDDEN' }] })
  }
  const can = `query ($ids: [ID!]!) { nodes(ids: $ids) {
    ... on Ticket { viewerCan { update { allowed } reply { allowed } addNote { allowed } } }
    ... on Message { viewerCan { edit { allowed reason } } }
    ... on Contact { viewerCan { update { allowed reason } } } } }`
  const ids = [id, note, nodeIdOf('Contact', alpha.annId)]
  const [yes, no] = [{ allowed: true }, { allowed: false }]
  const refused = { allowed: false, reason: 'FORBIDDEN' }
  const said = async (without?: Scope) =>
    (
      (await answerOf(alpha.viewer('ADMIN', without && { without }), can, { ids })).data as {
        nodes: { viewerCan: object }[]
      }
    ).nodes.map(({ viewerCan }) => viewerCan)
  expect((await said())[0]).toEqual({ update: yes, reply: yes, addNote: yes })
  expect((await said('TICKETS_WRITE'))[0]).toEqual({ update: no, reply: yes, addNote: yes })
  expect((await said('MESSAGES_WRITE'))[0]).toEqual({ update: yes, reply: no, addNote: yes })
  expect((await said('NOTES_WRITE')).slice(0, 2)).toEqual([{ update: yes, reply: yes, addNote: no }, { edit: refused }])
  expect((await said('CONTACTS_WRITE'))[2]).toEqual({ update: refused })
})

test('an answer that a customer is given again shows no ticket that became somebody else’s', async () => {
  const customer = alpha.viewer('CONTACT')
  const [own, other] = [await alpha.ticketId('alpha1'), id]
  const send = () =>
    mutate(
      customer,
      'messageSend',
      'MessageSendInput',
      {
        ...{ ticketId: own, idempotencyKey: 'again' },
        entry: { type: 'REPLY_INBOUND', body: { text: 'Where is it?' } },
      },
      'replayed message { ticket { number subject } } messageEdge { node { id } } ticket { number }',
    )
  expect(await send()).toMatchObject({ errors: [], replayed: false, message: { ticket: { number: 'alpha1' } } })
  await alpha.run('ticketMerge', 'TicketMergeInput', { targetId: other, sourceIds: [own] })
  expect(await send()).toMatchObject({ errors: [], replayed: true, message: null, messageEdge: null })
})

test('a change whose answer could not be given is not made: the word that it was done is never lost', async () => {
  const document = `mutation ($id: ID!) { ticketMarkRead(input: { ids: [$id] }) { FIELDS errors { code } } }`
  const ask = (fields: string) => answerOf(noReader, document.replace('FIELDS', fields), { id })
  const changes = async () =>
    Number(await oneOf(sql`select count(*) as id from changes where workspace_id = ${alpha.workspaceId}`))
  const before = await changes()
  const lost = await ask('tickets { id }')
  expect(lost).toMatchObject({ data: null, errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect(await changes()).toBe(before)
  expect((await ask('clientMutationId')).data).toMatchObject({ ticketMarkRead: { errors: [] } })
  expect(await changes()).toBeGreaterThan(before)
})

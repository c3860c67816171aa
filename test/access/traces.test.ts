/** What is hidden leaves no trace: not in counts, cursors, orders, filters, signatures or the log of changes. */
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { givenOut } from '../changes/given-out.ts'
import { openCompanies } from './company.ts'

const { db, alpha, answerOf } = await openCompanies()
const customer = alpha.viewer('CONTACT')
const id = await alpha.ticketId('alpha1')

const whatIsSeen = `query ($id: ID!, $after: EventCursor) {
  changes(after: $after) { nodes { __typename ... on TicketEvent { changedFields } } }
  search(query: "alpha") { totalCount counts { messages } edges { cursor } }
  tickets(orderBy: [{ field: UPDATED_AT }]) { totalCount signature edges { cursor node { id version preview lastActivityAt updatedAt } } }
  ticket(id: $id) { messageCount attachmentCount unreadMessageCount isUnread participants { id }
    messages { totalCount edges { cursor } } attachments { totalCount totalSizeBytes }
    conversations { totalCount nodes { messageCount lastActivityAt updatedAt emailAddresses { email } } }
    timeline { totalCount updatedAt edges { cursor } } } }`

async function seenBy(token: string) {
  const after = await placeOf(token)
  const { data, errors } = await answerOf(token, whatIsSeen, { id, after })
  expect(errors).toBeUndefined()
  return { after, seen: data }
}

async function placeOf(token: string): Promise<string> {
  await givenOut(db, alpha.workspaceId)
  const { data } = await answerOf(token, '{ changes { nextCursor } }')
  return (data as { changes: { nextCursor: string } }).changes.nextCursor
}

const note = { ticketId: id, body: { text: 'hush, another one of alpha' } }

test('a note and an assignment change nothing that a customer sees', async () => {
  const { after, seen } = await seenBy(customer)
  await alpha.run('noteAdd', 'NoteAddInput', note)
  await alpha.run('ticketUpdate', 'TicketUpdateInput', { id, patch: { assignee: null } })
  await givenOut(db, alpha.workspaceId)
  expect((await answerOf(customer, whatIsSeen, { id, after })).data).toEqual(seen)
  const { data } = await answerOf(alpha.admin, whatIsSeen, { id, after })
  expect(data).not.toEqual(seen)
})

test('without NOTES_READ a private note is in no count, list, search or line of the log', async () => {
  const token = alpha.viewer('ADMIN', { without: 'NOTES_READ' })
  const { after, seen } = await seenBy(token)
  await alpha.run('noteAdd', 'NoteAddInput', note)
  await givenOut(db, alpha.workspaceId)
  const { data } = await answerOf(token, whatIsSeen, { id, after })
  const { tickets: _list, changes, ...before } = seen as Record<string, object>
  const { tickets: _after, changes: log, ...now } = data as Record<string, object>
  // That the ticket changed is no secret from those who answer it.
  const withoutTime = (value: object) => JSON.stringify(value).replaceAll(/"(updatedAt|lastActivityAt)":"[^"]+"/g, '')
  expect(withoutTime(now)).toEqual(withoutTime(before))
  expect(changes).toEqual({ nodes: [] })
  expect(JSON.stringify(log)).not.toContain('MessageEvent')
  const found = await answerOf(
    token,
    '{ search(query: "hush") { totalCount } tickets(filter: { keywords: "hush" }) { totalCount } }',
  )
  expect(found.data).toEqual({ search: { totalCount: 0 }, tickets: { totalCount: 0 } })
})

test('nor is a draft of a note in the log', async () => {
  const token = alpha.viewer('ADMIN', { without: 'NOTES_READ' })
  const after = await placeOf(token)
  const draft = { type: 'NOTE_PRIVATE', body: { text: 'hush, a draft of alpha' } }
  await alpha.run('draftSave', 'DraftSaveInput', { ticketId: await alpha.ticketId('alpha2'), ...draft })
  await givenOut(db, alpha.workspaceId)
  const changesSince = async (reader: string) =>
    (await answerOf(reader, 'query ($after: EventCursor) { changes(after: $after) { nodes { at } } }', { after })).data
  expect(await changesSince(token)).toEqual({ changes: { nodes: [] } })
  expect(await changesSince(alpha.admin)).not.toEqual({ changes: { nodes: [] } })
})

test.each([
  ['tagIds', [nodeIdOf('Tag', alpha.annId)]],
  ['customFields', [{ key: 'alpha', eq: 'alpha' }]],
  ['isAssigned', true],
  ['slaState', ['BREACHED']],
  ['isSpam', true],
  ['not', { departmentIds: [] }],
  ['or', [{ isSnoozed: true }]],
] as const)('a customer cannot filter by %s, which they are not shown', async (field, value) => {
  const document = 'query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }'
  const { data, errors } = await answerOf(customer, document, { filter: { [field]: value } })
  expect(data).toBeNull()
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
})

test('nor order by what is due; and files of notes make no ticket have files', async () => {
  const { errors } = await answerOf(customer, '{ tickets(orderBy: [{ field: SLA_DUE_AT }]) { totalCount } }')
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const { data } = await answerOf(customer, '{ tickets(filter: { hasAttachments: true }) { totalCount } }')
  expect(data).toEqual({ tickets: { totalCount: 1 } })
})

/** Drafts as agents use them, where they are kept here only, and suggested replies. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { vendors } from '#connectors/registry.ts'
import { sweepUploads } from '#flows/sweeping/uploads.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { silent } from '../syncing/backend.ts'
import { answer as answered, message, minute } from '../syncing/scripted.ts'
import { type Draft, openDraftDesk } from './desk.ts'

const desk = await openDraftDesk()
const { askAs, run, done, save, rows, ticket, localTicket, uploaded, actorIds } = desk
const uuidOf = (nodeId: string, type: string) => idFrom(nodeId, type) as string

test('a draft is there with all its parts, and another kind of draft beside it', async () => {
  const id = await localTicket()
  const said = {
    ...{ subject: 'Re: Question', quotedText: '> Question', metadata: { editor: 'x' } },
    emailAddresses: [{ email: 'c@example.org', direction: 'CC' }],
  }
  const { draft } = await done('draftSave', { ticketId: id, body: { markdown: '**Soon**' }, ...said })
  expect(draft).toMatchObject({
    ...{ type: 'REPLY_OUTBOUND', version: 1, contentType: 'MARKDOWN', ...said },
    body: { text: expect.stringMatching(/soon/i), html: expect.stringContaining('<strong>Soon'), markdown: '**Soon**' },
    ...{ attachments: [], hasUnreceivedAttachment: false, ticket: { id } },
    updatedBy: { id: nodeIdOf('Agent', actorIds.ada) },
  })
  await save(id, 'Only for us', { type: 'NOTE_PRIVATE' })
  const now = await ticket(id)
  expect(now.hasDraft).toBe(true)
  expect(now.draft?.type).toBe('NOTE_PRIVATE')
  expect(now.drafts.map(({ type }) => type).sort()).toEqual(['NOTE_PRIVATE', 'REPLY_OUTBOUND'])
  expect((await run('draftSave', { ticketId: id, type: 'REPLY_INBOUND', body: { text: 'x' } })).errors).toMatchObject([
    { __typename: 'ValidationError', path: ['input', 'type'] },
  ])
  const { data } = await askAs('ada', 'query ($id: ID!) { ticket(id: $id) { draft(type: REPLY_OUTBOUND) { type } } }', {
    id,
  })
  expect(data).toEqual({ ticket: { draft: { type: 'REPLY_OUTBOUND' } } })
})

test('what is left out stays, null clears, and saving the same again changes nothing', async () => {
  const id = await localTicket()
  const first = await save(id, 'One', {
    subject: 'Sub',
    quotedText: 'Old',
    emailAddresses: [{ email: 'c@x.org', direction: 'CC' }],
  })
  const second = await save(id, 'Two')
  expect(second.draft).toMatchObject({ id: first.draft?.id, version: 2, subject: 'Sub', quotedText: 'Old' })
  const third = await save(id, 'Two', { subject: null, quotedText: null, emailAddresses: null })
  expect(third.draft).toMatchObject({ version: 3, subject: null, quotedText: null, emailAddresses: [] })
  const lines = () => rows(sql`select count(*)::int as count from changes`)
  const before = await lines()
  expect((await save(id, 'Two')).draft).toMatchObject({ version: 3 })
  expect(await lines()).toEqual(before)
})

test('of two agents who save at once one is told what the other wrote, and nothing is lost', async () => {
  const id = await localTicket()
  await save(id, 'Begun', { subject: 'Sub' })
  const results = await Promise.all(
    ['ada', 'ben'].map((as) => run('draftSave', { ticketId: id, body: { text: `By ${as}` }, ifVersion: 1 }, { as })),
  )
  const [won, lost] = [...results].sort((a, b) => a.errors.length - b.errors.length)
  expect(won).toMatchObject({ errors: [], draft: { version: 2 } })
  expect(lost?.draft).toBeNull()
  expect(lost?.errors).toMatchObject([
    {
      ...{ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'ifVersion'], currentVersion: 2 },
      ...{ changedFields: ['body'], currentTicket: { id }, currentDraft: { body: won?.draft?.body, subject: 'Sub' } },
    },
  ])
  expect((await ticket(id)).drafts).toMatchObject([{ version: 2, body: won?.draft?.body }])
  expect((await save(id, 'The last one wins')).draft).toMatchObject({ version: 3 })
})

test('two agents who begin at once share one draft', async () => {
  const id = await localTicket()
  const results = await Promise.all(
    ['ada', 'ben', 'ada', 'ben'].map((as, index) =>
      run('draftSave', { ticketId: id, body: { text: `By ${as} ${index}` }, ifVersion: 0 }, { as }),
    ),
  )
  expect(results.filter(({ errors }) => errors.length === 0)).toHaveLength(1)
  expect((await ticket(id)).drafts).toHaveLength(1)
})

test('a draft that was deleted or sent meanwhile is not begun anew by somebody who still has it', async () => {
  const id = await localTicket()
  const { draft } = await save(id, 'Begun')
  const deleted = await done('draftDelete', { id: draft?.id, ifVersion: 1 })
  expect(deleted).toMatchObject({ deletedDraftId: draft?.id, ticket: { hasDraft: false, draft: null } })
  for (const more of [{ ifVersion: 1 }, { draftId: draft?.id }])
    expect((await run('draftSave', { ticketId: id, body: { text: 'x' }, ...more })).errors).toMatchObject([
      { __typename: 'ConflictError', currentVersion: 0, currentDraft: null },
    ])
  expect((await run('draftDelete', { id: draft?.id })).errors).toMatchObject([{ __typename: 'NotFoundError' }])
  expect((await ticket(id)).drafts).toEqual([])
})

test("a draft is a change of its ticket, and raises nobody else's version", async () => {
  const id = await localTicket()
  const { version } = await ticket(id)
  const { draft } = await save(id, 'One')
  await save(id, 'Two')
  await done('draftDelete', { id: draft?.id })
  expect((await ticket(id)).version).toBe(version)
  const lines = await rows(sql`select changed_fields, version, token_name from changes
    where ticket_id = ${uuidOf(id, 'Ticket')} and source = 'COMMAND' order by position`)
  expect(lines).toEqual(
    [['draft', 'hasDraft'], ['draft'], ['draft', 'hasDraft']].map((changed_fields) => ({
      ...{ changed_fields, version: null, token_name: 'ada' },
    })),
  )
})

test('sending a draft makes one message with its history, and the draft is gone', async () => {
  const id = await localTicket()
  const { version } = await ticket(id)
  const { draft } = await save(id, 'An answer', { quotedText: 'What was asked' })
  expect((await run('draftSend', { id: draft?.id, ifVersion: 7 })).errors).toMatchObject([
    { __typename: 'ConflictError', currentVersion: 1 },
  ])
  const sent = await done('draftSend', { id: draft?.id, ifVersion: 1, patch: { status: 'RESOLVED' } })
  expect(sent).toMatchObject({
    message: { body: { text: 'An answer', quotedText: 'What was asked' } },
    ticket: { hasDraft: false, draft: null, version: version + 1 },
  })
  expect(sent.deliveries.map(({ operation }) => operation)).toEqual(['createMessages', 'updateTicket'])
  const [delivery] =
    await rows(sql`select input ->> 'quotedText' as quoted from deliveries where operation = 'createMessages'
    and ticket_id = ${uuidOf(id, 'Ticket')}`)
  expect(delivery).toEqual({ quoted: 'What was asked' })
})

test('a draft sent several times at once makes one message', async () => {
  const id = await localTicket()
  const { draft } = await save(id, 'Only once')
  const sendings = await Promise.all(
    ['ada', 'ben', 'ada', 'ben'].map((as) => run('draftSend', { id: draft?.id, ifVersion: 1 }, { as })),
  )
  expect(sendings.filter(({ message }) => message !== null)).toHaveLength(1)
  expect(sendings.filter(({ errors }) => errors[0]?.__typename === 'NotFoundError')).toHaveLength(3)
  expect(await rows(sql`select count(*)::int as count from messages where body_text = 'Only once'`)).toEqual([
    { count: 1 },
  ])
})

test('the same key answers again with the message that was made of the draft', async () => {
  const id = await localTicket()
  const { draft } = await save(id, 'With a key')
  const input = { id: draft?.id, idempotencyKey: 'send the draft' }
  const [first, again] = [await done('draftSend', input), await done('draftSend', input)]
  expect(again.message?.id).toBe(first.message?.id)
})

test('a draft stays while its channel is closed, and what was said elsewhere lies beside it', async () => {
  const id = await localTicket()
  const { draft } = await save(id, 'Later')
  await desk.db.execute(sql`update conversations set can_reply = false where ticket_id = ${uuidOf(id, 'Ticket')}`)
  const refused = await run('draftSend', { id: draft?.id })
  expect(refused).toMatchObject({
    message: null,
    draft: { id: draft?.id },
    errors: [{ code: 'REPLY_WINDOW_CLOSED' }],
  })
  expect((await ticket(id)).drafts).toMatchObject([{ id: draft?.id, version: 1 }])

  const said = { ticketId: id, entry: { body: { text: 'Something else' } } }
  const beside = await run('messageSend', said, { as: 'ben' })
  await run('messageSend', said, { as: 'ben' })
  expect(beside.draft).toMatchObject({ body: { text: 'Something else' } })
  expect((await ticket(id)).drafts.map(({ body }) => body.text)).toEqual(['Later', 'Something else'])
  expect((await save(id, 'Later still')).draft?.id).toBe(draft?.id)

  const fileId = await uploaded(id)
  const own = await run('messageSend', {
    ...said,
    entry: { body: { text: 'Newer' }, attachmentIds: [fileId] },
    draftId: draft?.id,
  })
  expect(own.draft).toMatchObject({ id: draft?.id, version: 3, body: { text: 'Newer' }, attachments: [{ id: fileId }] })
})

test('a message that was written in a draft takes its place', async () => {
  const id = await localTicket()
  const { draft } = await save(id, 'Half of it')
  const elsewhere = await localTicket()
  expect(
    (await run('messageSend', { ticketId: elsewhere, entry: { body: { text: 'x' } }, draftId: draft?.id })).errors,
  ).toMatchObject([{ __typename: 'NotFoundError', path: ['input', 'draftId'] }])
  const sent = await done('messageSend', { ticketId: id, entry: { body: { text: 'All of it' } }, draftId: draft?.id })
  expect(sent).toMatchObject({ message: { body: { text: 'All of it' } }, draft: null, ticket: { hasDraft: false } })
})

test('a draft that its help desk saves by itself is shown, and changed by nobody here', async () => {
  const theirs = {
    ...{
      externalId: 'auto',
      type: 'REPLY_OUTBOUND' as const,
      body: { text: 'By itself' },
      contentType: 'TEXT' as const,
    },
    ...{
      updatedAt: minute(3),
      attachments: [{ externalId: 'f', name: 'f.txt', kind: 'FILE' as const, status: 'OK' as const }],
    },
  }
  const id = await localTicket([], { drafts: [theirs] })
  const shown = (await ticket(id)).draft
  expect(shown).toMatchObject({ version: 1, body: { text: 'By itself' }, attachments: [{ name: 'f.txt' }] })
  for (const name of ['draftDelete', 'draftSend'] as const)
    expect((await run(name, { id: shown?.id })).errors).toMatchObject([
      { __typename: 'UnsupportedError', path: ['input', 'id'] },
    ])
  const { draft } = await save(id, 'By itself, and more', { ifVersion: 1 })
  expect(draft).toMatchObject({ version: 2 })
  expect((await ticket(id)).drafts.map((row) => row.id)).toEqual([draft?.id, shown?.id])
  expect((await save(id, 'Goes on', { ifVersion: 2 })).draft).toMatchObject({ id: draft?.id, version: 3 })
})

test('files stay with their draft, go out with it, and go with it when it is deleted', async () => {
  const id = await localTicket()
  const [kept, taken] = [await uploaded(id, 'kept.txt'), await uploaded(id, 'taken out.txt')]
  const { draft } = await save(id, 'With files', { attachmentIds: [kept, taken] })
  expect(draft?.attachments.map(({ name }) => name)).toEqual(['kept.txt', 'taken out.txt'])
  // Whoever uses it as well is refused.
  expect(
    (await run('messageSend', { ticketId: id, entry: { body: { text: 'x' }, attachmentIds: [kept] } })).errors,
  ).toMatchObject([{ __typename: 'ValidationError', rule: 'unused' }])
  await save(id, 'With files', { attachmentIds: [kept] })
  const yesterday = new Date(Date.now() - 25 * 3_600_000)
  await desk.db.execute(
    sql`update attachments set expires_at = ${yesterday.toISOString()} where expires_at is not null`,
  )
  await sweepUploads({ db: desk.db, log: silent, storage: desk.storage })
  expect(await desk.fileRow(uuidOf(taken, 'Attachment'))).toBeUndefined()
  expect(await desk.fileRow(uuidOf(kept, 'Attachment'))).toMatchObject({ expiresAt: null, messageId: null })

  const sent = await done('draftSend', { id: draft?.id })
  expect(sent.message?.attachments).toEqual([{ name: 'kept.txt' }])
  expect(await desk.fileRow(uuidOf(kept, 'Attachment'))).toMatchObject({
    draftId: null,
    messageId: uuidOf(sent.message?.id ?? '', 'Message'),
  })

  const third = await uploaded(id, 'third.txt')
  const other = await save(id, '', { attachmentIds: [third] })
  await done('draftDelete', { id: other.draft?.id })
  expect(await desk.fileRow(uuidOf(third, 'Attachment'))).toBeUndefined()
})

test('every help desk says whether it keeps drafts itself, and which', () => {
  for (const { connector } of vendors) {
    const { level, note } = connector.capabilities.DRAFTS
    expect([connector.key, level]).toEqual([connector.key, connector.writing.drafts ? 'NATIVE' : 'EMULATED'])
    expect(note, connector.key).toBeTruthy()
  }
})

test('agents find the drafts they changed last, a program all', async () => {
  const [mine, theirs] = [await localTicket(), await localTicket()]
  await save(mine, 'Mine')
  await done('draftSave', { ticketId: theirs, body: { text: 'Theirs' } }, { as: 'ben' })
  const draftsOf = async (as: string, more = '') => {
    const { data } = await askAs(
      as,
      `{ viewer { drafts(first: 1${more}) { totalCount pageInfo { endCursor } nodes { body { text } ticket { id } } } } }`,
    )
    return (data as { viewer: { drafts: { totalCount: number; pageInfo: { endCursor: string }; nodes: Draft[] } } })
      .viewer.drafts
  }
  expect((await draftsOf('ada')).nodes).toMatchObject([{ body: { text: 'Mine' }, ticket: { id: mine } }])
  const all = await draftsOf('program')
  expect(all.nodes).toMatchObject([{ body: { text: 'Theirs' } }])
  expect((await draftsOf('program', `, after: "${all.pageInfo.endCursor}"`)).nodes).toMatchObject([
    { body: { text: 'Mine' } },
  ])
  const [{ count } = { count: 0 }] = await rows<{ count: number }>(sql`select count(*)::int as count from drafts`)
  expect(all.totalCount).toBe(count)
  await done('draftSave', { ticketId: mine, body: { text: 'Taken over' } }, { as: 'ben' })
  expect((await draftsOf('ben')).nodes).toMatchObject([{ body: { text: 'Taken over' } }])
})

test('a contact sees no draft, no file of one and no suggestion, and cannot write any', async () => {
  const { id } = await desk.freshTicket()
  const fileId = await uploaded(id)
  const { draft } = await save(id, 'Not for you', { attachmentIds: [fileId] })
  const suggestion = await suggest(id, 'A machine says')
  const { data } = await askAs(
    'kai',
    `query ($ticket: ID!, $ids: [ID!]!) {
      ticket(id: $ticket) { hasDraft draft { id } drafts { id } suggestedReplies { id } mentions { id } }
      nodes(ids: $ids) { id } message(id: "${suggestion}") { id }
      with: viewer { drafts { totalCount } myTickets(filter: { hasDraft: true }) { totalCount } }
      without: viewer { myTickets(filter: { hasDraft: false, ids: [$ticket] }) { totalCount } } }`,
    { ticket: id, ids: [draft?.id, fileId, suggestion] },
  )
  expect(data).toEqual({
    ticket: { hasDraft: false, draft: null, drafts: [], suggestedReplies: [], mentions: [] },
    ...{ nodes: [null, null, null], message: null, with: { drafts: { totalCount: 0 }, myTickets: { totalCount: 0 } } },
    without: { myTickets: { totalCount: 1 } },
  })
  const own = { ticketId: id, entry: { type: 'REPLY_INBOUND', body: { text: 'x' } }, draftId: draft?.id }
  expect((await run('messageSend', own, { as: 'kai' })).errors).toMatchObject([{ code: 'NOT_FOUND' }])
  for (const [name, input] of [
    ['draftSave', { ticketId: id, body: { text: 'x' } }],
    ['draftDelete', { id: draft?.id }],
    ['draftSend', { id: draft?.id }],
    ['suggestedReplyAccept', { id: suggestion }],
  ] as const)
    expect((await run(name, input, { as: 'kai' })).errors).toMatchObject([{ code: 'FORBIDDEN' }])
})

// ------------------------------------------------------------------ suggested replies

/** A suggestion as a pull brings it. */
async function suggest(ticketId: string, text: string): Promise<string> {
  const [row] = await rows<{ id: string }>(sql`
    insert into messages (workspace_id, id, backend_id, ticket_id, conversation_id, external_id, sequence, type, direction,
      content_type, is_internal, at, created_at, updated_at, body_text, content_hash)
    select workspace_id, gen_random_uuid(), backend_id, ticket_id, conversation_id, gen_random_uuid()::text, 0,
      'SUGGESTED_REPLY', 'INTERNAL', 'TEXT', true, now(), now(), now(), ${text}, '' from messages
    where ticket_id = ${uuidOf(ticketId, 'Ticket')} limit 1 returning id`)
  return nodeIdOf('Message', row?.id as string)
}

test('suggestions are listed newest first, in as many statements for two tickets as for one', async () => {
  const suggestion = (number: number) =>
    message(String(number), { type: 'SUGGESTED_REPLY', isInternal: true, direction: 'INTERNAL', at: minute(number) })
  const many = [9101, 9102, 9103, 9104].map(suggestion)
  const [one, other] = [await localTicket([...many, answered('9105')]), await localTicket([suggestion(9201)])]
  const ask = async (ids: string[], more = '') => {
    const { data, errors } = await askAs(
      'ada',
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ticket { suggestedReplies${more} { isSuggested body { text } } messages { totalCount } } } }`,
      { ids },
    )
    return errors ?? (data as { nodes: { suggestedReplies: unknown[]; messages: { totalCount: number } }[] }).nodes
  }
  const shown = (number: number) => ({ isSuggested: true, body: { text: `Message ${number}` } })
  expect(await ask([one, other])).toEqual([
    { suggestedReplies: [9104, 9103, 9102].map(shown), messages: { totalCount: 2 } },
    { suggestedReplies: [shown(9201)], messages: { totalCount: 1 } },
  ])
  const countFor = async (ids: string[]) => (await desk.statementsDuring(() => ask(ids))).statements.length
  expect(await countFor([one, other])).toBe(await countFor([one]))
  expect(await ask([one], '(limit: 20)')).toMatchObject([{ suggestedReplies: { length: 4 } }])
  expect(await ask([one], '(limit: 21)')).toMatchObject([{ message: expect.stringContaining('20') }])
})

test('a suggestion becomes the draft, unless one was begun that says something else', async () => {
  const id = await localTicket()
  const suggestion = await suggest(id, 'Try turning it off.')
  const { draft } = await done('suggestedReplyAccept', { id: suggestion })
  expect(draft).toMatchObject({ type: 'REPLY_OUTBOUND', version: 1, body: { text: 'Try turning it off.' } })
  expect((await done('suggestedReplyAccept', { id: suggestion })).draft).toMatchObject({ id: draft?.id, version: 1 })
  await save(id, 'My own words')
  const refused = await run('suggestedReplyAccept', { id: suggestion })
  expect(refused.errors).toMatchObject([
    {
      __typename: 'ConflictError',
      path: ['input', 'id'],
      currentVersion: 2,
      currentDraft: { body: { text: 'My own words' } },
    },
  ])
  await save(id, '', { subject: 'Kept' })
  expect((await done('suggestedReplyAccept', { id: suggestion })).draft).toMatchObject({
    ...{ id: draft?.id, version: 4, subject: 'Kept', body: { text: 'Try turning it off.' } },
  })
})

test('what somebody said is no suggestion', async () => {
  const id = await localTicket()
  const [row] = await rows<{ id: string }>(sql`select id from messages where ticket_id = ${uuidOf(id, 'Ticket')}`)
  const refused = await run('suggestedReplyAccept', { id: nodeIdOf('Message', row?.id ?? '') })
  expect(refused.errors).toMatchObject([
    { __typename: 'ValidationError', code: 'VALIDATION_FAILED', rule: 'suggested' },
  ])
  expect((await ticket(id)).hasDraft).toBe(false)
})

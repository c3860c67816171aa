/** Drafts in step with a real Comm100 sandbox: what is written here, what is written there, and both at once. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Operations } from '#connectors/operations.ts'
import { changeTicket } from '#connectors/sandbox/changes.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { written } from '../connectors/outgoing.ts'
import { openDraftDesk } from './desk.ts'

/** What the site answers instead of taking a draft; null: it takes it. */
let refusal: SandboxAnswer | null = null
const desk = await openDraftDesk({
  before: (_host, { method, path }) => (method !== 'GET' && path.endsWith('/draft') ? refusal : null),
})
const { run, done, save, rows, ticket, freshTicket, uploaded, deliver, pull, site, db } = desk
const there = site.session.operations as Required<Operations>

/** Somebody writes at Comm100. */
const writeThere = (externalId: string, text: string) =>
  there.saveDraft({
    ticketExternalId: externalId,
    draft: {
      ...{ type: 'REPLY_OUTBOUND', subject: 'Theirs', body: written(text), addresses: [], attachments: [] },
      ...{ quotedText: null, metadata: null, writer: null },
    },
  })
const deliveriesOf = (ticketId: string) =>
  rows<{ operation: string; state: string }>(sql`select operation, state from deliveries
    where ticket_id = ${idFrom(ticketId, 'Ticket')} order by position`)
const putsTo = (externalId: string) =>
  site.sent.filter(({ method, path }) => method === 'PUT' && path.endsWith(`${externalId}/draft`))

test('a draft saved here is at Comm100, comes back the same, and raises no version by that', async () => {
  const { id, desk: own } = await freshTicket()
  const { version } = await ticket(id)
  const fileId = await uploaded(id)
  const { draft } = await done('draftSave', {
    ...{ ticketId: id, body: { html: '<p>Soon <b>more</b></p>' }, subject: 'Re: you', quotedText: 'You asked' },
    ...{ emailAddresses: [{ email: 'c@example.org', direction: 'CC' }], attachmentIds: [fileId] },
  })
  expect(draft).toMatchObject({ hasUnreceivedAttachment: true, attachments: [{ fileKey: null }] })
  await deliver()
  expect(own.draft).toMatchObject({
    ...{ html: '<p>Soon <b>more</b></p>', subject: 'Re: you', quote: 'You asked', cc: ['c@example.org'] },
    ...{ authorId: desk.ada.id, attachments: [{ name: 'log.txt', sizeBytes: 5 }] },
  })
  await pull()
  const shown = await ticket(id)
  expect(shown).toMatchObject({ version, hasDraft: true, drafts: { length: 1 } })
  expect(shown.draft).toEqual({
    ...draft,
    ...{ hasUnreceivedAttachment: false, attachments: [{ id: fileId, name: 'log.txt', fileKey: expect.any(String) }] },
  })
  expect(await rows(sql`select external_id from drafts where id = ${idFrom(draft?.id ?? '', 'Draft')}`)).toEqual([
    { external_id: String(own.id) },
  ])
})

test('saving every moment makes one call, with the newest words', async () => {
  const { id, externalId, desk: own } = await freshTicket()
  for (const text of ['D', 'De', 'Dear', 'Dear Kai']) await save(id, text)
  expect(await deliveriesOf(id)).toEqual([{ operation: 'saveDraft', state: 'QUEUED' }])
  await deliver()
  expect(putsTo(externalId)).toHaveLength(1)
  expect(own.draft?.text).toBe('Dear Kai')
  await save(id, 'Dear Kai, hello')
  await deliver()
  expect(putsTo(externalId)).toHaveLength(2)
  expect(own.draft?.text).toBe('Dear Kai, hello')
})

test('a save that is on its way is not touched: what is written meanwhile follows it', async () => {
  const { id, desk: own } = await freshTicket()
  await save(id, 'On its way')
  await db.execute(
    sql`update deliveries set lease_until = now() + interval '1 minute' where ticket_id = ${idFrom(id, 'Ticket')}`,
  )
  await save(id, 'Written meanwhile')
  expect(await deliveriesOf(id)).toHaveLength(2)
  await db.execute(sql`update deliveries set state = 'SENDING', sending_at = now() - interval '1 minute', lease_until = null,
      next_attempt_at = now()
    where position = (select min(position) from deliveries where ticket_id = ${idFrom(id, 'Ticket')})`)
  await save(id, 'Written last')
  expect(await deliveriesOf(id)).toHaveLength(2)
  await deliver()
  expect(own.draft?.text).toBe('Written last')
})

test('agents who type while it is carried over and read back end with one draft, the same on both sides', async () => {
  const { id, desk: own } = await freshTicket()
  const { version } = await ticket(id)
  const SAVES = 15
  await desk.whileDelivering(async () => {
    const typing = ['ada', 'ben'].map(async (as) => {
      for (let index = 0; index < SAVES; index += 1)
        await done('draftSave', { ticketId: id, body: { text: `${as} ${index}` } }, { as })
    })
    const reading = Array.from({ length: 4 }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 60))
      await pull()
    })
    await Promise.all([...typing, ...reading])
  })
  await deliver()
  await pull()
  const { drafts, version: now } = await ticket(id)
  expect(drafts).toMatchObject([{ version: 2 * SAVES, body: { text: own.draft?.text } }])
  expect(now).toBe(version)
  expect((await deliveriesOf(id)).filter(({ state }) => state !== 'SETTLED')).toEqual([])
})

test('a draft that rests holds up nothing else of its ticket', async () => {
  const { id } = await freshTicket()
  await save(id, 'Still typing')
  const { data } = await desk.askAs(
    'ada',
    'mutation ($input: TicketUpdateInput!) { ticketUpdate(input: $input) { errors { message } } }',
    { input: { id, patch: { priority: 'LOW' } } },
  )
  expect(data).toEqual({ ticketUpdate: { errors: [] } })
  await desk.deliverDue(id, 'updateTicket')
  expect(await deliveriesOf(id)).toEqual([
    { operation: 'saveDraft', state: 'QUEUED' },
    { operation: 'updateTicket', state: 'SETTLED' },
  ])
  await deliver()
})

test('a draft written at Comm100 arrives with a raised version, and what is being saved here is left alone', async () => {
  const { id, externalId, desk: own } = await freshTicket()
  await writeThere(externalId, 'From there')
  await pull()
  const first = (await ticket(id)).draft
  expect(first).toMatchObject({ version: 1, body: { text: 'From there' }, subject: 'Theirs' })
  await writeThere(externalId, 'More from there')
  await pull()
  expect((await ticket(id)).draft).toMatchObject({ id: first?.id, version: 2, body: { text: 'More from there' } })
  const stale = await run('draftSave', { ticketId: id, body: { text: 'x' }, ifVersion: 1 })
  expect(stale.errors).toMatchObject([{ currentVersion: 2, changedFields: ['body'], currentDraft: { id: first?.id } }])

  await save(id, 'From here', { ifVersion: 2 })
  await writeThere(externalId, 'At the same time')
  await pull()
  expect((await ticket(id)).draft).toMatchObject({ id: first?.id, version: 3, body: { text: 'From here' } })
  await deliver()
  expect(own.draft?.text).toBe('At the same time')
  expect(await deliveriesOf(id)).toEqual([{ operation: 'saveDraft', state: 'REFUSED' }])
  changeTicket(desk.desk, Number(externalId), { subject: 'Changed' })
  await pull()
  const { draft, drafts } = await ticket(id)
  expect(drafts.map(({ body }) => body.text)).toEqual(['At the same time', 'From here'])
  expect(drafts[1]?.id).toBe(first?.id)
  await save(id, 'Both', { draftId: draft?.id, ifVersion: draft?.version })
  await deliver()
  expect(own.draft?.text).toBe('Both')
})

test('what somebody began at Comm100 since we looked is not overwritten by what was begun here', async () => {
  const { id, externalId, desk: own } = await freshTicket()
  await save(id, 'Begun here')
  await writeThere(externalId, 'Begun there')
  await deliver()
  expect(own.draft?.text).toBe('Begun there')
  expect((await ticket(id)).draft).toMatchObject({ body: { text: 'Begun here' } })
})

test('saved again and again without a look between, nothing is taken for somebody else', async () => {
  const { id, desk: own } = await freshTicket()
  for (const text of ['One', 'One two', 'One two three']) {
    await save(id, text)
    await deliver()
    expect(own.draft?.text).toBe(text)
  }
})

test('an answer from before a save was taken says nothing of the draft', async () => {
  const { id, externalId } = await freshTicket()
  const before = await site.session.ticket(externalId)
  const askedAt = new Date()
  const { draft } = await save(id, 'Saved since')
  await deliver()
  // As if something else had changed there since we last looked.
  const [own] = before?.tickets ?? []
  if (own) own.updatedAt = new Date(Date.now() + 60_000)
  await desk.store(before, askedAt)
  expect((await ticket(id)).draft?.id).toBe(draft?.id)
})

test('what is deleted there goes here, and what is deleted here goes there', async () => {
  const { id, externalId, desk: own } = await freshTicket()
  await save(id, 'Soon gone')
  await deliver()
  await pull()
  await there.deleteDraft({ ticketExternalId: externalId, type: 'REPLY_OUTBOUND' })
  await pull()
  expect(await ticket(id)).toMatchObject({ hasDraft: false, draft: null })
  const { draft } = await save(id, 'Another')
  await deliver()
  await done('draftDelete', { id: draft?.id })
  await pull()
  expect((await ticket(id)).draft).toBeNull()
  await deliver()
  expect(own.draft).toBeNull()
})

test('a draft that never went out is deleted without a word to Comm100', async () => {
  const { id, externalId } = await freshTicket()
  const { draft } = await save(id, 'Never mind')
  await done('draftDelete', { id: draft?.id })
  expect(await deliveriesOf(id)).toEqual([{ operation: 'saveDraft', state: 'DISCARDED' }])
  await deliver()
  expect(putsTo(externalId)).toEqual([])
})

test('a draft sent here is a message there, with its files and history, and no draft any more', async () => {
  const { id, desk: own } = await freshTicket()
  const fileId = await uploaded(id)
  const { draft } = await save(id, 'The answer', { attachmentIds: [fileId], quotedText: 'You asked' })
  await deliver()
  await pull()
  site.sent.length = 0
  const sent = await done('draftSend', { id: draft?.id, ifVersion: 1 })
  expect(sent.deliveries.map(({ operation }) => operation)).toEqual(['createMessages', 'deleteDraft'])
  await deliver()
  // The file is there already, so it is named and not uploaded again.
  expect(site.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v4/ticketing/messages',
    `DELETE /v4/ticketing/tickets/${own.id}/draft`,
  ])
  expect(site.sent[0]?.body).toMatchObject({ metadata: { decoration: { email: { quote: 'You asked' } } } })
  expect(own.draft).toBeNull()
  expect(own.messages.at(-1)).toMatchObject({ text: 'The answer', attachments: [{ name: 'log.txt' }] })
  await pull()
  expect(await ticket(id)).toMatchObject({ hasDraft: false, draft: null })
})

test('a file keeps its id and its bytes when its message arrives, also where the help desk renames it', async () => {
  const { id, externalId } = await freshTicket()
  const first = await uploaded(id, 'first.txt', 'the first')
  const { draft } = await save(id, 'Two files', { attachmentIds: [first] })
  await deliver()
  const second = await uploaded(id, 'second.txt', 'the second')
  await done('draftSave', { ticketId: id, body: { text: 'Two files' }, attachmentIds: [first, second] })
  const { message } = await done('draftSend', { id: draft?.id })
  await deliver()
  await pull()
  const files = () =>
    rows<{ id: string; name: string; isOurs: boolean; hasBytes: boolean }>(sql`
      select id, name, external_id like 'deskgraph:%' as "isOurs", storage_key is not null as "hasBytes"
      from attachments where message_id = ${idFrom(message?.id ?? '', 'Message')} order by id`)
  const same = [
    { id: idFrom(first, 'Attachment'), name: 'first.txt', isOurs: false, hasBytes: true },
    { id: idFrom(second, 'Attachment'), name: 'second.txt', isOurs: false, hasBytes: true },
  ]
  expect(await files()).toEqual(same)
  // As if they had not been seen yet, first without files, then with the first under another name.
  await db.execute(
    sql`update attachments set external_id = 'deskgraph:' || id where ticket_id = ${idFrom(id, 'Ticket')}`,
  )
  for (const names of [[], ['second.txt', 'first (1).txt']]) {
    const read = await site.session.ticket(externalId)
    for (const { conversations } of read?.tickets ?? [])
      for (const said of conversations.flatMap(({ messages }) => messages))
        if (said.attachments?.length)
          said.attachments = names.map((name) => ({ externalId: name, name, kind: 'FILE', status: 'OK' }))
    await desk.store(read, new Date())
    await db.execute(sql`update messages set content_hash = ''`)
    await db.execute(sql`update tickets set content_hash = ''`)
  }
  expect(await files()).toEqual([{ ...same[0], name: 'first (1).txt' }, same[1]])
})

test('a draft of a note stays here', async () => {
  const { id, externalId } = await freshTicket()
  const { deliveries } = await save(id, 'Only here', { type: 'NOTE_PRIVATE' })
  expect(deliveries).toEqual([])
  await pull()
  await writeThere(externalId, 'An answer')
  await pull()
  expect((await ticket(id)).drafts.map(({ type }) => type).sort()).toEqual(['NOTE_PRIVATE', 'REPLY_OUTBOUND'])
})

test('a save that Comm100 refuses loses no word: it stays here, beside what Comm100 has', async () => {
  const { id, externalId } = await freshTicket()
  await writeThere(externalId, 'Theirs')
  await pull()
  refusal = { status: 400, body: { code: 'BadParameter', message: 'no' } }
  const { draft } = await save(id, 'Ours')
  await deliver()
  refusal = null
  expect(await deliveriesOf(id)).toEqual([{ operation: 'saveDraft', state: 'REFUSED' }])
  expect((await ticket(id)).draft).toMatchObject({ id: draft?.id, body: { text: 'Ours' } })
  await pull()
  changeTicket(desk.desk, Number(externalId), { subject: 'Changed' })
  await pull()
  expect((await ticket(id)).drafts.map(({ body }) => body.text)).toEqual(['Theirs', 'Ours'])
})

test('a draft that Comm100 could not take at first is there in the end', async () => {
  const { id, desk: own } = await freshTicket()
  refusal = { status: 503, body: { code: 'Busy', message: 'later' } }
  await save(id, 'Patience')
  const delivering = deliver()
  await new Promise((resolve) => setTimeout(resolve, 300))
  refusal = null
  await delivering
  expect(own.draft?.text).toBe('Patience')
})

test('the flag is that of the rows, also when Comm100 says it has a draft and does not show it', async () => {
  const { id, externalId } = await freshTicket()
  const told = await site.session.ticket(externalId)
  for (const record of told?.tickets ?? []) {
    record.hasDraft = true
    delete record.drafts
    record.subject = 'Says it has one'
  }
  await desk.store(told, new Date())
  expect(await ticket(id)).toMatchObject({ hasDraft: false, draft: null })
})

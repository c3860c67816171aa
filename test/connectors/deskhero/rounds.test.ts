import { afterAll, beforeAll, expect, test } from 'vitest'
import { deskheroSandbox } from '#connectors/deskhero/sandbox.ts'
import { attachmentStatusNames, directionNames, typeNames } from '#connectors/deskhero/words.ts'
import {
  addAgent,
  addChannel,
  addContact,
  addDepartment,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
} from '#connectors/sandbox/build.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { connect, round } from './support.ts'

const texts = [
  'plain',
  ' leading and  double ',
  'line\n\n\tindented\r\nend\n',
  'a < b && "c" <b>no tag</b> &amp; &#65;',
  '日本語 🎉 \u00a0',
  'x'.repeat(5000),
  '1 <2',
]
let clock = Date.parse('2026-02-01T00:00:00.123Z')
const now = () => {
  clock += 1000
  return new Date(clock)
}
let desk: Desk
let served: ServedSandbox

beforeAll(async () => {
  desk = emptyDesk({ now, firstId: 1000 })
  const second = addDepartment(desk, { name: 'Second line' })
  const ana = addAgent(desk, { name: 'Ana Lind', role: 'administrator', departmentId: second.id })
  addAgent(desk, { name: 'Ben Okoro' })
  const people = [
    addContact(desk),
    addContact(desk),
    addContact(desk),
    addContact(desk),
    addContact(desk, { type: 'VISITOR', name: 'Guest' }),
  ]
  const mail = addChannel(desk, { type: 'EMAIL' })
  const other = addChannel(desk, { type: 'OTHER' })
  const tag = addTag(desk, { name: 'printer', color: '#123456' })
  for (let count = 0; count < 50; count += 1) {
    const ticket = addTicket(desk, {
      requesterId: people[count % 5]?.id,
      channelId: count % 2 ? mail.id : other.id,
      tagIds: count % 3 ? [] : [tag.id],
      assigneeId: count % 4 ? ana.id : null,
      departmentId: second.id,
      priority: 'URGENT',
    })
    for (const text of texts.slice(0, 1 + (count % texts.length)))
      addMessage(desk, { ticketId: ticket.id, type: count % 2 ? 'REPLY_INBOUND' : 'NOTE_PRIVATE', text })
  }
  const rich = addTicket(desk, {
    subject: 'Everything',
    channelId: mail.id,
    status: 'UNKNOWN',
    draft: {
      id: 1,
      text: 'soon',
      html: '<p>soon</p>',
      subject: '',
      cc: ['c@x.example'],
      quote: '',
      authorId: ana.id,
      updatedAt: now(),
    },
  })
  for (const type of typeNames)
    addMessage(desk, { ticketId: rich.id, type, text: `of type ${type}`, html: `<p>of type ${type}</p>` })
  addMessage(desk, {
    ticketId: rich.id,
    text: 'files',
    html: `<p>files</p>${'<p>much more</p>'.repeat(50)}`,
    addresses: directionNames.map((direction) => ({
      email: `${direction.toLowerCase()}@x.example`,
      name: null,
      direction,
    })),
    attachments: attachmentStatusNames.map((status) => ({
      name: `${status}.png`,
      contentType: 'image/png',
      sizeBytes: 3072,
      status,
      statusMessage: status === 'ERROR' ? 'virus' : null,
    })),
  })
  addMessage(desk, { ticketId: rich.id, text: 'Ana took it', isSystemLine: true })
  addTicket(desk, { subject: 'Merged', mergedIntoId: rich.id })
  served = await serveSandbox(deskheroSandbox, desk)
})
afterAll(() => served.close())

const session = (settings: Record<string, unknown> = {}) => connect({ ...served.settings, pageSize: 20, ...settings })
const messagesOf = (ticket: DeskTicket) => ticket.messages.filter((message) => !message.isSystemLine)

test('check answers', () => session().check())

test('a full round brings each ticket and each message once, with its exact text, in order', async () => {
  const all = await round(session())
  expect(all.tickets.map(({ externalId }) => externalId)).toEqual([...desk.tickets.keys()].map(String))
  for (const ticket of all.tickets) {
    const wanted = messagesOf(desk.tickets.get(Number(ticket.externalId)) as DeskTicket)
    const got = ticket.conversations.flatMap(({ messages }) => messages)
    expect(got.map(({ externalId }) => externalId)).toEqual(wanted.map(({ id }) => String(id)))
    expect(got.map(({ type }) => type)).toEqual(wanted.map(({ type }) => type))
    expect(got.map(({ at }) => at)).toEqual(wanted.map(({ at }) => at))
    for (const [place, { text, html }] of wanted.entries()) {
      expect(got[place]?.body.html ?? '').toBe(html ?? got[place]?.body.html ?? '')
      if (html === null) expect(got[place]?.body.text).toBe(text)
    }
  }
  expect(all.agents.map(({ displayName }) => displayName)).toEqual(expect.arrayContaining(['Ana Lind', 'Ben Okoro']))
  expect(all.departments).toContainEqual(expect.objectContaining({ name: 'Second line' }))
  expect(all.tags).toMatchObject([{ name: 'printer', color: '#123456' }])
  expect(all.channels.map(({ type }) => type)).toEqual(['EMAIL', 'PORTAL', 'OTHER'])
  // The tenant's own word nobody can foresee is the only thing that does not fit.
  expect(all.misfits).toMatchObject([{ kind: 'unmapped', field: 'status', raw: { label: 'With partner' } }])
})

test('everything the vendor can express arrives', async () => {
  const all = await round(session())
  const [rich] = all.tickets.filter(({ subject }) => subject === 'Everything')
  const messages = rich?.conversations.flatMap(({ messages }) => messages) ?? []
  expect(messages.slice(0, 7).map(({ type }) => type)).toEqual(typeNames)
  const files = messages.at(-1)
  expect(files?.body.text).toBeUndefined()
  expect(files?.addresses?.map(({ direction }) => direction)).toEqual(directionNames)
  expect(files?.attachments?.map(({ status }) => status)).toEqual(attachmentStatusNames)
  expect(files?.attachments?.map(({ vendorUrl }) => vendorUrl !== null)).toEqual([false, false, true, true, false])
  expect(rich).toMatchObject({
    status: 'UNKNOWN',
    statusDetail: { label: 'With partner' },
    drafts: [{ body: { text: 'soon' }, addresses: [{ email: 'c@x.example' }] }],
  })
  expect(all.tickets.find(({ subject }) => subject === 'Merged')?.mergedIntoExternalId).toBe(rich?.externalId)
  expect(new Set(all.tickets.map(({ channelExternalId }) => channelExternalId))).toEqual(new Set(['email', 'other']))
  expect(all.contacts.map(({ externalId }) => externalId).some((id) => id.startsWith('mail:'))).toBe(true)
})

test('an incremental round brings a new message and a new ticket, and nothing once all is read', async () => {
  const own = session()
  let { cursor } = await round(own)
  for (let settled = 0; settled < 2; settled += 1) cursor = (await round(own, cursor)).cursor
  const quiet = await round(own, cursor)
  expect([quiet.tickets.length, quiet.pages]).toEqual([0, 1])

  const old = desk.tickets.get([...desk.tickets.keys()][3] as number) as DeskTicket
  addMessage(desk, { ticketId: old.id, text: 'one more', at: now() })
  const fresh = addTicket(desk, { subject: 'fresh' })
  addMessage(desk, { ticketId: fresh.id, text: 'hello' })
  const changed = await round(own, quiet.cursor)
  expect(changed.tickets.map(({ externalId }) => externalId).sort()).toEqual([String(old.id), String(fresh.id)].sort())
  expect(
    changed.tickets
      .flatMap(({ conversations }) => conversations.flatMap(({ messages }) => messages))
      .map(({ body }) => body.text),
  ).toEqual(expect.arrayContaining(['one more', 'hello']))
  expect((await round(own, changed.cursor)).tickets.length).toBe(0)
})

test('a change during the full round is seen by the next round', async () => {
  const own = session()
  const first = [...desk.tickets.values()][0] as DeskTicket
  let isChanged = false
  const { cursor } = await round(own, null, (page) => {
    if (isChanged || page.records.tickets.length === 0) return
    isChanged = true
    addMessage(desk, { ticketId: first.id, text: 'late', at: now() })
  })
  const next = await round(own, cursor)
  expect(
    next.tickets.find(({ externalId }) => externalId === String(first.id))?.conversations.at(-1)?.messages[0]?.body
      .text,
  ).toBe('late')
})

test('a page asked for again brings the same', async () => {
  const own = session()
  const start = await own.pull(null)
  const agents = await own.pull(start.cursor)
  expect((await own.pull(start.cursor)).records).toEqual(agents.records)
  const after = await own.pull(agents.cursor)
  expect((await own.pull(agents.cursor)).records.tickets).toEqual(after.records.tickets)
})

test('one ticket, and null when the vendor has it no more', async () => {
  const own = session()
  const [id] = desk.tickets.keys()
  expect((await own.ticket(String(id)))?.tickets).toMatchObject([
    { externalId: String(id), status: 'NEW', priority: 'URGENT' },
  ])
  expect(await own.ticket('4000000')).toBeNull()
})

test('an attachment is opened through a fresh address; one that is not ready is refused', async () => {
  const own = session()
  const rich = (await round(own)).tickets.find(({ subject }) => subject === 'Everything')
  const message = rich?.conversations.at(-1)?.messages[0]
  for (const file of message?.attachments ?? []) {
    const locator = {
      externalId: file.externalId,
      ticketExternalId: rich?.externalId ?? '',
      messageExternalId: message?.externalId ?? '',
      vendorUrl: file.vendorUrl ?? null,
      fileKey: null,
    }
    const opening = own.openAttachment?.(locator)
    if (file.status !== 'OK' && file.status !== 'WARNING') {
      await expect(opening).rejects.toThrow(/cannot be downloaded/)
      continue
    }
    const opened = await opening
    expect(opened).toMatchObject({ contentType: 'image/png', sizeBytes: 3072 })
    expect((await new Response(opened?.body).arrayBuffer()).byteLength).toBe(3072)
  }
})

test('secrets are nowhere in the records', async () => {
  const text = JSON.stringify(await round(session()))
  expect(text).not.toContain(String(served.settings.token))
  expect(text).not.toMatch(/[?&]sig=/)
})

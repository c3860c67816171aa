/** Each operation against the sandbox: what is so afterwards at the vendor, and what a pull makes of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { alibaba } from '#connectors/alibaba/connector.ts'
import { alibabaSandbox, readingKeys } from '#connectors/alibaba/sandbox.ts'
import { dialogIdOf, ticketIdOf } from '#connectors/alibaba/sandbox-wire.ts'
import { writing } from '#connectors/alibaba/writing.ts'
import type { Session } from '#connectors/contract.ts'
import { guardingWrites } from '#connectors/http.ts'
import { addAgent, addContact, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import type { Sandbox, SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { file, message, newTicket, requester } from './orders.ts'
import { quietHost } from './scripted.ts'

const desk = emptyDesk({ firstId: 500 })
addAgent(desk, { name: 'Li Wei' })
const own = addContact(desk, { name: 'ops@shop' })
const ownId = String(1_100_000 + own.id)

/** Every action that got through, and how the next answer of an action is lost. */
const actions: string[] = []
let losing: { action: string; answer: SandboxAnswer } | null = null
const watched: Sandbox = {
  ...alibabaSandbox,
  open(openedDesk, options) {
    const inner = alibabaSandbox.open(openedDesk, options)
    return {
      ...inner,
      async handle(host, request) {
        const answer = await inner.handle(host, request)
        const action = request.headers['x-acs-action'] ?? request.method
        actions.push(action)
        if (losing?.action !== action) return answer
        const lost = losing.answer
        losing = null
        return lost
      },
    }
  },
}

let sandbox: ServedSandbox
let session: Session
beforeAll(async () => {
  sandbox = await serveSandbox(watched, desk)
  session = openSession()
})
afterAll(() => sandbox.close())
beforeEach(() => {
  actions.length = 0
  losing = null
  sandbox.faults.clear()
})

const openSession = (more = {}) => alibaba.connect(alibaba.settings.parse({ ...sandbox.settings, ...more }), quietHost)

/** A ticket of ours that an engineer has answered. */
function answered(): { ticket: DeskTicket; id: string } {
  const ticket = addTicket(desk, { subject: 'Slow network', requesterId: own.id })
  addMessage(desk, { ticketId: ticket.id, text: 'It is slow.' })
  addMessage(desk, { ticketId: ticket.id, type: 'REPLY_OUTBOUND', text: 'Since when?' })
  return { ticket, id: ticketIdOf(ticket.id) }
}
async function shown(externalId: string) {
  const [record] = (await session.ticket(externalId))?.tickets ?? []
  if (!record) throw new Error(`no ticket ${externalId}`)
  return { record, messages: record.conversations[0]?.messages ?? [] }
}
const reply = (ticketExternalId: string, more: Parameters<typeof message>[0] = {}) => ({
  ticketExternalId,
  conversationExternalId: ticketExternalId,
  messages: [message(more)],
})

describe('a new ticket', () => {
  it('is there with its text, category, priority, requester and files, and is found again', async () => {
    const since = new Date(Date.now() - 1000)
    const text = '  The disk <b>is</b> full & "stuck" 你好 😀\n'
    const fields = {
      subject: 'Disk full',
      category: 'ECS / Disks',
      priority: 'HIGH',
      requester: requester(ownId),
    } as const
    const order = newTicket({ fields, messages: [message({ text, attachments: [file('a b.txt', 'bytes é')] })] })
    expect(await session.operations.findTicket?.(order, since)).toBeNull()
    const receipt = await session.operations.createTicket?.(order)
    const id = receipt?.ticketExternalId ?? ''
    expect(receipt).toEqual({ ticketExternalId: expect.stringMatching(/^[0-9A-Z]{9}$/), messages: [null] })

    const ticket = [...desk.tickets.values()].at(-1)
    expect(ticket).toMatchObject({ subject: 'Disk full', category: '7162', priority: 'URGENT', requesterId: own.id })
    expect(ticket?.messages).toMatchObject([{ text, type: 'REPLY_INBOUND', attachments: [{ name: 'a b.txt' }] }])

    const { record, messages } = await shown(id)
    expect(record).toMatchObject({ subject: 'Disk full', status: 'NEW', category: '7162', priority: 'URGENT' })
    expect(record.requester).toMatchObject({ externalId: ownId })
    expect(messages).toMatchObject([{ direction: 'OUTBOUND', type: 'REPLY_OUTBOUND', body: { text } }])
    const attachment = messages[0]?.attachments?.[0]
    expect(attachment).toMatchObject({ name: 'a b.txt', status: 'OK' })
    const opened = await session.openAttachment?.({
      externalId: attachment?.externalId ?? '',
      ticketExternalId: id,
      messageExternalId: messages[0]?.externalId ?? null,
      vendorUrl: null,
      fileKey: null,
    })
    expect(await new Response(opened?.body).text()).toBe('bytes é')
    expect(await session.operations.findTicket?.(order, since)).toBe(id)
  })

  it('of the plainest kind has the category of the settings and the account’s own requester', async () => {
    const order = newTicket({ fields: { subject: 'Plain', requester: requester(null, 'who@b.example') } })
    const receipt = await session.operations.createTicket?.(order)
    const { record } = await shown(receipt?.ticketExternalId ?? '')
    expect(record).toMatchObject({ subject: 'Plain', category: '7161', priority: 'NORMAL' })
    expect(record.requester?.externalId).toBe(ownId)
  })

  it.each([
    ['an unknown category', { category: '999' }, /param.illegal: Params illegal/],
    ['an unknown requester', { requester: requester('12') }, /param.illegal: Params illegal/],
    ['a product nobody sells', { category: 'Abacus / Beads' }, /no product named Abacus/],
  ])('with %s is refused, and is not there', async (_, fields, words) => {
    const count = desk.tickets.size
    const failure = session.operations.createTicket?.(newTicket({ fields }))
    await expect(failure).rejects.toThrow(words)
    await expect(failure).rejects.toBeInstanceOf(RefusedError)
    expect(desk.tickets.size).toBe(count)
  })

  it('whose answer is lost was sent once and is found by what it says', async () => {
    const order = newTicket({ fields: { subject: 'Lost', requester: requester(ownId) } })
    const since = new Date(Date.now() - 1000)
    sandbox.faults.next('500', { isCarriedOut: true })
    await expect(session.operations.createTicket?.(order)).rejects.toBeInstanceOf(TryAgainError)
    expect(actions).toEqual(['CreateTicket'])
    const same = [...desk.tickets.values()].filter(({ subject }) => subject === 'Lost')
    expect(same).toHaveLength(1)
    expect(await session.operations.findTicket?.(order, since)).toBe(ticketIdOf(same[0]?.id ?? 0))
  })
})

describe('a reply', () => {
  it('is ours at the vendor and outbound here, to the letter', async () => {
    const { ticket, id } = answered()
    const text = '  two spaces \n\ttab\r\n<not a tag> & "x" 你好 😀 100% +1\n'
    const receipt = await session.operations.createMessages?.(reply(id, { text }))
    const entry = ticket.messages.at(-1)
    expect(entry).toMatchObject({ type: 'REPLY_INBOUND', text, author: { id: own.id } })
    const externalId = dialogIdOf(entry?.id ?? 0)
    expect(receipt).toEqual({ messages: [{ externalId, conversationExternalId: id }] })
    const { record, messages } = await shown(id)
    expect(messages.at(-1)).toMatchObject({ externalId, type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', body: { text } })
    expect(messages.at(-1)?.sender).toMatchObject({ type: 'CONTACT', externalId: ownId })
    expect(record.status).toBe('PENDING_EXTERNAL')
  })

  it('brings its files, with the same bytes', async () => {
    const { id } = answered()
    const attachments = [file('one.txt', 'one'), file('two, three.txt', 'two')]
    await session.operations.createMessages?.(reply(id, { text: 'see', attachments }))
    expect(actions).toEqual([...['GetAttachmentUploadUrl', 'PUT', 'GetAttachmentUploadUrl', 'PUT'], 'ReplyTicket'])
    const sent = (await shown(id)).messages.at(-1)
    expect(sent?.attachments?.map(({ name }) => name)).toEqual(['one.txt', 'two, three.txt'])
    const texts = (sent?.attachments ?? []).map(async ({ externalId }) => {
      const place = {
        ticketExternalId: id,
        messageExternalId: sent?.externalId ?? null,
        vendorUrl: null,
        fileKey: null,
      }
      return new Response((await session.openAttachment?.({ externalId, ...place }))?.body).text()
    })
    expect(await Promise.all(texts)).toEqual(['one', 'two'])
  })

  it('never stands in for a note', async () => {
    const { ticket, id } = answered()
    for (const type of ['NOTE_PRIVATE', 'NOTE_PUBLIC', 'FORWARD'] as const)
      await expect(session.operations.createMessages?.(reply(id, { type }))).rejects.toBeInstanceOf(RefusedError)
    expect(ticket.messages).toHaveLength(2)
    expect(actions).toEqual([])
  })

  it('to a closed ticket, to none, or by whoever may only read, is refused with the vendor’s words', async () => {
    const { ticket, id } = answered()
    const reader = openSession(readingKeys).operations.createMessages?.(reply(id))
    await expect(reader).rejects.toThrow(/illegal.auth: You are not authorized/)
    await expect(reader).rejects.toBeInstanceOf(RefusedError)
    const withFile = reply(id, { attachments: [file('a.txt', 'A')] })
    const uploader = openSession(readingKeys).operations.createMessages?.(withFile)
    await expect(uploader).rejects.toBeInstanceOf(RefusedError)
    await session.operations.updateTicket?.({ ticketExternalId: id, changes: { status: 'RESOLVED' } })
    const late = session.operations.createMessages?.(reply(id))
    await expect(late).rejects.toThrow('The ticket is closed.')
    await expect(late).rejects.toMatchObject({ name: 'RefusedError', provider: { httpStatus: 200, code: '400' } })
    await expect(session.operations.createMessages?.(reply('00000000Z'))).rejects.toBeInstanceOf(GoneError)
    expect(ticket.messages).toHaveLength(2)
  })

  it.each([
    ['time-out', 300],
    ['500', 5000],
    ['reset', 5000],
    ['cut', 5000],
    ['malformed', 5000],
    ['502', 5000],
  ] as const)('whose answer is lost by a %s was sent once, and the thread shows it once', async (kind, timeoutMs) => {
    const { id } = answered()
    const text = `Since Monday (${kind}).`
    sandbox.faults.next(kind, { isCarriedOut: true, path: /^\/$/ })
    const hasty = openSession({ timeoutMs })
    await expect(hasty.operations.createMessages?.(reply(id, { text }))).rejects.toBeInstanceOf(TryAgainError)
    expect(actions).toEqual(['ReplyTicket'])
    const said = (await shown(id)).messages.filter(
      ({ body, direction }) => direction === 'OUTBOUND' && body.text === text,
    )
    expect(said).toHaveLength(1)
  })

  it('counts as begun only when the reply itself goes out, not with its files', async () => {
    const { id } = answered()
    const guarded: string[][] = []
    const order = reply(id, { attachments: [file('a.txt', 'A')] })
    const work = () => session.operations.createMessages?.(order) ?? Promise.reject(new Error('no such operation'))
    await guardingWrites(() => void guarded.push([...actions]), work)
    expect(guarded).toEqual([['GetAttachmentUploadUrl', 'PUT']])
  })
})

describe('the status', () => {
  const set = (ticketExternalId: string, status: 'RESOLVED' | 'PENDING_EXTERNAL' | 'PENDING_INTERNAL' | 'NEW') =>
    session.operations.updateTicket?.({ ticketExternalId, changes: { status } })

  it('RESOLVED closes, and again changes nothing', async () => {
    const { ticket, id } = answered()
    await set(id, 'RESOLVED')
    const { record } = await shown(id)
    expect(record).toMatchObject({ status: 'RESOLVED', statusDetail: writing.statuses.RESOLVED })
    const { updatedAt } = ticket
    await set(id, 'RESOLVED')
    expect(ticket.updatedAt).toEqual(updatedAt)
    expect(actions.filter((action) => action === 'CloseTicket')).toHaveLength(1)
  })

  it('PENDING_EXTERNAL reopens with a text, and again changes nothing', async () => {
    const { ticket, id } = answered()
    await set(id, 'RESOLVED')
    await set(id, 'PENDING_EXTERNAL')
    const { record, messages } = await shown(id)
    expect(record).toMatchObject({ status: 'PENDING_EXTERNAL', statusDetail: writing.statuses.PENDING_EXTERNAL })
    expect(messages.at(-1)).toMatchObject({
      direction: 'OUTBOUND',
      body: { text: 'Please look at this ticket again.' },
    })
    await set(id, 'PENDING_EXTERNAL')
    expect(ticket.messages).toHaveLength(3)
  })

  it.each(['CloseTicket', 'ReopenTicket'])(
    'changed by a %s whose answer is lost is not changed twice',
    async (action) => {
      const { ticket, id } = answered()
      const status = action === 'CloseTicket' ? 'RESOLVED' : 'PENDING_EXTERNAL'
      if (action === 'ReopenTicket') await set(id, 'RESOLVED')
      losing = { action, answer: { status: 502, body: 'gone' } }
      await expect(set(id, status)).rejects.toBeInstanceOf(TryAgainError)
      await set(id, status)
      expect(actions.filter((name) => name === action)).toHaveLength(1)
      expect((await shown(id)).record.status).toBe(status)
      expect(ticket.messages).toHaveLength(action === 'CloseTicket' ? 2 : 3)
    },
  )

  it('that waits for us is left by a reply only, and NEW by nobody', async () => {
    const { id } = answered()
    for (const status of ['PENDING_EXTERNAL', 'PENDING_INTERNAL', 'NEW'] as const)
      await expect(set(id, status)).rejects.toBeInstanceOf(RefusedError)
    await expect(set('00000000Z', 'RESOLVED')).rejects.toBeInstanceOf(GoneError)
    const reader = openSession(readingKeys).operations
    const closing = reader.updateTicket?.({ ticketExternalId: id, changes: { status: 'RESOLVED' } })
    await expect(closing).rejects.toBeInstanceOf(RefusedError)
  })
})

describe('what is promised', () => {
  it('is what there are operations for', () => {
    expect(Object.keys(session.operations).sort()).toEqual([
      ...['createMessages', 'createTicket', 'findTicket', 'updateTicket'],
    ])
  })

  it('of a ticket that we keep ourselves is in no record', async () => {
    const { id } = answered()
    const { record } = await shown(id)
    const kept = Object.entries(writing.ticketFields).flatMap(([field, level]) => (level === 'EMULATED' ? [field] : []))
    expect(kept).toContain('assignee')
    expect([...kept, 'isReadByAgent', 'unreadMessageCount'].filter((field) => field in record)).toEqual([])
  })

  it('of every status is a status that can be set', () => {
    expect(Object.keys(writing.statuses).sort()).toEqual(['PENDING_EXTERNAL', 'RESOLVED'])
  })

  it('leaves a note for people where something cannot be done', () => {
    const silent = Object.entries(alibaba.capabilities).filter(([, { level, note }]) => level !== 'NATIVE' && !note)
    expect(silent).toEqual([])
  })
})

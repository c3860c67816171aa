import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alibaba } from '#connectors/alibaba/connector.ts'
import { alibabaSandbox, temporaryKeys } from '#connectors/alibaba/sandbox.ts'
import { dialogIdOf, ticketIdOf } from '#connectors/alibaba/sandbox-wire.ts'
import type { Cursor, Session } from '#connectors/contract.ts'
import { addAgent, addContact, addMessage, addTicket, emptyDesk, setStatus } from '#connectors/sandbox/build.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { FixCredentialsError } from '#errors.ts'
import { messagesIn, type Round, runRound } from './rounds.ts'
import { quietHost } from './scripted.ts'

const dayMs = 86_400_000
const texts = [
  'plain',
  '  kept \n to\tthe letter  ',
  '你好，磁盘满了 😀',
  'null',
  '"quoted" \\ <angle> & amp',
  "it's (a) *test*!",
]

/** 70 tickets of all ages and statuses with threads of one to five messages, dialog ids beyond 2^53. */
function filledDesk(): Desk {
  const desk = emptyDesk({ firstId: 40_000 })
  for (const name of ['Li Wei', 'Zhao Min']) addAgent(desk, { name })
  const people = [1, 2, 3].map(() => addContact(desk))
  const start = Date.now() - 90 * dayMs
  for (let index = 0; index < 70; index += 1) {
    const createdAt = new Date(start + index * dayMs)
    const requesterId = people[index % 3]?.id ?? 0
    const ticket = addTicket(desk, { createdAt, requesterId, priority: index % 5 ? 'NORMAL' : 'URGENT' })
    for (let place = 0; place <= index % 5; place += 1) {
      addMessage(desk, {
        ticketId: ticket.id,
        type: place % 2 ? 'REPLY_OUTBOUND' : 'REPLY_INBOUND',
        at: new Date(createdAt.getTime() + place * 60_000),
        text: `${texts[(index + place) % texts.length]} ${index}/${place}`,
        html: place === 3 ? `<p>rich ${index}</p>` : null,
        attachments: place === 1 ? [{ name: `log ${index}.png`, contentType: 'image/png', sizeBytes: 64 }] : [],
      })
    }
    addMessage(desk, { ticketId: ticket.id, type: 'SUGGESTED_REPLY', text: 'never shown', at: createdAt })
    if (index % 3 === 0) setStatus(ticket, 'RESOLVED', new Date(createdAt.getTime() + 3_600_000))
  }
  return desk
}

let desk: Desk
let sandbox: ServedSandbox
let session: Session
let full: Round
beforeAll(async () => {
  desk = filledDesk()
  sandbox = await serveSandbox(alibabaSandbox, desk)
  session = alibaba.connect(alibaba.settings.parse({ ...sandbox.settings, pageSize: 30 }), quietHost)
  full = await runRound(session, null)
})
afterAll(() => sandbox.close())

describe('a full round', () => {
  it('brings every ticket and every message once, to the letter and in order', async () => {
    const { records, pages } = full
    expect(records.tickets.map(({ externalId }) => externalId).sort()).toEqual(
      [...desk.tickets.keys()].map(ticketIdOf).sort(),
    )
    for (const { externalId, conversations } of records.tickets) {
      const shown = desk.tickets
        .get(Number.parseInt(externalId, 36))
        ?.messages.filter(({ type }) => type !== 'SUGGESTED_REPLY')
      const expected = shown?.map(({ id, text, html, at }) => ({ id: dialogIdOf(id), text: html ?? text, at }))
      const messages = conversations.flatMap((conversation) => conversation.messages)
      expect(messages.map(({ externalId: id, body, at }) => ({ id, text: body.html ?? body.text, at }))).toEqual(
        expected,
      )
    }
    expect(records.misfits).toEqual([])
    expect(pages).toHaveLength(3)
    expect(pages.at(-1)?.progress).toEqual({ done: 70, total: 70 })
    expect(records.channels).toMatchObject([{ externalId: 'workorder', type: 'OTHER' }])
    expect(new Set(records.agents.map(({ externalId }) => externalId))).toEqual(new Set(['agent:Li Wei']))
  })

  it('turns the desk round: its contacts are us, its agents write to us', async () => {
    const { records } = full
    const [first, second] =
      records.tickets.find(({ conversations }) => (conversations[0]?.messages.length ?? 0) > 2)?.conversations[0]
        ?.messages ?? []
    expect(first).toMatchObject({ direction: 'OUTBOUND', sender: { type: 'CONTACT' } })
    expect(second).toMatchObject({ direction: 'INBOUND', sender: { type: 'AGENT', name: 'Li Wei' } })
    expect(new Set(records.tickets.map(({ requester }) => requester?.externalId)).size).toBe(3)
  })

  it('carries no secret and no signature', async () => {
    const all = JSON.stringify([full.records, full.pages.map(({ cursor }) => cursor)])
    for (const secret of [sandbox.settings.accessKeySecret, 'Signature=', 'OSSAccessKeyId'])
      expect(all).not.toContain(secret)
  })

  it('gives a page again when it is asked for again', async () => {
    const first = await session.pull(null)
    const [once, twice] = [await session.pull(first.cursor), await session.pull(first.cursor)]
    const ids = (page: typeof once) => page.records.tickets.map(({ externalId }) => externalId).sort()
    expect(ids(twice)).toEqual(ids(once))
    expect(ids(once)).toHaveLength(30)
  })
})

describe('an incremental round', () => {
  it('brings nothing when nothing changed', async () => {
    const next = await runRound(session, full.cursor)
    expect(next.records.tickets).toEqual([])
    const after = await runRound(session, next.cursor)
    expect(after.records.tickets).toEqual([])
  })

  it('sees a new message, a new ticket, a closed and a reopened one, and nothing else', async () => {
    const { cursor } = full
    const [closed, open] = [...desk.tickets.values()].filter(({ id }) => id > 0)
    const toClose = [...desk.tickets.values()].find(({ status, id }) => status !== 'RESOLVED' && id !== open?.id)
    if (!open || !closed || !toClose) throw new Error('the desk is too small')
    const said = addMessage(desk, { ticketId: open.id, type: 'REPLY_OUTBOUND', text: 'an answer', at: new Date() })
    const reopening = addMessage(desk, { ticketId: closed.id, text: 'it is back', at: new Date() })
    setStatus(toClose, 'RESOLVED', new Date())
    const created = addTicket(desk, { subject: 'a new one' })
    addMessage(desk, { ticketId: created.id, text: 'hello' })

    const next = await runRound(session, cursor)
    const ids = next.records.tickets.map(({ externalId }) => externalId)
    expect(ids.sort()).toEqual([open, closed, toClose, created].map(({ id }) => ticketIdOf(id)).sort())
    const messageIds = messagesIn(next.records).map(({ externalId }) => externalId)
    expect(messageIds).toContain(dialogIdOf(said.id))
    expect(messageIds).toContain(dialogIdOf(reopening.id))
    const statusOf = (id: number) =>
      next.records.tickets.find(({ externalId }) => externalId === ticketIdOf(id))?.status
    expect(statusOf(toClose.id)).toBe('RESOLVED')
    expect(statusOf(closed.id)).toBe('PENDING_EXTERNAL')
    expect((await runRound(session, next.cursor)).records.tickets).toEqual([])
  })

  it('reads unfinished threads in turns where there are too many, and lively ones always', async () => {
    const settings = alibaba.settings.parse({ ...sandbox.settings, threadChecksPerRound: 20 })
    const thrifty = alibaba.connect(settings, quietHost)
    let { cursor } = await runRound(thrifty, null)
    const waiting = [...desk.tickets.values()].filter(({ status }) => status === 'PENDING_EXTERNAL')
    for (const { id } of waiting)
      addMessage(desk, { ticketId: id, type: 'REPLY_OUTBOUND', text: 'more', at: new Date() })
    const seen: string[] = []
    const counts: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const next = await runRound(thrifty, cursor)
      cursor = next.cursor
      counts.push(next.records.tickets.length)
      seen.push(...next.records.tickets.map(({ externalId }) => externalId))
    }
    expect(seen.sort()).toEqual(waiting.map(({ id }) => ticketIdOf(id)).sort())
    expect(Math.max(...counts)).toBeLessThan(waiting.length)
    const [lively] = waiting
    addMessage(desk, { ticketId: lively?.id ?? 0, type: 'REPLY_OUTBOUND', text: 'and more', at: new Date() })
    const ids = (await runRound(thrifty, cursor)).records.tickets.map(({ externalId }) => externalId)
    expect(ids).toEqual([ticketIdOf(lively?.id ?? 0)])
  })

  it('sees an answer on a ticket closed long ago, since that opens it again', async () => {
    const ticket = [...desk.tickets.values()].find(({ status }) => status === 'RESOLVED')
    const { cursor } = await runRound(session, full.cursor)
    addMessage(desk, { ticketId: ticket?.id ?? 0, type: 'REPLY_OUTBOUND', text: 'after all', at: new Date() })
    const { records } = await runRound(session, cursor)
    expect(records.tickets).toMatchObject([{ externalId: ticketIdOf(ticket?.id ?? 0), status: 'PENDING_INTERNAL' }])
  })

  it('keeps asking for an unfinished ticket that is older than the look-back window', async () => {
    const settings = alibaba.settings.parse({ ...sandbox.settings, lookBackDays: 30 })
    const short = alibaba.connect(settings, quietHost)
    const { cursor } = await runRound(short, null)
    const oldest = [...desk.tickets.values()].find(({ status }) => status !== 'RESOLVED')
    addMessage(desk, { ticketId: oldest?.id ?? 0, type: 'REPLY_OUTBOUND', text: 'at last', at: new Date() })
    const { records } = await runRound(short, cursor)
    expect(records.tickets.map(({ externalId }) => externalId)).toEqual([ticketIdOf(oldest?.id ?? 0)])
  })

  it('begins anew from a cursor of another form', async () => {
    const page = await session.pull({ v: 0, what: 'ever' })
    expect(page.records.tickets).toHaveLength(30)
    expect(page.records.channels).toHaveLength(1)
  })
})

describe('one ticket', () => {
  it('comes whole', async () => {
    const id = [...desk.tickets.keys()][4] ?? 0
    const found = await session.ticket(ticketIdOf(id))
    expect(found?.tickets).toMatchObject([{ externalId: ticketIdOf(id) }])
    expect(messagesIn(found ?? (undefined as never)).length).toBeGreaterThan(0)
  })

  it('is null when the vendor has no such ticket', async () => {
    expect(await session.ticket('000000000')).toBeNull()
  })
})

describe('on a bad day', () => {
  const quick = () =>
    alibaba.connect(alibaba.settings.parse({ ...sandbox.settings, timeoutMs: 300, pageSize: 5 }), quietHost)
  const isWhole = async (cursor: Cursor | null, someone: Session) =>
    expect((await someone.pull(cursor)).records.tickets).toHaveLength(5)

  it.each(['500', '502', 'cut', 'malformed', 'html', 'reset', 'time-out'] as const)(
    'survives a passing %s',
    async (kind) => {
      sandbox.faults.next(kind)
      await isWhole(null, quick())
    },
  )

  it('waits as long as a 429 asks', async () => {
    sandbox.faults.next('429')
    const started = performance.now()
    await session.check()
    expect(performance.now() - started).toBeGreaterThanOrEqual(990)
  })

  it('backs off when it is throttled', async () => {
    const busy = await serveSandbox(alibabaSandbox, desk, { rateLimit: { calls: 2, windowMs: 200 } })
    const hasty = alibaba.connect(alibaba.settings.parse(busy.settings), quietHost)
    await Promise.all([1, 2, 3, 4].map(() => hasty.check()))
    await busy.close()
  })

  it('asks for other credentials when they are refused', async () => {
    for (const wrong of [{ accessKeySecret: 'other' }, { accessKeyId: 'nobody' }, { uid: '7' }]) {
      const stranger = alibaba.connect(alibaba.settings.parse({ ...sandbox.settings, ...wrong }), quietHost)
      await expect(stranger.check()).rejects.toBeInstanceOf(FixCredentialsError)
    }
  })

  it('signs with temporary keys', async () => {
    const temporary = alibaba.connect(alibaba.settings.parse({ ...sandbox.settings, ...temporaryKeys }), quietHost)
    await temporary.check()
  })
})

describe('an attachment', () => {
  it('is downloaded from a fresh address', async () => {
    const ticket = full.records.tickets.find(
      ({ conversations }) => (conversations[0]?.messages[1]?.attachments?.length ?? 0) > 0,
    )
    const message = ticket?.conversations[0]?.messages[1]
    const attachment = message?.attachments?.[0]
    if (!ticket || !message || !attachment) throw new Error('no attachment came')
    expect(await fetch(attachment.vendorUrl ?? '')).toMatchObject({ status: 403 })
    const opened = await session.openAttachment?.({
      externalId: attachment.externalId,
      ticketExternalId: ticket.externalId,
      messageExternalId: message.externalId,
      vendorUrl: attachment.vendorUrl ?? null,
      fileKey: null,
    })
    expect(opened).toMatchObject({ contentType: 'image/png', sizeBytes: 64 })
    expect(await new Response(opened?.body).arrayBuffer()).toHaveProperty('byteLength', 64)
  })
})

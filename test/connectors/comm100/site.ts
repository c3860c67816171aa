/** A Comm100 site on loopback with a connector at it, and whole rounds read from it. */
import { comm100 } from '#connectors/comm100/connector.ts'
import { joinRecords } from '#connectors/comm100/read-tickets.ts'
import { comm100Sandbox } from '#connectors/comm100/sandbox.ts'
import type { Cursor, MessageRecord, Records, Session } from '#connectors/contract.ts'
import {
  addAgent,
  addBot,
  addChannel,
  addContact,
  addDepartment,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
} from '#connectors/sandbox/build.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { type ServeOptions, serveSandbox } from '#connectors/sandbox/server.ts'

export type Twist = (host: string, request: SandboxRequest, answer: SandboxAnswer) => SandboxAnswer

export type SiteOptions = ServeOptions & {
  settings?: Record<string, unknown>
  /** Changes an answer, after the request was carried out. */
  twist?: Twist
  /** Answers instead of the site, which then does nothing. */
  before?: (host: string, request: SandboxRequest) => SandboxAnswer | null
  now?: () => Date
}

const silent = () => {}
const log = { debug: silent, info: silent, warn: silent, error: silent }

/** A request that is no GET, as it came. */
export type Sent = {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  /** Parsed when it is JSON, else as it came. */
  body: unknown
}

/** Every request that reached the site is in `requests`, as `host METHOD path`; those that write are in `sent`. */
export async function openSite(
  desk: Desk,
  { settings = {}, twist, before, now = () => new Date(), ...serve }: SiteOptions = {},
) {
  const requests: string[] = []
  const sent: Sent[] = []
  const watched: Sandbox = {
    ...comm100Sandbox,
    open(own, options) {
      const open = comm100Sandbox.open(own, options)
      return {
        settings: open.settings,
        async handle(host, request) {
          requests.push(`${host} ${request.method} ${request.path}`)
          if (host === 'api' && request.method !== 'GET') sent.push(sentFrom(request))
          const answer = before?.(host, request) ?? (await open.handle(host, request))
          return twist ? twist(host, request, answer) : answer
        },
      }
    },
  }
  const served = await serveSandbox(watched, desk, serve)
  const parsed = comm100.settings.parse({ ...served.settings, ...settings })
  return {
    ...served,
    requests,
    sent,
    connect: () => comm100.connect(parsed, { log, now }),
    session: comm100.connect(parsed, { log, now }),
  }
}

function sentFrom({ method, path, query, headers, body }: SandboxRequest): Sent {
  const isJson = headers['content-type']?.startsWith('application/json')
  const text = body.toString('utf8')
  return { method, path, query: query.toString(), headers, body: isJson ? JSON.parse(text) : text }
}

export type Site = Awaited<ReturnType<typeof openSite>>

/** Pulls until the round is over; a list that never ends fails. */
export async function round(session: Session, cursor: Cursor | null = null) {
  const parts: Records[] = []
  let at = cursor
  for (let pages = 0; pages < 300; pages += 1) {
    const page = await session.pull(at)
    parts.push(page.records)
    // As it comes back from the database.
    at = JSON.parse(JSON.stringify(page.cursor))
    if (!page.hasMore)
      return {
        records: joinRecords(parts),
        ticketIds: parts.flatMap((part) => part.tickets.map(({ externalId }) => externalId)),
        cursor: at as Cursor,
        pages: pages + 1,
      }
  }
  throw new Error('the round did not end')
}

export function messagesOf(records: Records, ticketId: number | string): MessageRecord[] {
  return records.tickets
    .filter(({ externalId }) => externalId === String(ticketId))
    .flatMap(({ conversations }) => conversations.flatMap(({ messages }) => messages))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.sequence - b.sequence)
}

const dayMs = 24 * 3600 * 1000
const texts = [
  '  blanks around  ',
  'Ümläut 🎂 ñ',
  'data:text/plain;base64,not really',
  '<b>not bold</b> &amp;',
  'line\r\nline\n\n\tend\n',
  'null',
]

/** `count` tickets from 100 days ago until yesterday, dense in number, with everything Comm100 can say somewhere. */
export function filledDesk(count = 120): Desk {
  const desk = emptyDesk({ firstId: 50_000 })
  const department = addDepartment(desk, { name: 'Billing' })
  const ada = addAgent(desk, { name: 'Ada Poe', departmentId: department.id, role: 'administrator' })
  const ben = addAgent(desk, { name: 'Ben Roe' })
  const bot = addBot(desk, { name: 'Robo' })
  const people = [
    addContact(desk, { name: 'Kai' }),
    addContact(desk, { name: 'Lu', phone: '+4912345' }),
    addContact(desk, { type: 'VISITOR', name: 'Visitor 9' }),
  ]
  const tags = [addTag(desk, { name: 'urgent' }), addTag(desk, { name: 'billing' })]
  const channels = [addChannel(desk), addChannel(desk, { type: 'TELEGRAM' }), addChannel(desk, { type: 'LIVE_CHAT' })]
  const start = Date.now() - 100 * dayMs
  for (let index = 0; index < count; index += 1) {
    const createdAt = new Date(start + (index * 99 * dayMs) / count)
    const ticket = addTicket(desk, {
      id: 101 + index,
      createdAt,
      requesterId: people[index % people.length]?.id,
      channelId: channels[index % channels.length]?.id,
      assigneeId: index % 4 === 0 ? null : index % 4 === 1 ? bot.id : ada.id,
      departmentId: index % 2 ? department.id : null,
      tagIds: index % 3 ? [tags[index % 2]?.id ?? 0] : [],
    })
    const say = (second: number, message: Omit<Parameters<typeof addMessage>[1], 'ticketId'>) =>
      addMessage(desk, { at: new Date(createdAt.getTime() + second * 1000), ...message, ticketId: ticket.id })
    say(0, { text: texts[index % texts.length] })
    say(10, {
      type: 'NOTE_PRIVATE',
      text: texts[(index + 1) % texts.length],
      author: { id: ada.id },
      mentionedAgentIds: index % 5 ? [] : [ben.id],
    })
    say(20, {
      type: 'REPLY_OUTBOUND',
      text: 'plain',
      html: '<p>Hello <i>there</i></p>',
      author: { id: index % 4 === 1 ? bot.id : ada.id },
    })
    if (index % 10 === 0) say(30, { text: 'Hallo', translation: { locale: 'en', text: 'Hello' } })
    if (index % 10 === 1)
      say(30, { text: 'see file', attachments: [{ name: 'scan.png', contentType: 'image/png', sizeBytes: 99 }] })
    if (index % 10 === 2)
      say(30, {
        type: 'REPLY_OUTBOUND',
        text: 'lost',
        delivery: { status: 'FAILED', failReason: 'gone', retryCount: 1 },
      })
    if (index % 10 === 3) say(30, { isSystemLine: true, type: 'REPLY_OUTBOUND', text: 'Assigned to Ada' })
    if (index % 10 === 4)
      ticket.draft = {
        id: desk.nextId(),
        text: 'to be',
        html: null,
        subject: 'Re',
        cc: ['c@example.org'],
        quote: '',
        authorId: ada.id,
        updatedAt: createdAt,
      }
  }
  return desk
}

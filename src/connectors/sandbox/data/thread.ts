/** Turns the lines of a script into one ticket's messages, each at its moment, as far as the vendor can show them. */
import type { EmailAddressDirection } from '#vocabulary.ts'
import { addMessage, addTicket, type NewMessage } from '../build.ts'
import { pick } from '../chance.ts'
import type { Desk, DeskChannel, DeskContact, DeskMessage, DeskTicket } from '../desk.ts'
import { can, expressible, type VendorKey } from '../expressible.ts'
import { htmlOf, mailClientsIn, quotedMail } from './mails.ts'
import type { Turn } from './script.ts'

/** Something that happens at a desk; all of them are carried out in the order of their times, so that ids ascend. */
export type DeskEvent = { at: number; run: () => void }

export type ThreadOptions = {
  vendor: VendorKey
  desk: Desk
  chance: () => number
  requester: DeskContact
  channel: DeskChannel
  agentId: number
  ticket: Partial<DeskTicket>
  subject: string
  /** Already filled. */
  turns: Turn[]
  startsAt: Date
  /** What is left to do when the last message is there. */
  finish: (ticket: DeskTicket) => void
}

export function threadEvents(options: ThreadOptions): DeskEvent[] {
  const { vendor, desk, chance, requester, channel, agentId, ticket: given, subject, finish } = options
  const turns = options.turns.filter((turn) => canShow(vendor, turn))
  const { leastMs, mostMs } = gapsOf(channel)
  let at = options.startsAt.getTime()
  let ticket: DeskTicket | undefined
  return turns.map((turn, place) => {
    if (place > 0) at += leastMs + Math.floor(chance() * (mostMs - leastMs))
    const time = new Date(at)
    return {
      at,
      run: () => {
        ticket ??= addTicket(desk, {
          ...given,
          subject,
          requesterId: requester.id,
          channelId: channel.id,
          createdAt: options.startsAt,
        })
        addMessage(desk, messageFor(turn, { ...options, ticket, time, isBot: turn.role === 'b', agentId }))
        if (place === turns.length - 1) finish(ticket)
      },
    }
  })
}

/** The latest start at which so many turns on this channel are over before `end`. */
export function latestStart(channel: DeskChannel, turns: number, end: number): number {
  return end - gapsOf(channel).mostMs * turns
}

// Mails are answered after hours, chats after seconds.
function gapsOf({ type }: DeskChannel): { leastMs: number; mostMs: number } {
  return type === 'EMAIL' || type === 'PORTAL'
    ? { leastMs: 1_200_000, mostMs: 29_000_000 }
    : { leastMs: 12_000, mostMs: 350_000 }
}

const typeOfRole = { c: 'REPLY_INBOUND', a: 'REPLY_OUTBOUND', b: 'REPLY_OUTBOUND', n: 'NOTE_PRIVATE' } as const

function canShow(vendor: VendorKey, turn: Turn): boolean {
  return expressible[vendor].conversationTypes.includes(typeOfRole[turn.role])
}

type MessageOptions = ThreadOptions & { ticket: DeskTicket; time: Date; isBot: boolean }

function messageFor(turn: Turn, options: MessageOptions): NewMessage {
  const { vendor, desk, chance, ticket, time, requester, channel, agentId, subject } = options
  const { directions, attachmentStatuses, deliveries } = expressible[vendor]
  const type = typeOfRole[turn.role]
  const authorId = turn.role === 'c' ? requester.id : turn.role === 'b' ? (desk.bots[0]?.id ?? agentId) : agentId
  const isMail = channel.type === 'EMAIL' && directions.length > 0 && type !== 'NOTE_PRIVATE'
  return {
    ticketId: ticket.id,
    type,
    at: time,
    text: turn.text,
    author: { id: authorId },
    attachments: attachmentStatuses.length > 0 ? turn.files : [],
    delivery:
      type === 'REPLY_OUTBOUND' && deliveries.length > 0
        ? {
            status: pick(
              deliveries.filter((status) => status !== 'FAILED' && status !== 'QUEUED' && status !== 'SENDING'),
              chance,
            ),
            failReason: null,
            retryCount: 0,
          }
        : null,
    ...(isMail ? mailParts(turn, { ...options, subject }) : {}),
  }
}

function mailParts(
  turn: Turn,
  { vendor, chance, ticket, requester, channel, subject, time }: MessageOptions,
): Partial<NewMessage> {
  const isInbound = turn.role === 'c'
  const customer = { email: requester.email ?? `${requester.id}@example.net`, name: requester.name }
  const desk = { email: channel.account.address ?? 'support@example.com', name: channel.account.name }
  const [from, to] = isInbound ? [customer, desk] : [desk, customer]
  const addresses: { email: string; name: string | null; direction: EmailAddressDirection }[] = [
    { ...from, direction: 'FROM' },
    { ...to, direction: 'TO' },
  ]
  if (isInbound && chance() < 0.15) addresses.push({ email: 'office@example.org', name: null, direction: 'CC' })
  if (!isInbound && chance() < 0.1) addresses.push({ email: 'archive@example.com', name: 'Archive', direction: 'BCC' })
  const mail: Partial<NewMessage> = {
    addresses,
    subject: ticket.messages.length === 0 ? subject : `${replyPrefix[ticket.language.slice(0, 2)] ?? 'Re'}: ${subject}`,
    sourceId: `<${time.getTime().toString(36)}.${ticket.id}@${from.email.split('@')[1] ?? 'example.com'}>`,
  }
  const previous = ticket.messages.findLast((message: DeskMessage) => message.type !== 'NOTE_PRIVATE')
  if (!can(vendor, 'html') || chance() < 0.25) return mail
  if (!previous || chance() < 0.3) return { ...mail, html: htmlOf(turn.text) }
  const quoted = quotedMail(pick(mailClientsIn(ticket.language), chance), {
    text: turn.text,
    previous: { text: previous.text.split('\n')[0] ?? '', at: previous.at, from: to.name ?? to.email, email: to.email },
    to: from.name ?? from.email,
    subject,
    language: ticket.language,
  })
  return { ...mail, ...quoted }
}

const replyPrefix: Record<string, string> = { de: 'AW', zh: '回复', pt: 'RES' }

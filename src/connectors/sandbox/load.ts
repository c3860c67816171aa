/**
 * Fills the desks of all vendors from a file of conversations, one JSON object a line, plain or gzipped:
 *
 *     { source, id, language, subject?, channel?, tags?, participants?: [{ role, ref }],
 *       messages: [{ role: 'customer' | 'agent' | 'note' | 'bot', author?, at?, text }] }
 *
 * Texts stay as they are, to the byte, and so does the order of the lines and of the messages. Times that are missing are
 * made up, the same ones every time for the same `now`; times that tie or run backwards are moved forward.
 *
 * A customer's message is REPLY_INBOUND for every vendor. Alibaba is no exception here, although we are its customer: its
 * sandbox turns the desk around when it shows it.
 */
import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import type { HostLog } from '#connectors/contract.ts'
import type { ChannelType } from '#vocabulary.ts'
import { addMessage, addTicket, setStatus } from './build.ts'
import { seededChance } from './chance.ts'
import { furnishedDesk, tagNamed } from './data/furniture.ts'
import { addPerson } from './data/people.ts'
import type { Desk, DeskTicket } from './desk.ts'
import { can, type Desks, expressible, type VendorKey, vendorKeys } from './expressible.ts'

export type Loaded = {
  desks: Desks
  /** Lines left out because they did not fit. */
  skipped: number
}

export type LoadOptions = {
  log?: Pick<HostLog, 'info' | 'warn'>
  /** Made-up times end here; the start of today. */
  now?: Date
}

const dayMs = 24 * 3600 * 1000
const spreadMs = 60 * dayMs

export async function loadDesks(
  path: string,
  { log, now = startOfDay(new Date()) }: LoadOptions = {},
): Promise<Loaded> {
  const desks = Object.fromEntries(vendorKeys.map((vendor) => [vendor, furnishedDesk(vendor, { tags: [] })])) as Desks
  const dealt = Object.fromEntries(vendorKeys.map((vendor) => [vendor, 0])) as Record<VendorKey, number>
  let lineNumber = 0
  let skipped = 0
  for await (const line of linesOf(path)) {
    lineNumber += 1
    if (line.trim() === '') continue
    const read = conversationFrom(line)
    if ('problem' in read) {
      skipped += 1
      log?.warn({ path, line: lineNumber }, `line ${lineNumber} skipped: ${read.problem}`)
      continue
    }
    const vendor = nextVendor(read.conversation, dealt)
    dealt[vendor] += 1
    take(desks[vendor], vendor, read.conversation, { now, index: lineNumber })
  }
  log?.info({ path, lines: lineNumber, skipped, ...dealt }, 'conversations loaded')
  return { desks, skipped }
}

const shape = z.object({
  source: z.string(),
  id: z.string(),
  language: z.string().default('en'),
  subject: z.string().optional(),
  channel: z.string().optional(),
  tags: z.array(z.string()).default([]),
  messages: z
    .array(
      z.object({
        role: z.enum(['customer', 'agent', 'note', 'bot']),
        author: z.string().optional(),
        at: z.iso.datetime({ offset: true }).optional(),
        text: z.string().min(1),
      }),
    )
    .min(1),
})
type Conversation = z.infer<typeof shape>

function conversationFrom(line: string): { conversation: Conversation } | { problem: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    return { problem: `expected a JSON object, got something else (${(error as Error).message})` }
  }
  const checked = shape.safeParse(parsed)
  if (checked.success) return { conversation: checked.data }
  const issue = checked.error.issues[0]
  return { problem: `${issue?.path.join('.') || 'the line'}: ${issue?.message}` }
}

/** The one with the fewest so far among those that can show it: a private note must never end up as a reply. */
function nextVendor(conversation: Conversation, dealt: Record<VendorKey, number>): VendorKey {
  const hasNote = conversation.messages.some((message) => message.role === 'note')
  let best: VendorKey = 'comm100'
  for (const vendor of vendorKeys) {
    if (hasNote && !expressible[vendor].conversationTypes.includes('NOTE_PRIVATE')) continue
    if (dealt[vendor] < dealt[best]) best = vendor
  }
  return best
}

const typeOfRole = {
  customer: 'REPLY_INBOUND',
  agent: 'REPLY_OUTBOUND',
  bot: 'REPLY_OUTBOUND',
  note: 'NOTE_PRIVATE',
} as const

function take(
  desk: Desk,
  vendor: VendorKey,
  conversation: Conversation,
  { now, index }: { now: Date; index: number },
): void {
  const chance = seededChance(index)
  const { messages, language, source, id } = conversation
  const people = new Map<string, number>()
  const createdAt = new Date(
    messages.find((message) => message.at)?.at ?? now.getTime() - Math.floor(chance() * spreadMs),
  )

  const contactOf = (ref: string) => {
    const known = people.get(ref)
    if (known !== undefined) return known
    const contact = addPerson(desk, {
      chance,
      language,
      number: index,
      createdAt,
      name: ref === 'customer' ? undefined : ref,
      identifier: `${source}/${id}/${ref}`,
    })
    people.set(ref, contact.id)
    return contact.id
  }
  const firstAgent = Math.floor(chance() * desk.agents.length)
  const agentOf = (ref: string) => {
    const place = people.get(ref) ?? people.set(ref, firstAgent + people.size).get(ref) ?? 0
    return desk.agents[place % desk.agents.length]?.id ?? null
  }

  const requesterId = contactOf(messages.find((message) => message.role === 'customer')?.author ?? 'customer')
  const helper = messages.find((message) => message.role === 'agent')
  const ticket = addTicket(desk, {
    subject: conversation.subject ?? firstWords(messages[0]?.text ?? ''),
    requesterId,
    channelId: channelFor(desk, conversation.channel),
    assigneeId: helper ? agentOf(`agent:${helper.author}`) : null,
    departmentId: desk.departments[Math.floor(chance() * desk.departments.length)]?.id ?? null,
    tagIds: can(vendor, 'tags') ? conversation.tags.map((name) => tagNamed(desk, name)) : [],
    priority: pickPriority(vendor, chance),
    language,
    createdAt,
  })
  let at = createdAt.getTime()
  for (const [place, message] of messages.entries()) {
    // Made-up gaps look like typing: half a minute to five minutes.
    at = message.at ? new Date(message.at).getTime() : at + (place === 0 ? 0 : 30_000 + Math.floor(chance() * 270_000))
    const isBot = message.role === 'bot' && desk.bots.length > 0
    const authorId =
      message.role === 'customer'
        ? contactOf(message.author ?? 'customer')
        : isBot
          ? (desk.bots[0]?.id ?? null)
          : agentOf(`agent:${message.author}`)
    const added = addMessage(desk, {
      ticketId: ticket.id,
      type: typeOfRole[message.role],
      text: message.text,
      at: new Date(at),
      author: { id: authorId },
    })
    at = added.at.getTime()
  }
  // Most conversations of a real desk are done; the rest keep what their last message left them with.
  if (chance() < 0.6) setStatus(ticket, 'RESOLVED', ticket.updatedAt)
}

const channelsFor: Record<string, readonly ChannelType[]> = {
  chat: ['LIVE_CHAT', 'WHATSAPP', 'OTHER'],
  irc: ['API', 'PORTAL', 'OTHER'],
  phone: ['SMS', 'WHATSAPP', 'OTHER'],
  email: ['EMAIL', 'OTHER'],
}

function channelFor(desk: Desk, channel = 'chat'): number {
  for (const type of channelsFor[channel] ?? ['OTHER']) {
    const found = desk.channels.find((candidate) => candidate.type === type)
    if (found) return found.id
  }
  return desk.channels[0]?.id ?? 0
}

function pickPriority(vendor: VendorKey, chance: () => number): DeskTicket['priority'] {
  const { priorities } = expressible[vendor]
  return priorities[Math.floor(chance() * priorities.length)] ?? null
}

/** Enough of the text to know the ticket by. */
function firstWords(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim()
  const cut = [...line.slice(0, 160)].slice(0, 70).join('')
  return cut.length < line.length ? `${cut.replace(/\s\S*$/u, '')}…` : cut
}

// Cut at line feeds only: `readline` would also cut at U+2028, which may stand unescaped inside a JSON string.
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 })
  const input = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: 1 << 18 })) : file
  // `pipe` does not pass failures on.
  if (input !== file) file.on('error', (error) => input.destroy(error))
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of input) {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  rest += decoder.end()
  if (rest !== '') yield rest
}

function startOfDay(date: Date): Date {
  return new Date(Math.floor(date.getTime() / dayMs) * dayMs)
}

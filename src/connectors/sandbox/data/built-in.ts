/**
 * The data set the sandboxes start with: the scripts of this folder, each told several times by other people about other
 * things, and `oddities.ts`. The same `now` gives the same desks, to the id.
 */
import { setStatus } from '../build.ts'
import { pick, seededChance } from '../chance.ts'
import type { Desk, DeskTicket } from '../desk.ts'
import { type Desks, expressible, type VendorKey, vendorKeys } from '../expressible.ts'
import { furnishedDesk, tagNamed } from './furniture.ts'
import { addOddities } from './oddities.ts'
import { addPerson, firstNameOf } from './people.ts'
import { fill, readScripts, type Script, type Turn } from './script.ts'
import { type DeskEvent, latestStart, threadEvents } from './thread.ts'
import { valuesFor } from './values.ts'

const dayMs = 24 * 3600 * 1000
const ticketsPerVendor = 76
// These desks also have a customer who writes about everything in one thread.
const longThreads: Partial<Record<VendorKey, number>> = { chatwoot: 620, deskhero: 530, onebox: 505 }

export type BuiltInOptions = {
  /** Everything lies in the sixty days before the start of this day (UTC). */
  now: Date
  /** The desks' clock for what happens later; the real one. */
  clock?: () => Date
}

export function builtInDesks({ now, clock }: BuiltInOptions): Desks {
  const scripts = readScripts()
  const end = Math.floor(now.getTime() / dayMs) * dayMs
  return Object.fromEntries(vendorKeys.map((vendor) => [vendor, deskOf(vendor, { scripts, end, clock })])) as Desks
}

type DeskOptions = { scripts: Script[]; end: number; clock: (() => Date) | undefined }

function deskOf(vendor: VendorKey, { scripts, end, clock }: DeskOptions): Desk {
  const desk = furnishedDesk(vendor, clock ? { now: clock } : {})
  const seed = 1000 * (1 + vendorKeys.indexOf(vendor))
  const events: DeskEvent[] = []
  for (let use = 0; use < ticketsPerVendor; use += 1) {
    // Another order at each vendor, so that the scripts told twice differ.
    const script = scripts[(use * 5 + (seed / 1000) * 11) % scripts.length] as Script
    events.push(...told(script, { vendor, desk, use, chance: seededChance(seed + use), end }))
  }
  const long = longThreads[vendor]
  if (long !== undefined)
    events.push(
      ...longThread(scripts, {
        vendor,
        desk,
        use: ticketsPerVendor,
        chance: seededChance(seed + 999),
        end,
        length: long,
      }),
    )
  for (const event of events.sort((a, b) => a.at - b.at)) event.run()
  addOddities(vendor, desk, { end, chance: seededChance(seed + 500) })
  return desk
}

type TellOptions = { vendor: VendorKey; desk: Desk; use: number; chance: () => number; end: number }

function told(script: Script, { vendor, desk, use, chance, end }: TellOptions): DeskEvent[] {
  const { language } = script
  const { priorities, channels } = expressible[vendor]
  const type = channels.includes(script.channel) ? script.channel : pick(channels, chance)
  const channel = desk.channels.find((candidate) => candidate.type === type) ?? pick(desk.channels, chance)
  const at = new Date(Math.floor(latestStart(channel, script.turns.length, end) - chance() * 54 * dayMs))
  const requester = addPerson(desk, {
    chance,
    language,
    number: use + 1,
    createdAt: new Date(at.getTime() - chance() * 400 * dayMs),
  })
  const agent = pick(desk.agents, chance)
  const filled = filling({ chance, language, at, requester, agent })
  const status = statusFor(vendor, use)
  const turns = script.turns.map((turn) => ({ ...turn, text: filled(turn.text) }))
  // What is not done yet has often not been said to the end.
  const kept = status === 'RESOLVED' || chance() < 0.45 ? turns.length : 3 + Math.floor(chance() * (turns.length - 3))
  return threadEvents({
    vendor,
    desk,
    chance,
    requester,
    turns: turns.slice(0, kept),
    channel,
    agentId: agent.id,
    subject: filled(script.subject),
    startsAt: at,
    ticket: {
      language,
      assigneeId: status === 'NEW' ? null : agent.id,
      departmentId: agent.departmentId,
      priority: pick(priorities, chance),
      category: script.category,
      tagIds: expressible[vendor].features.includes('tags') ? script.tags.map((tag) => tagNamed(desk, tag)) : [],
      customFields:
        chance() < 0.3 ? { order_source: pick(['web', 'shop', 'phone'], chance), contract: `C-${1000 + use}` } : {},
    },
    finish: (ticket) => settle(ticket, { status, chance }),
  })
}

/** One customer, many concerns: the turns of all scripts of some languages, one after the other. */
function longThread(
  scripts: Script[],
  { vendor, desk, use, chance, end, length }: TellOptions & { length: number },
): DeskEvent[] {
  const requester = addPerson(desk, { chance, language: 'en', number: use + 1, createdAt: new Date(end - 500 * dayMs) })
  const agent = pick(desk.agents, chance)
  const turns: Turn[] = []
  const channel =
    desk.channels.find(({ type }) => type === 'LIVE_CHAT' || type === 'OTHER') ?? pick(desk.channels, chance)
  const startsAt = new Date(latestStart(channel, length, end) - 3 * dayMs)
  while (turns.length < length) {
    for (const script of scripts) {
      const filled = filling({ chance, language: script.language, at: startsAt, requester, agent })
      // Only what customer and agent said, so that the length holds for every vendor.
      for (const turn of script.turns)
        if (turn.role === 'c' || turn.role === 'a') turns.push({ ...turn, text: filled(turn.text) })
    }
  }
  return threadEvents({
    vendor,
    desk,
    chance,
    requester,
    turns: turns.slice(0, length),
    channel,
    agentId: agent.id,
    subject: 'Everything about our account, one thread please',
    startsAt,
    ticket: {
      language: 'en',
      assigneeId: agent.id,
      departmentId: agent.departmentId,
      priority: expressible[vendor].priorities[1] ?? null,
    },
    finish: (ticket) => settle(ticket, { status: 'PENDING_INTERNAL', chance }),
  })
}

type FillingOptions = {
  chance: () => number
  language: string
  at: Date
  requester: { name: string | null; email: string | null }
  agent: { name: string }
}

function filling({ chance, language, at, requester, agent }: FillingOptions): (text: string) => string {
  const full = requester.name ?? ''
  const values = valuesFor({
    chance,
    language,
    at,
    full,
    name: firstNameOf(full, language),
    email: requester.email ?? 'me@example.com',
    agent: agent.name.split(' ')[0] ?? agent.name,
  })
  return (text) => fill(text, values)
}

// Every second ticket is done; the others take the vendor's statuses in turn.
function statusFor(vendor: VendorKey, use: number): DeskTicket['status'] {
  const open = expressible[vendor].statuses.filter((status) => status !== 'RESOLVED')
  return use % 2 === 0 ? 'RESOLVED' : (open[((use - 1) / 2) % open.length] ?? 'PENDING_INTERNAL')
}

function settle(ticket: DeskTicket, { status, chance }: { status: DeskTicket['status']; chance: () => number }): void {
  setStatus(ticket, status, ticket.updatedAt)
  if (status === 'ON_HOLD')
    ticket.snoozedUntil = new Date(ticket.updatedAt.getTime() + (20 + Math.floor(chance() * 40)) * dayMs)
  if (status !== 'RESOLVED' && chance() < 0.6) return
  for (const message of ticket.messages) if (message.type === 'REPLY_INBOUND') message.isRead = true
  ticket.isReadByAgent = true
  ticket.unreadCount = 0
  if (chance() < 0.7) ticket.isReadByContact = true
}

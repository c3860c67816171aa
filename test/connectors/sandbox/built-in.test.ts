import { describe, expect, it } from 'vitest'
import { countsOf } from '#connectors/sandbox/control.ts'
import { builtInDesks } from '#connectors/sandbox/data/built-in.ts'
import { readScripts } from '#connectors/sandbox/data/script.ts'
import type { Desk, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import { can, expressible, type VendorKey, vendorKeys } from '#connectors/sandbox/expressible.ts'

const now = new Date('2026-03-01T15:30:00Z')
const desks = builtInDesks({ now })
const ticketsOf = (vendor: VendorKey): DeskTicket[] => [...desks[vendor].tickets.values()]
const messagesOf = (vendor: VendorKey): DeskMessage[] => ticketsOf(vendor).flatMap((ticket) => ticket.messages)
const seen = <Word>(words: Word[]) => [...new Set(words)].sort()
const sorted = <Word>(words: readonly Word[]) => [...words].sort()

describe('the built-in data set', () => {
  it('is told by at least 45 scripts in six languages', () => {
    const scripts = readScripts()
    expect(scripts.length).toBeGreaterThanOrEqual(45)
    expect(seen(scripts.map((script) => script.language))).toEqual(['de', 'en', 'id', 'pt', 'ru', 'zh'])
    for (const script of scripts) expect(script.turns.length, script.subject).toBeGreaterThanOrEqual(6)
    for (const script of scripts) expect(script.turns.length, script.subject).toBeLessThanOrEqual(14)
  })

  it('fills every desk', () => {
    const counts = vendorKeys.map((vendor) => countsOf(desks[vendor]))
    for (const count of counts) expect(count.tickets).toBeGreaterThanOrEqual(60)
    expect(counts.reduce((sum, count) => sum + count.tickets, 0)).toBeGreaterThanOrEqual(320)
    expect(counts.reduce((sum, count) => sum + count.messages, 0)).toBeGreaterThanOrEqual(2700)
  })

  it('has no two tickets that read the same, across all desks and threads longer than one line', () => {
    const threads = vendorKeys.flatMap(ticketsOf).filter((ticket) => ticket.messages.length > 5)
    const read = threads.map((ticket) => ticket.messages.map((message) => message.text).join('\n'))
    expect(new Set(read).size).toBe(read.length)
    // Not even when they begin: the first three messages together differ everywhere.
    const begun = threads.map((ticket) =>
      ticket.messages
        .slice(0, 3)
        .map((message) => message.text)
        .join('\n'),
    )
    const oddOnes = 8 * vendorKeys.length
    expect(begun.length - new Set(begun).size).toBeLessThanOrEqual(oddOnes)
  })

  it('is the same on every run and on another hour of the day', () => {
    const plain = (all: Record<string, Desk>) =>
      JSON.stringify(Object.values(all).map((desk) => [...desk.tickets.values(), ...desk.contacts.values()]))
    expect(plain(builtInDesks({ now: new Date('2026-03-01T02:00:00Z') }))).toBe(plain(desks))
  })

  it('keeps ids and texts when the days go on, apart from dates', () => {
    const later = builtInDesks({ now: new Date('2026-03-02T02:00:00Z') })
    for (const vendor of vendorKeys)
      expect([...later[vendor].tickets.keys()]).toEqual([...desks[vendor].tickets.keys()])
  })

  it('lies in the sixty days before the start of the day', () => {
    const [from, to] = [Date.parse('2025-12-31T00:00:00Z'), Date.parse('2026-03-01T00:00:00Z')]
    for (const message of vendorKeys.flatMap(messagesOf)) {
      expect(message.at.getTime()).toBeGreaterThan(from)
      expect(message.at.getTime()).toBeLessThanOrEqual(to)
    }
  })

  it('has messages in strictly ascending order, a second apart, and fills every gap of a script', () => {
    for (const ticket of vendorKeys.flatMap(ticketsOf)) {
      for (const [index, message] of ticket.messages.entries()) {
        const before = ticket.messages[index - 1]
        if (before) expect(message.at.getTime() - before.at.getTime()).toBeGreaterThanOrEqual(1000)
        if (before) expect(message.id).toBeGreaterThan(before.id)
        expect(message.text).not.toMatch(/\{\w+\}|undefined/)
        expect(ticket.updatedAt.getTime()).toBeGreaterThanOrEqual(message.at.getTime())
      }
    }
  })
})

describe.each(vendorKeys)('the built-in desk of %s', (vendor) => {
  const words = expressible[vendor]

  it('shows every word its vendor can show, and none it cannot', () => {
    const tickets = ticketsOf(vendor)
    const messages = messagesOf(vendor)
    expect(seen(tickets.map((ticket) => ticket.status))).toEqual(sorted(words.statuses))
    expect(new Set(tickets.map((ticket) => ticket.priority))).toEqual(new Set(words.priorities))
    expect(seen(messages.map((message) => message.type))).toEqual(sorted(words.conversationTypes))
    expect(seen(messages.flatMap((message) => message.addresses.map((address) => address.direction)))).toEqual(
      sorted(words.directions),
    )
    expect(seen(messages.flatMap((message) => message.attachments.map((file) => file.status)))).toEqual(
      sorted(words.attachmentStatuses),
    )
    expect(seen(messages.flatMap((message) => message.delivery?.status ?? []))).toEqual(sorted(words.deliveries))
    expect(seen(messages.map((message) => message.author.type))).toEqual(sorted(words.actors))
    const used = new Set(tickets.map((ticket) => ticket.channelId))
    expect(
      seen(desks[vendor].channels.filter((channel) => used.has(channel.id)).map((channel) => channel.type)),
    ).toEqual(sorted(words.channels))
    if (words.attachmentStatuses.length > 0) {
      expect(seen(messages.flatMap((message) => message.attachments.map((file) => file.kind)))).toEqual([
        'AUDIO',
        'FILE',
        'IMAGE',
        'VIDEO',
      ])
    }
  })

  it('has the states its vendor knows', () => {
    const tickets = ticketsOf(vendor)
    const messages = messagesOf(vendor)
    expect(tickets.some((ticket) => ticket.mergedIntoId !== null)).toBe(can(vendor, 'merge'))
    expect(tickets.some((ticket) => ticket.isRecycled)).toBe(can(vendor, 'recycle'))
    expect(tickets.some((ticket) => ticket.isSpam)).toBe(can(vendor, 'spam'))
    expect(tickets.some((ticket) => ticket.draft)).toBe(can(vendor, 'drafts'))
    expect(messages.some((message) => message.isSystemLine)).toBe(can(vendor, 'systemLines'))
    expect(messages.some((message) => message.translation)).toBe(can(vendor, 'translation'))
    expect(messages.some((message) => message.editorjs)).toBe(can(vendor, 'editorjs'))
    expect(messages.some((message) => message.isDeleted)).toBe(can(vendor, 'deletedMessages'))
    expect(messages.some((message) => message.html)).toBe(can(vendor, 'html'))
    expect(tickets.some((ticket) => ticket.tagIds.length > 0)).toBe(can(vendor, 'tags'))
    const mentions = messages
      .filter((message) => message.mentionedAgentIds.length > 0)
      .map((message) => message.isMentionRead)
    expect(new Set(mentions)).toEqual(new Set(can(vendor, 'mentions') ? [true, false] : []))
    expect(tickets.some((ticket) => !ticket.isReadByAgent && ticket.unreadCount > 0)).toBe(true)
    expect(tickets.some((ticket) => !ticket.isReadByContact)).toBe(true)
    expect(messages.some((message) => message.text === 'null')).toBe(true)
    expect(messages.some((message) => message.text.length > 10_000)).toBe(true)
    expect(messages.some((message) => /[\u0590-\u06ff]/.test(message.text))).toBe(true)
    expect(messages.some((message) => message.text === '' && message.attachments.length > 0)).toBe(
      words.attachmentStatuses.length > 0,
    )
    expect([...desks[vendor].contacts.values()].some((contact) => contact.name === null)).toBe(true)
    expect([...desks[vendor].contacts.values()].some((contact) => contact.isBlocked)).toBe(can(vendor, 'blocked'))
  })
})

it('three vendors have a thread of more than five hundred messages', () => {
  const long = vendorKeys.filter((vendor) => ticketsOf(vendor).some((ticket) => ticket.messages.length > 500))
  expect(long).toEqual(['chatwoot', 'deskhero', 'onebox'])
})

import { describe, expect, it } from 'vitest'
import { addAgent, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { seededChance } from '#connectors/sandbox/chance.ts'
import {
  changeStatus,
  deleteMessage,
  deleteTicket,
  mergeTicket,
  openTicket,
  receiveMessage,
  recycleTicket,
  restoreTicket,
  sendReply,
} from '#connectors/sandbox/changes.ts'
import { builtInDesks } from '#connectors/sandbox/data/built-in.ts'
import { expressible, vendorKeys } from '#connectors/sandbox/expressible.ts'
import { happen, startLiveChanges } from '#connectors/sandbox/live.ts'

function quietDesk() {
  let now = Date.parse('2026-03-01T10:00:00Z')
  const desk = emptyDesk({ now: () => new Date(now) })
  addAgent(desk)
  const ticket = openTicket(desk, { subject: 'Hello', first: { text: 'first' } })
  return {
    desk,
    ticket,
    later: (ms: number) => {
      now += ms
    },
  }
}

describe('changes of a desk', () => {
  it('a reply and an answer move the status and the unread flags', () => {
    const { desk, ticket, later } = quietDesk()
    expect(ticket).toMatchObject({ status: 'NEW', isReadByAgent: false, unreadCount: 1 })
    later(5000)
    sendReply(desk, { ticketId: ticket.id, text: 'answer' })
    expect(ticket).toMatchObject({
      status: 'PENDING_EXTERNAL',
      isReadByAgent: true,
      unreadCount: 0,
      isReadByContact: false,
    })
    later(5000)
    receiveMessage(desk, { ticketId: ticket.id, text: 'again' })
    expect(ticket).toMatchObject({
      status: 'PENDING_INTERNAL',
      isReadByAgent: false,
      unreadCount: 1,
      isReadByContact: true,
    })
    expect(ticket.messages.map((message) => message.isRead)).toEqual([true, true, false])
  })

  it('messages of one moment are a second apart', () => {
    const { desk, ticket } = quietDesk()
    const second = addMessage(desk, { ticketId: ticket.id, text: 'second' })
    expect(second.at.toISOString()).toBe('2026-03-01T10:00:01.000Z')
  })

  it('every change raises the time of change, even when the clock stands still', () => {
    const { desk, ticket } = quietDesk()
    let last = ticket.updatedAt.getTime()
    const other = addTicket(desk)
    const acts = [
      () => changeStatus(desk, { ticketId: ticket.id, status: 'RESOLVED' }),
      () => changeStatus(desk, { ticketId: ticket.id, status: 'PENDING_INTERNAL' }),
      () => recycleTicket(desk, ticket.id),
      () => restoreTicket(desk, ticket.id),
      () => deleteMessage(desk, { ticketId: ticket.id, messageId: ticket.messages[0]?.id ?? 0 }),
      () => mergeTicket(desk, { fromId: ticket.id, intoId: other.id }),
    ]
    for (const act of acts) {
      act()
      expect(ticket.updatedAt.getTime()).toBeGreaterThan(last)
      last = ticket.updatedAt.getTime()
    }
    expect(ticket).toMatchObject({ mergedIntoId: other.id, status: 'RESOLVED' })
    expect(ticket.reopenedAt).not.toBeNull()
  })

  it('a merge that moves the thread puts it in time order', () => {
    const { desk, ticket, later } = quietDesk()
    later(2000)
    const other = openTicket(desk, { subject: 'Hello again', first: { text: 'second' } })
    later(2000)
    receiveMessage(desk, { ticketId: ticket.id, text: 'third' })
    mergeTicket(desk, { fromId: other.id, intoId: ticket.id, movesMessages: true })
    expect(ticket.messages.map((message) => message.text)).toEqual(['first', 'second', 'third'])
    expect(other.messages).toEqual([])
  })

  it('a deleted ticket is gone, and changing it fails clearly', () => {
    const { desk, ticket } = quietDesk()
    deleteTicket(desk, ticket.id)
    expect(desk.tickets.size).toBe(0)
    expect(() => receiveMessage(desk, { ticketId: ticket.id, text: 'x' })).toThrow(
      `Expected a ticket with id ${ticket.id}`,
    )
  })
})

describe('live changes', () => {
  it('are mostly messages, sometimes replies, tickets and statuses, and show nothing a vendor does not know', () => {
    const desks = builtInDesks({ now: new Date('2026-03-01T00:00:00Z'), clock: () => new Date('2026-03-01T08:00:00Z') })
    const chance = seededChance(3)
    for (const vendor of vendorKeys) {
      const counted: Record<string, number> = {}
      for (let turn = 0; turn < 200; turn += 1) {
        const happening = happen(desks[vendor], chance)
        counted[happening] = (counted[happening] ?? 0) + 1
      }
      expect(counted.message).toBeGreaterThan(90)
      for (const kind of ['reply', 'ticket', 'status']) expect(counted[kind]).toBeGreaterThan(3)
      for (const ticket of desks[vendor].tickets.values()) expect(expressible[vendor].statuses).toContain(ticket.status)
      for (const ticket of desks[vendor].tickets.values())
        expect(expressible[vendor].priorities).toContain(ticket.priority)
    }
  })

  it('happen until they are stopped', async () => {
    const { desk } = quietDesk()
    const size = () => [...desk.tickets.values()].reduce((sum, ticket) => sum + 1 + ticket.messages.length, 0)
    const stop = startLiveChanges({ plain: desk }, { everyMs: 5 })
    await expect.poll(size).toBeGreaterThan(5)
    stop()
    const then = size()
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(size()).toBe(then)
  })
})

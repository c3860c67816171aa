/** Makes something happen at the desks now and then, as customers and agents do. */
import { pick, seededChance } from './chance.ts'
import { changeStatus, openTicket, receiveMessage, sendReply } from './changes.ts'
import { liveTextsIn } from './data/live-texts.ts'
import type { Desk, DeskTicket } from './desk.ts'

/** One happening at one of the desks every `everyMs`; returns how to stop it. */
export function startLiveChanges(desks: Record<string, Desk>, { everyMs, seed = 1, onError }: LiveOptions): () => void {
  const chance = seededChance(seed)
  const timer = setInterval(() => {
    try {
      happen(pick(Object.values(desks), chance), chance)
    } catch (error) {
      if (!onError) throw error
      onError(error)
    }
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

export type LiveOptions = {
  everyMs: number
  /** The same seed makes the same things happen in the same order. */
  seed?: number
  onError?: (error: unknown) => void
}

export type Happening = 'message' | 'reply' | 'ticket' | 'status'

/** One thing happens at this desk; returns what. */
export function happen(desk: Desk, chance: () => number): Happening {
  const tickets = [...desk.tickets.values()].filter(
    (ticket) => !ticket.isRecycled && !ticket.isSpam && ticket.mergedIntoId === null,
  )
  const dice = chance()
  if (tickets.length === 0 || dice < 0.1) return newTicket(desk, chance)
  const ticket = pick(tickets, chance)
  const texts = liveTextsIn(ticket.language)
  if (dice < 0.3) {
    sendReply(desk, { ticketId: ticket.id, text: pick(texts.agent, chance) })
    return 'reply'
  }
  if (dice < 0.4) {
    const known = desk.statuses ?? tickets.map((candidate) => candidate.status)
    const statuses = known.filter((status) => status !== ticket.status && status !== 'UNKNOWN')
    if (statuses.length > 0) {
      changeStatus(desk, { ticketId: ticket.id, status: pick(statuses, chance) })
      return 'status'
    }
  }
  receiveMessage(desk, { ticketId: ticket.id, text: pick(texts.customer, chance) })
  return 'message'
}

function newTicket(desk: Desk, chance: () => number): Happening {
  const contact = pick([...desk.contacts.values()], chance)
  const channel = pick(desk.channels, chance)
  const { subject, text } = pick(liveTextsIn(contact.language ?? 'en').tickets, chance)
  const priority: DeskTicket['priority'] = desk.tickets.values().next().value?.priority === null ? null : 'NORMAL'
  openTicket(desk, {
    subject,
    priority,
    requesterId: contact.id,
    channelId: channel.id,
    language: contact.language ?? 'en',
    first: { text },
  })
  return 'ticket'
}

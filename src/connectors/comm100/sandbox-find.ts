/** Desk ids behind the vendor's GUIDs, in either case. What does not exist is refused. */
import type { Desk, DeskAuthor, DeskChannel, DeskTicket } from '#connectors/sandbox/desk.ts'
import { type MessageOwner, missing, refuse, type Site } from './sandbox-site.ts'
import { channelWords, guid, isNote, zeroGuid } from './sandbox-words.ts'

/** `field` is named in the refusal. */
export function agentIn(desk: Desk, value: unknown, field: string) {
  const found = [...desk.agents, ...desk.bots].find(({ id }) => guid('agent', id) === lower(value))
  return found ?? refuse(`${field} is not the id of an agent or chatbot.`)
}

export function contactIn(desk: Desk, value: unknown, field: string) {
  for (const contact of desk.contacts.values()) if (guid('contact', contact.id) === lower(value)) return contact
  return refuse(`${field} is not the id of a contact or visitor.`)
}

export function tagIn(desk: Desk, value: unknown) {
  return desk.tags.find(({ id }) => guid('tag', id) === lower(value)) ?? null
}

export function departmentIn(desk: Desk, value: unknown) {
  const found = desk.departments.find(({ id }) => guid('department', id) === lower(value))
  return found ?? refuse('departmentAssigneeId is not the id of a department.')
}

/** By GUID or by name. */
export function channelIn(desk: Desk, value: unknown): DeskChannel {
  const found = desk.channels.find(
    ({ id, type }) => guid('channel', id) === lower(value) || channelWords[type] === value,
  )
  return found ?? refuse('channelId is not a channel of this site.')
}

export function accountIn(desk: Desk, value: unknown): DeskChannel['account'] {
  const found = desk.channels.find(({ account }) => guid('account', account.id) === lower(value))
  return found?.account ?? refuse('The channel account does not exist.')
}

export function ticketIn(desk: Desk, value: unknown): DeskTicket {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return (typeof number === 'number' ? desk.tickets.get(number) : undefined) ?? missing()
}

/** Who an id and its type mean. */
export function authorIn(desk: Desk, id: unknown, type: unknown, field: string): DeskAuthor {
  if (type === 'system') return { type: 'SYSTEM', id: null, name: null }
  if (type === 'contact' || type === 'visitor') {
    const contact = contactIn(desk, id, field)
    return { type: contact.type, id: contact.id, name: contact.name }
  }
  if (type === 'agent' || type === 'chatbot') {
    const agent = agentIn(desk, id, field)
    const isBot = desk.bots.includes(agent)
    if (isBot !== (type === 'chatbot')) refuse(`${field} is no ${type}.`)
    return { type: isBot ? 'CHATBOT' : 'AGENT', id: agent.id, name: agent.name }
  }
  if (type === 'channelAccount') {
    const account = accountIn(desk, id)
    return { type: 'CHANNEL_ACCOUNT', id: account.id, name: account.name }
  }
  // Tickets are opened by campaigns too; messages are not sent by them (SEEN: the two lists of allowed values differ).
  if (type === 'outreachCampaign' && field === 'createdById') return { type: 'OUTREACH_CAMPAIGN', id: null, name: null }
  return refuse(`${field.replace(/Id$/, 'Type')} has a value that is not allowed.`)
}

/** Where a message or note is. It may have moved with a merge, so what was remembered is checked. */
export function ownerIn(site: Site, kind: 'message' | 'note', id: string): MessageOwner {
  const key = `${kind} ${id.toLowerCase()}`
  const known = site.messageOwners.get(key)
  if (known?.ticket.messages.includes(known.message) && site.desk.tickets.has(known.ticket.id)) return known
  site.messageOwners.clear()
  for (const ticket of site.desk.tickets.values())
    for (const message of ticket.messages) {
      const own = isNote(message) ? 'note' : 'message'
      site.messageOwners.set(`${own} ${guid(own, message.id)}`, { ticket, message })
    }
  return site.messageOwners.get(key) ?? missing()
}

/** Nobody: the zero GUID. */
export const isNobody = (value: unknown) => value === zeroGuid

const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : null)

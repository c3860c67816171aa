/** The properties of a ticket that the sandbox takes, as fields of the desk. */
import { addContact } from '#connectors/sandbox/build.ts'
import type { Desk, DeskContact, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'
import type { ContactGiven, TicketGiven } from './sandbox-shapes.ts'
import { hasUser, priorities, statuses, typesOf } from './sandbox-wire.ts'

type Fault = readonly [field: string, message: string]

/** References to what is not there, and contacts nobody can tell. */
export function checkTicket(desk: Desk, given: TicketGiven): Fault[] {
  const known: [keyof TicketGiven, { id: number }[]][] = [
    ['sys_status', Object.values(statuses)],
    ['sys_priority', Object.values(priorities)],
    ['sys_type', typesOf(desk)],
    ['assigned_to', [...desk.agents, ...desk.bots]],
    ['assigned_group', desk.departments],
  ]
  const wrong = known.flatMap(([field, items]): Fault[] => {
    const id = (given[field] as { id: number } | null | undefined)?.id
    return id === undefined || items.some((item) => item.id === id)
      ? []
      : [[`${field}.id`, `The value '${id}' is not valid.`]]
  })
  const tags = (given.sys_tags ?? []).filter(({ id }) => !desk.tags.some((tag) => tag.id === id))
  return [
    ...wrong,
    ...tags.map(({ id }): Fault => ['sys_tags', `The value '${id}' is not valid.`]),
    ...checkContact(desk, given.requester),
  ]
}

export function checkContact(desk: Desk, given: ContactGiven | null | undefined): Fault[] {
  if (!given) return []
  if (given.user_id) {
    const contact = desk.contacts.get(given.user_id)
    return contact && hasUser(contact) ? [] : [['requester.user_id', `The user '${given.user_id}' was not found.`]]
  }
  return given.email ? [] : [['requester', 'A contact needs a user_id or an email.']]
}

/** The contact with that user id or mail address; a new one when nobody has the address. */
export function contactOf(desk: Desk, { user_id: userId, email, name }: ContactGiven): DeskContact {
  if (userId) return desk.contacts.get(userId) as DeskContact
  const folded = email?.trim().toLowerCase()
  const known = [...desk.contacts.values()].find((contact) => contact.email?.toLowerCase() === folded)
  return known ?? addContact(desk, { email: email ?? null, name: name ?? null })
}

/** Only of the properties named; one that was not given is blank. */
export function fieldsFrom(desk: Desk, given: TicketGiven, properties: (keyof TicketGiven)[]): Partial<DeskTicket> {
  const fields: Partial<DeskTicket> = {}
  const has = (name: keyof TicketGiven) => properties.includes(name)
  if (has('label') && given.label) fields.subject = given.label
  const status = wordWith<TicketStatus>(statuses, given.sys_status?.id)
  if (has('sys_status') && status) fields.status = status
  if (has('sys_priority')) fields.priority = wordWith<TicketPriority>(priorities, given.sys_priority?.id)
  if (has('sys_type')) fields.category = typesOf(desk).find(({ id }) => id === given.sys_type?.id)?.label ?? null
  if (has('sys_tags')) fields.tagIds = (given.sys_tags ?? []).map(({ id }) => id)
  if (has('assigned_to')) fields.assigneeId = given.assigned_to?.id ?? null
  if (has('assigned_group')) fields.departmentId = given.assigned_group?.id ?? null
  if (has('requester') && given.requester) fields.requesterId = contactOf(desk, given.requester).id
  return fields
}

export function wordWith<Word extends string>(
  table: Record<Word, { id: number }>,
  id: number | undefined,
): Word | null {
  return (Object.keys(table) as Word[]).find((word) => table[word].id === id) ?? null
}

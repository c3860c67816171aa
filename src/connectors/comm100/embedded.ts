/** The people and the department that came along inside a ticket. */
import type { ActorRef, AgentRecord, ContactRecord, JsonObject, Records } from '#connectors/contract.ts'
import { guidOf, mapEach, type Notes, objectOf, textOf } from '#connectors/reading.ts'
import { secretKeys } from './body.ts'
import { agentFrom, contactFrom, departmentFrom } from './people.ts'
import type { WireTicket } from './types.ts'

/** Whom `include` brings along: people have records of their own, and change without their tickets. */
export const peopleKeys = ['contactOrVisitor', 'assignee', 'departmentAssignee', 'createdBy', 'lastRepliedBy']

/** What `include` brought along beside the ids; its shape is ASSUMED to be that of the lists. */
export function peopleFrom(ticket: WireTicket, { found, notes }: { found: Records; notes: Notes }) {
  const options = { notes, secretKeys }
  const person = (value: unknown, id: unknown, type: unknown): ContactRecord | AgentRecord | null => {
    const object = embedded(value, id)
    const word = textOf(type)?.toLowerCase()
    if (!object) return null
    if (word === 'contact' || word === 'visitor') {
      const [contact = null] = mapEach([object], { ...options, subject: 'contact' }, (item) =>
        contactFrom(item, word === 'visitor' ? 'VISITOR' : 'CONTACT'),
      )
      if (contact) found.contacts.push(contact)
      return contact
    }
    if (word !== 'agent' && word !== 'chatbot') return null
    const [agent = null] = mapEach([object], { ...options, subject: 'agent' }, (item) =>
      agentFrom(item, word === 'chatbot' ? 'CHATBOT' : 'AGENT'),
    )
    if (agent) found.agents.push(agent)
    return agent
  }
  const department = embedded(ticket.departmentAssignee, ticket.departmentAssigneeId)
  found.departments.push(
    ...mapEach(department ? [department] : [], { ...options, subject: 'department' }, departmentFrom),
  )
  return {
    createdBy: knownOf(person(ticket.createdBy, ticket.createdById, ticket.createdByType)),
    lastRepliedBy: knownOf(person(ticket.lastRepliedBy, ticket.lastRepliedById, ticket.lastRepliedByType)),
    assignee: knownOf(person(ticket.assignee, ticket.assigneeId, ticket.assigneeType ?? 'agent')),
    requester: knownOf(
      person(ticket.contactOrVisitor, ticket.contactOrVisitorId, ticket.contactOrVisitorType ?? 'contact'),
    ),
  }
}

/** Only when it is the one the id means. */
function embedded(value: unknown, id: unknown): JsonObject | null {
  const object = objectOf(value)
  return object && guidOf(object.id) !== null && guidOf(object.id) === guidOf(id) ? object : null
}

function knownOf(person: ContactRecord | AgentRecord | null): Pick<ActorRef, 'name' | 'email' | 'avatarUrl'> {
  return person
    ? { name: person.displayName ?? null, email: person.email ?? null, avatarUrl: person.avatarUrl ?? null }
    : {}
}

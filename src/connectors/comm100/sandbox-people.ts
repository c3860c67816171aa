/** People, departments and tags in Comm100's wire format. */
import type { Desk, DeskContact } from '#connectors/sandbox/desk.ts'
import { fieldId, guid, time, zeroGuid } from './sandbox-words.ts'

export function contactWire(contact: DeskContact, withIdentities: boolean) {
  const identity = (contactIdentityType: string, value: string | null) =>
    value === null
      ? []
      : [
          {
            id: guid(`identity:${contactIdentityType}`, contact.id),
            contactId: guid('contact', contact.id),
            contactIdentityType,
            value,
            avatarUrl: contact.avatarUrl ?? '',
            displayName: contact.name ?? '',
          },
        ]
  return {
    id: guid('contact', contact.id),
    name: contact.name ?? '',
    firstName: '',
    lastName: '',
    phone: contact.phone ?? '',
    isBlocked: contact.isBlocked,
    createTime: time(contact.createdAt),
    lastUpdatedTime: time(contact.lastActivityAt ?? contact.createdAt),
    mergeToContactId: zeroGuid,
    customFields: Object.entries(contact.customFields).map(([name, value]) => ({ id: fieldId(name), name, value })),
    ...(withIdentities
      ? {
          contactIdentities: [
            ...identity('email', contact.email),
            ...identity('SMS', contact.phone),
            ...identity('externalid', contact.identifier),
          ],
        }
      : {}),
  }
}

export function agentWire(agent: Desk['agents'][number]) {
  const [firstName = '', ...rest] = agent.name.split(' ')
  return {
    id: guid('agent', agent.id),
    email: agent.email,
    displayName: agent.name,
    firstName,
    lastName: rest.join(' '),
    isAdmin: agent.role === 'administrator',
    isActive: true,
    departmentIds: agent.departmentId === null ? [] : [guid('department', agent.departmentId)],
  }
}

export const departmentWire = ({ id, name }: { id: number; name: string }) => ({ id: guid('department', id), name })
export const tagWire = ({ id, name }: { id: number; name: string }) => ({ id: guid('tag', id), name })

/** The shape of what `include` brings along is ASSUMED to be that of the lists. */
export function authorWire(desk: Desk, author: { id: number | null } | null) {
  const agent = [...desk.agents, ...desk.bots].find(({ id }) => id === author?.id)
  const contact = author?.id == null ? undefined : desk.contacts.get(author.id)
  return agent ? agentWire(agent) : contact ? contactWire(contact, true) : null
}

/** The people that DeskHero embeds everywhere: collected once per page, however often they appear. */
import type { ActorRef, AgentRecord, ContactRecord, DepartmentRecord } from '#connectors/contract.ts'
import { idOf, listOf, need, objectOf, textOf } from '#connectors/reading.ts'
import { pictureOf, rawOf } from './raw.ts'
import { labelOf } from './words.ts'

export type People = {
  agents: Map<string, AgentRecord>
  contacts: Map<string, ContactRecord>
  departments: Map<string, DepartmentRecord>
  /** Reads a `DTO_contact`. `place` names one who gave only a name, e.g. `ticket:7`. */
  contact(value: unknown, place: string): ActorRef | null
  /** Reads a `DTO_reference_user` or a bare id. One with the requester's id or mail is the requester. */
  user(value: unknown, requester: ActorRef | null): ActorRef | null
  /** Reads a reference to a group of users; returns its id. */
  group(value: unknown): string | null
}

export function takePeople(language: string): People {
  const agents = new Map<string, AgentRecord>()
  const contacts = new Map<string, ContactRecord>()
  const departments = new Map<string, DepartmentRecord>()

  return {
    agents,
    contacts,
    departments,

    contact(value, place) {
      const person = objectOf(value)
      const email = textOf(person?.email)
      const name = textOf(person?.name) ?? labelOf(person?.label, language)
      const externalId =
        personIdOf(idOf(value) ?? person?.user_id ?? person?.id) ??
        (email ? `mail:${email.trim().toLowerCase()}` : null)
      if (externalId === null && name === null) return null
      const type = externalId === null ? ('VISITOR' as const) : ('CONTACT' as const)
      const ref = {
        type,
        externalId: externalId ?? `${place}:requester`,
        name,
        email,
        avatarUrl: pictureOf(person?.profile_pic),
      }
      if (name === null && email === null) return ref
      const known = contacts.get(ref.externalId)
      // What one place leaves out another may have said: nothing known is made null.
      contacts.set(ref.externalId, {
        ...known,
        type,
        externalId: ref.externalId,
        ...(name !== null && { displayName: name }),
        ...(email !== null && { email, identities: [{ channelType: 'EMAIL', value: email, isPrimary: true }] }),
        ...(ref.avatarUrl !== null && { avatarUrl: ref.avatarUrl }),
        raw: known?.raw ?? rawOf(value),
      })
      return ref
    },

    user(value, requester) {
      const user = objectOf(value)
      const name = labelOf(user?.label, language) ?? textOf(user?.full_name) ?? textOf(user?.name)
      const email = textOf(user?.email)
      const id = personIdOf(idOf(value) ?? user?.id ?? user?.user_id)
      if (requester && ((id !== null && id === requester.externalId) || isSameMail(email, requester.email)))
        return requester
      // Nobody's id with a name is ASSUMED to be the help desk itself.
      if (id === null && email === null) return name === null ? null : { type: 'SYSTEM', externalId: 'system', name }
      const externalId = id ?? `mail:${email?.trim().toLowerCase()}`
      const avatarUrl = pictureOf(user?.profile_pic)
      if ((name !== null || email !== null) && !agents.has(externalId)) {
        agents.set(externalId, {
          type: 'AGENT',
          externalId,
          displayName: name ?? email ?? externalId,
          email,
          avatarUrl,
          raw: rawOf(value),
        })
      }
      return { type: 'AGENT', externalId, name, email, avatarUrl }
    },

    group(value) {
      const group = objectOf(value)
      const externalId = personIdOf(idOf(value) ?? group?.id)
      const name = labelOf(group?.label, language) ?? labelOf(group?.name, language)
      if (externalId !== null && name !== null) departments.set(externalId, { externalId, name })
      return externalId
    },
  }
}

/**
 * A `DTO_user`. `role` and `status` of its `tenant_user` are enums whose values are on no page seen: the role is kept as it
 * came, the status only in `raw`. Source: users list page (SEEN).
 */
export function agentFrom(value: unknown, people: People): AgentRecord {
  const user = need(objectOf(value), 'a user', value)
  const externalId = need(personIdOf(user.id), 'a user with an id', user.id)
  const seat = objectOf(user.tenant_user)
  for (const group of listOf(seat?.groups)) people.group(group)
  const fullName = [textOf(user.given_name), textOf(user.family_name)].filter((part) => part !== null).join(' ')
  const email = textOf(user.email)
  return {
    type: 'AGENT',
    externalId,
    displayName: textOf(user.full_name) ?? (fullName || (labelOf(user.label) ?? email ?? externalId)),
    email,
    avatarUrl: pictureOf(user.profile_pic),
    role: idOf(seat?.role),
    raw: rawOf(value),
  }
}

/** 0 is nobody. */
function personIdOf(value: unknown): string | null {
  const id = idOf(value)
  return id === '0' ? null : id
}

function isSameMail(one: string | null, other: string | null | undefined): boolean {
  return Boolean(one && other && one.trim().toLowerCase() === other.trim().toLowerCase())
}

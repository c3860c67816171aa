/** Contacts, visitors, agents, bots and departments. */
import type {
  ActorRef,
  AgentRecord,
  ContactRecord,
  CustomField,
  DepartmentRecord,
  Json,
  JsonObject,
} from '#connectors/contract.ts'
import {
  boolOf,
  guidOf,
  idOf,
  listOf,
  type Notes,
  need,
  objectOf,
  textOf,
  timeOf,
  wordOf,
} from '#connectors/reading.ts'
import type { ActorType, ChannelType } from '#vocabulary.ts'
import { decodedText, rawOf } from './body.ts'
import { channelTypeOf } from './channels.ts'

/** Source: vendor's reference, Ticket (SEEN); `none` stands for nobody (SEEN in webhooks). */
const actorTypes: Record<string, ActorType | null> = {
  contact: 'CONTACT',
  visitor: 'VISITOR',
  chatbot: 'CHATBOT',
  channelAccount: 'CHANNEL_ACCOUNT',
  system: 'SYSTEM',
  agent: 'AGENT',
  outreachCampaign: 'OUTREACH_CAMPAIGN',
  none: null,
}

type RefContext = { subject: string; id: string; field: string; notes: Notes }
type Known = Omit<ActorRef, 'type' | 'externalId'>

/**
 * Who an id and its type point at; null for nobody (no id, the zero GUID, `none`). The system has no id of its own.
 * `otherwise` is the type taken, and noted, when the vendor's word is not known.
 */
export function actorFrom(
  id: unknown,
  type: unknown,
  context: RefContext,
  otherwise: ActorType | null = null,
  known: Known = {},
): ActorRef | null {
  const guid = guidOf(id)
  const word = textOf(type)
  const mapped = word === null ? undefined : wordOf(actorTypes, word)
  if (mapped === 'SYSTEM') return { type: 'SYSTEM', externalId: guid ?? 'system' }
  if (guid === null || mapped === null) return null
  if (mapped === undefined && (word !== null || otherwise === null))
    context.notes.unmapped(context.subject, context.id, context.field, type)
  const actorType = mapped ?? otherwise
  return actorType ? { type: actorType, externalId: guid, ...known } : null
}

/** Source: vendor's reference, Contact and Contact identity, both generations (SEEN); visitors' own fields ASSUMED alike. */
export function contactFrom(item: Json, type: ContactRecord['type'] = 'CONTACT'): ContactRecord {
  const wire: JsonObject = need(objectOf(item), 'a contact', item)
  const externalId = need(guidOf(wire.id), 'a contact with an id', wire.id)
  const identities = listOf(wire.contactIdentities).flatMap((identity) => {
    const object = objectOf(identity)
    const kind = textOf(object?.contactIdentityType) ?? textOf(object?.type)
    const value = textOf(object?.value)
    return kind && value
      ? [{ kind: kind.toLowerCase(), value, avatarUrl: textOf(object?.avatarUrl) ?? textOf(object?.avatar) }]
      : []
  })
  const first = (...kinds: string[]) => identities.find((identity) => kinds.includes(identity.kind))?.value ?? null
  const seen = new Set<ChannelType>()
  const fullName = [textOf(wire.firstName), textOf(wire.lastName)].filter(Boolean).join(' ')
  return {
    type,
    externalId,
    identifier: first('externalid', 'ssoid'),
    displayName: textOf(wire.name) ?? (fullName || textOf(wire.alias)),
    email: textOf(wire.email) ?? first('email'),
    phone: textOf(wire.phone) ?? first('sms', 'whatsapp'),
    avatarUrl:
      webAddress(wire.avatarUrl) ??
      webAddress(wire.avatar) ??
      webAddress(identities.find((identity) => identity.avatarUrl)?.avatarUrl),
    ...(boolOf(wire.isBlocked) === null ? {} : { isBlocked: boolOf(wire.isBlocked) === true }),
    identities: identities
      .filter(({ kind }) => kind !== 'externalid' && kind !== 'ssoid')
      .map(({ kind, value }) => {
        const channelType = kind === 'visitor' ? 'LIVE_CHAT' : (channelTypeOf(kind) ?? 'OTHER')
        const isPrimary = !seen.has(channelType)
        seen.add(channelType)
        return { channelType, value, isPrimary }
      }),
    customFields: customFieldsFrom(wire.customFields, {}),
    createdAt: timeOf(wire.createTime) ?? timeOf(wire.createdTime),
    updatedAt: timeOf(wire.lastUpdatedTime),
    raw: rawOf(wire),
  }
}

/** Source: vendor's reference, Agent (SEEN); a bot in `assignee` is ASSUMED to look alike. */
export function agentFrom(item: Json, type: AgentRecord['type'] = 'AGENT'): AgentRecord {
  const wire: JsonObject = need(objectOf(item), 'an agent', item)
  const externalId = need(guidOf(wire.id), 'an agent with an id', wire.id)
  const fullName = [textOf(wire.firstName), textOf(wire.lastName)].filter(Boolean).join(' ')
  const isAdmin = boolOf(wire.isAdmin)
  const isActive = boolOf(wire.isActive)
  return {
    type,
    externalId,
    displayName: textOf(wire.displayName) ?? (fullName || textOf(wire.name) || textOf(wire.email) || externalId),
    email: textOf(wire.email),
    avatarUrl: webAddress(wire.avatar) ?? webAddress(wire.avatarUrl),
    ...(isActive === null ? {} : { isActive }),
    role: isAdmin === null ? null : isAdmin ? 'administrator' : 'agent',
    raw: rawOf({ ...wire, ...(wire.bio === undefined ? {} : { bio: decodedText(wire.bio) }) }),
  }
}

export function departmentFrom(item: Json): DepartmentRecord {
  const wire = need(objectOf(item), 'a department', item)
  const externalId = need(guidOf(wire.id), 'a department with an id', wire.id)
  const agentIds = Array.isArray(wire.agentIds) ? wire.agentIds : null
  return {
    externalId,
    name: textOf(wire.name) ?? externalId,
    ...(agentIds ? { agentExternalIds: agentIds.map(guidOf).filter((id) => id !== null) } : {}),
  }
}

/**
 * `{ "<32 hex digits>": value }` (SEEN in webhooks) or `[{ id, name, value }]` (ASSUMED); `labels` are names by those digits.
 */
export function customFieldsFrom(value: unknown, labels: Record<string, string>): CustomField[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const field = objectOf(item)
      const key = fieldKey(field?.id ?? field?.fieldId ?? field?.name)
      return field && key ? [fieldFrom(key, field.value ?? null, labels[key] ?? textOf(field.name) ?? key)] : []
    })
  }
  return Object.entries(objectOf(value) ?? {}).map(([name, item]) => {
    const key = fieldKey(name) ?? name
    return fieldFrom(key, item, labels[key] ?? name)
  })
}

/** The same field is written with and without hyphens, in either case. */
export function fieldKey(id: unknown): string | null {
  const text = idOf(id)
  return text && /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text)
    ? text.replaceAll('-', '').toLowerCase()
    : text
}

function fieldFrom(key: string, value: Json, label: string): CustomField {
  return {
    key,
    label,
    type: typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text',
    value,
    isEditable: true,
  }
}

function webAddress(value: unknown): string | null {
  const text = textOf(value)
  return text && /^https?:\/\//i.test(text) ? text.split('?', 1)[0] || null : null
}

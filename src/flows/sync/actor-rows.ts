/** People and bots as rows: what their record or a mention says, over what is known of them. */
import type { ActorRef, AgentRecord, ContactRecord } from '#connectors/contract.ts'
import type { actors } from '#domain/actors/table.ts'
import type { WholeRow } from '#platform/db/upsert.ts'
import type { ActorType } from '#vocabulary.ts'
import { short } from './tame.ts'

export type Actor = WholeRow<typeof actors>
export type ActorRecord = ActorRef & { createdAt?: Date | null; updatedAt?: Date | null }

/** Left out stays as it was. */
export type Said = Partial<{ [Name in keyof Actor]: Actor[Name] | undefined }>

export function actorKey({ type, externalId }: { type: ActorType; externalId: string }): string {
  return `${type} ${externalId}`
}

/** `hashed` tells whether two rows say the same of a person. */
export function actorRow(
  said: Said,
  record: ActorRecord,
  known: { before: Actor | undefined; owner: { workspaceId: string; backendId: string }; fetchedAt: Date },
) {
  const { before, owner, fetchedAt } = known
  const row: Omit<Actor, 'id' | 'contentHash'> = {
    ...{ ...owner, type: record.type, externalId: record.externalId, displayName: '' },
    ...{ email: null, phone: null, avatarUrl: null, isProvisional: false },
    ...{ isAvailable: null, isActive: true, role: null, messageSignature: null },
    ...{ identifier: null, isBlocked: false, isOnline: null, isIdentityVerified: null, language: null },
    ...{ identities: [], customFields: [], lastActivityAt: null, mergedIntoId: null, raw: null },
    ...(before && { ...before, isProvisional: false }),
    ...withoutUndefined(said),
    displayName: nameOf(record, said, before),
    createdAt: record.createdAt ?? before?.createdAt ?? fetchedAt,
    updatedAt: record.updatedAt ?? fetchedAt,
  }
  // Our own times, the id, the old hash and merges say nothing about what the record says.
  const { createdAt, updatedAt } = record
  const hashed = { ...row, id: null, contentHash: null, mergedIntoId: undefined, createdAt, updatedAt }
  return { row, hashed }
}

export function agentRow(record: AgentRecord): Said {
  const { displayName, email, avatarUrl, isAvailable, isActive, role, messageSignature, raw } = record
  return {
    ...{ displayName, email: short(email, 500), avatarUrl, isProvisional: false },
    ...{ isAvailable, isActive, role, messageSignature, raw },
  }
}

export function contactRow(record: ContactRecord): Said {
  const { isBlocked, isOnline, isIdentityVerified, language, identities, customFields, lastActivityAt, raw } = record
  return {
    ...{ displayName: record.displayName ?? undefined, avatarUrl: record.avatarUrl, isProvisional: false },
    ...{ email: short(record.email, 500), phone: short(record.phone, 500), identifier: short(record.identifier, 500) },
    ...{ isBlocked, isOnline, isIdentityVerified, language, identities, customFields, lastActivityAt, raw },
  }
}

/** A ref tells little: what it does not know says nothing. */
export function refRow({ name, email, phone, avatarUrl }: ActorRef): Said {
  return {
    ...{ displayName: name ?? undefined, email: short(email, 500) ?? undefined, phone: short(phone, 500) ?? undefined },
    ...{ avatarUrl: avatarUrl ?? undefined, isProvisional: true },
  }
}

/** The name said now or before, else an address, else what kind of actor it is and its number. */
function nameOf(ref: ActorRef, said: Said, before: Actor | undefined): string {
  const fallback = `${wordFor[ref.type]} ${short(ref.externalId, 100)}`
  const earlier = before?.displayName === fallback ? null : before?.displayName
  return short(said.displayName || earlier || said.email || said.phone || fallback, 500)
}

const wordFor: Record<ActorType, string> = {
  CONTACT: 'Contact',
  VISITOR: 'Visitor',
  AGENT: 'Agent',
  CHATBOT: 'Bot',
  CHANNEL_ACCOUNT: 'Account',
  SYSTEM: 'System',
  OUTREACH_CAMPAIGN: 'Campaign',
}

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Value
}

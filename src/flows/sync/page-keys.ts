/** What a page mentions: the keys of everything that its records point at. */
import type { ActorRef, DraftRecord, MentionRecord, Records, TicketEventRecord } from '#connectors/contract.ts'
import { actorKey } from './actor-rows.ts'
import type { Gathered } from './gather.ts'

/** Everybody whom tickets point at. */
export function actorRefsIn({ tickets, conversations, messages }: Gathered): ActorRef[] {
  const refs: (ActorRef | null | undefined)[] = []
  for (const ticket of tickets.values()) {
    refs.push(ticket.requester, ticket.assignee, ticket.createdBy, ticket.lastRepliedBy, ticket.resolvedBy)
    for (const { agent, mentionedBy } of (ticket.mentions ?? []) as MentionRecord[]) refs.push(agent, mentionedBy)
    for (const { updatedBy } of (ticket.drafts ?? []) as DraftRecord[]) refs.push(updatedBy)
    for (const { actor } of (ticket.events ?? []) as TicketEventRecord[]) refs.push(actor)
  }
  for (const { record } of conversations.values()) refs.push(record.contact, record.assignee)
  for (const { record } of messages.values()) refs.push(record.sender, record.createdBy, record.updatedBy)
  return refs.filter((ref) => ref != null)
}

export function departmentMembersIn({ departments }: Records): ActorRef[] {
  return departments.flatMap(({ agentExternalIds = [] }) =>
    agentExternalIds.map((externalId) => ({ type: 'AGENT', externalId })),
  )
}

export function actorKeysIn(records: Records, gathered: Gathered): ActorRef[] {
  const all = [...records.agents, ...records.contacts, ...departmentMembersIn(records), ...actorRefsIn(gathered)]
  return [...new Map(all.map((ref) => [actorKey(ref), ref])).values()]
}

type Place = { channel: string | null | undefined; account: string | null | undefined }

/** The channel and account of everything that has them. */
export function placesIn({ tickets, conversations, messages }: Gathered): Place[] {
  return [
    ...[...tickets.values()].flatMap((ticket) => [
      { channel: ticket.channelExternalId, account: ticket.channelAccountExternalId },
      { channel: ticket.lastMessageChannelExternalId, account: ticket.lastMessageChannelAccountExternalId },
    ]),
    ...[...conversations.values(), ...messages.values()].map(({ record }) => ({
      channel: record.channelExternalId,
      account: record.channelAccountExternalId,
    })),
  ]
}

export function channelKeysIn({ channels }: Records, places: Place[]) {
  return ['unknown', ...channels.map(externalIdOf), ...places.map(({ channel }) => channel)]
}

export function accountKeysIn({ channels }: Records, places: Place[]) {
  return [...channels.flatMap(({ accounts }) => accounts.map(externalIdOf)), ...places.map(({ account }) => account)]
}

export function departmentKeysIn({ departments }: Records, { tickets }: Gathered) {
  return [...departments.map(externalIdOf), ...[...tickets.values()].map((ticket) => ticket.departmentExternalId)]
}

export function externalIdOf({ externalId }: { externalId: string }): string {
  return externalId
}

/** A conversation as far as a change has to know it, read right before the change. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { boolOf, idOf, intOf, listOf, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { GoneError } from '#errors.ts'
import { displayIdOf } from './map.ts'
import { agentFrom } from './map-people.ts'
import type { Source } from './read.ts'

export type ConversationState = {
  status: string | null
  snoozedUntil: Date | null
  priority: string | null
  assignee: { type: 'AGENT' | 'CHATBOT'; externalId: string } | null
  teamId: string | null
  labels: string[]
  customAttributes: JsonObject
  unreadCount: number
  isMuted: boolean
}

/** Throws GoneError when there is none. */
export async function stateOf({ client, settings }: Source, displayId: string): Promise<ConversationState> {
  return stateFrom(await client.conversation(displayId), settings.accountId)
}

/** `42` of `1:42`; throws GoneError for what is no conversation of this account. */
export function displayIdIn(ticketExternalId: string, { settings }: Source): string {
  const displayId = displayIdOf(ticketExternalId, settings.accountId)
  if (displayId === null)
    throw new GoneError(`Chatwoot's account ${settings.accountId} has no conversation ${ticketExternalId}`)
  return displayId
}

function stateFrom(value: Json, accountId: string): ConversationState {
  const wire = objectOf(value) ?? {}
  const meta = objectOf(wire.meta) ?? {}
  const assignee = objectOf(meta.assignee)
  const agent =
    assignee && idOf(assignee.id) !== null ? agentFrom(assignee, accountId, textOf(meta.assignee_type)) : null
  return {
    status: textOf(wire.status),
    snoozedUntil: timeOf(wire.snoozed_until),
    priority: textOf(wire.priority),
    assignee: agent && { type: agent.type, externalId: agent.externalId },
    teamId: idOf(objectOf(meta.team)?.id) ?? idOf(wire.team_id),
    labels: listOf(wire.labels).flatMap((label) => textOf(label) ?? []),
    customAttributes: objectOf(wire.custom_attributes) ?? {},
    unreadCount: intOf(wire.unread_count) ?? 0,
    isMuted: boolOf(wire.muted) === true,
  }
}

/** Changes of a conversation. Each looks at it first and calls only for what is different. */
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '#connectors/contract.ts'
import type {
  MarkTicket,
  MuteConversation,
  OnTicket,
  Receipt,
  TicketChanges,
  UpdateTicket,
} from '#connectors/operations.ts'
import { idOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import { type ConversationState, displayIdIn, stateOf } from './conversation-state.ts'
import { priorityWord, statusWordIn } from './outgoing-words.ts'
import type { Source } from './read.ts'
import { writing } from './writing.ts'

type Assignee = NonNullable<TicketChanges['assignee']>

/**
 * Refusals that can be foreseen come before the first call. The status goes last: giving a conversation to a bot makes
 * it pending on newer servers, and what is opened with an agent's token becomes that agent's (SEEN).
 */
export async function updateTicket(source: Source, { ticketExternalId, changes }: UpdateTicket): Promise<Receipt> {
  const { client, settings } = source
  refuseReadOnly(changes)
  const status = statusWordIn(changes, settings.statusMap)
  const displayId = displayIdIn(ticketExternalId, source)
  const state = await stateOf(source, displayId)
  await refuseUnknown(source, changes)

  if (changes.tags) await relabel(source, displayId, state, changes.tags)
  if (changes.assignee !== undefined) await assign(source, displayId, state.assignee, changes.assignee)
  const { departmentExternalId: teamId, priority, customFields } = changes
  if (teamId !== undefined && teamId !== state.teamId) await client.assignTeam(displayId, numberOrNull(teamId))
  if (priority !== undefined && (priority && priorityWord[priority]) !== state.priority)
    await client.setPriority(displayId, priority && priorityWord[priority])
  if (customFields) await setFields(source, displayId, state.customAttributes, customFields)
  await setStatus(source, displayId, state, { ...changes, word: status })
  return { ticketExternalId }
}

export async function deleteTicket(source: Source, { ticketExternalId }: OnTicket): Promise<Receipt> {
  await source.client.deleteConversation(displayIdIn(ticketExternalId, source)).catch(nothingIfGone)
  return { ticketExternalId }
}

/** The agents' read state; the contact's is told by the contact's own screen only. */
export async function markTicket(source: Source, { ticketExternalId, side, isRead }: MarkTicket): Promise<Receipt> {
  if (side === 'CONTACT') throw new RefusedError("Chatwoot takes the contact's read state from the contact only")
  const displayId = displayIdIn(ticketExternalId, source)
  const { unreadCount } = await stateOf(source, displayId)
  if ((unreadCount === 0) === isRead) return { ticketExternalId }
  if (isRead) await source.client.markRead(displayId)
  else {
    await source.client.markUnread(displayId)
    const after = await stateOf(source, displayId)
    if (after.unreadCount === 0)
      throw new RefusedError('Chatwoot has nothing to mark unread: the contact has written no message')
  }
  return { ticketExternalId }
}

/** Chatwoot mutes by blocking the contact; muting also resolves the conversation (SEEN). */
export async function muteConversation(
  source: Source,
  { ticketExternalId, isMuted }: MuteConversation,
): Promise<Receipt> {
  const displayId = displayIdIn(ticketExternalId, source)
  const state = await stateOf(source, displayId)
  if (state.isMuted !== isMuted) await (isMuted ? source.client.mute(displayId) : source.client.unmute(displayId))
  return { ticketExternalId }
}

/** What the records always overwrite. */
function refuseReadOnly(changes: TicketChanges): void {
  const { subject, requester, channelExternalId: channel, channelAccountExternalId: channelAccount } = changes
  const asked = { subject, requester, channel, channelAccount, contactLanguage: changes.contactLanguage }
  for (const [field, value] of Object.entries(asked))
    if (value !== undefined && writing.ticketFields[field as keyof typeof asked] === 'READ_ONLY')
      throw new RefusedError(`Chatwoot cannot change the ${field} of a conversation`)
}

/** An unknown agent or team would take the conversation from whoever has it, with a 200 (SEEN). */
export async function refuseUnknown({ client }: Source, changes: TicketChanges): Promise<void> {
  const { assignee, departmentExternalId: teamId } = changes
  const has = (rows: readonly unknown[], id: string) => rows.some((row) => idOf(objectOf(row)?.id) === id)
  if (assignee?.type === 'AGENT' && !has(await client.agents(), assignee.externalId))
    throw new RefusedError(`Chatwoot has no agent ${assignee.externalId}`)
  if (assignee?.type === 'CHATBOT') botIdIn(assignee)
  if (teamId && !has(await client.teams(), teamId)) throw new RefusedError(`Chatwoot has no team ${teamId}`)
}

async function relabel(
  { client }: Source,
  displayId: string,
  { labels }: ConversationState,
  { added, removed }: NonNullable<TicketChanges['tags']>,
): Promise<void> {
  // From the set as it is now: somebody else may have changed it meanwhile.
  const gone = new Set(removed.map(({ externalId }) => externalId))
  const wanted = [...new Set([...labels.filter((label) => !gone.has(label)), ...added.map((tag) => tag.externalId)])]
  if (isSameSet(wanted, labels)) return
  const answer = await client.setLabels(displayId, wanted)
  const kept = listOf(objectOf(answer)?.payload).map((label) => textOf(label)?.toLowerCase())
  const dropped = added.find(({ externalId }) => !kept.includes(externalId.toLowerCase()))
  if (dropped) throw new RefusedError(`Chatwoot did not take the label ${dropped.externalId}`, { httpStatus: 200 })
}

async function assign(
  source: Source,
  displayId: string,
  before: Assignee | null,
  wanted: Assignee | null,
): Promise<void> {
  if (isDeepStrictEqual(before, wanted && { type: wanted.type, externalId: wanted.externalId })) return
  const { client } = source
  if (wanted?.type !== 'CHATBOT') {
    await client.assignAgent(displayId, numberOrNull(wanted?.externalId))
    return
  }
  await client.assignBot(displayId, botIdIn(wanted))
  const after = (await stateOf(source, displayId)).assignee
  if (after?.externalId === wanted.externalId) return
  // An older server has read the bot's id as an agent's: put back who had it.
  if (!isDeepStrictEqual(after, before) && before?.type !== 'CHATBOT')
    await client.assignAgent(displayId, numberOrNull(before?.externalId))
  throw new RefusedError(`This Chatwoot server did not give the conversation to the bot ${wanted.externalId}`)
}

function botIdIn({ externalId }: Assignee): number {
  const id = /^bot:(\d+)$/.exec(externalId)?.[1]
  if (id === undefined) throw new RefusedError(`Chatwoot cannot give a conversation to ${externalId}`)
  return Number(id)
}

/** Read, changed and written whole: the call replaces them all. */
async function setFields(
  { client }: Source,
  displayId: string,
  before: JsonObject,
  changes: NonNullable<TicketChanges['customFields']>,
): Promise<void> {
  const after = attributesWith(before, changes)
  if (!isDeepStrictEqual(after, before)) await client.setCustomAttributes(displayId, after)
}

export function attributesWith(before: JsonObject, changes: NonNullable<TicketChanges['customFields']>): JsonObject {
  const cleared = new Set(changes.filter(({ value }) => value === null).map(({ key }) => key))
  const all = { ...before, ...Object.fromEntries(changes.map(({ key, value }) => [key, value])) }
  return Object.fromEntries(Object.entries(all).filter(([key]) => !cleared.has(key))) as JsonObject
}

/** Null for `snoozedUntil` without a status wakes a conversation up; with `snoozed` it sleeps until the next answer. */
async function setStatus(
  source: Source,
  displayId: string,
  before: ConversationState,
  { word, snoozedUntil, assignee }: TicketChanges & { word: string | undefined },
): Promise<void> {
  const { client } = source
  // A change of hands may have moved the status on its own.
  const now = assignee === undefined ? before : await stateOf(source, displayId)
  const wanted = word ?? (snoozedUntil === null && now.status === 'snoozed' ? 'open' : undefined)
  if (wanted === undefined) return
  if (wanted !== 'snoozed') {
    if (wanted !== now.status) await client.setStatus(displayId, { status: wanted })
    if (wanted === 'open' && wanted !== now.status) await keepAssignee(source, displayId, now.assignee)
    return
  }
  const seconds = snoozedUntil ? Math.ceil(snoozedUntil.getTime() / 1000) : null
  const sleepsUntil = now.snoozedUntil && Math.ceil(now.snoozedUntil.getTime() / 1000)
  if (now.status === 'snoozed' && (snoozedUntil === undefined || seconds === sleepsUntil)) return
  // A time can be replaced but not taken away: only leaving the status clears it.
  if (now.status === 'snoozed' && seconds === null) await client.setStatus(displayId, { status: 'open' })
  await client.setStatus(displayId, { status: 'snoozed', ...(seconds === null ? {} : { snoozed_until: seconds }) })
}

/** Opening gives a conversation to the agent whose token it is (SEEN); a bot's is meant to be taken from it. */
async function keepAssignee(source: Source, displayId: string, wanted: Assignee | null): Promise<void> {
  if (wanted?.type === 'CHATBOT') return
  const after = (await stateOf(source, displayId)).assignee
  if (after?.externalId !== wanted?.externalId)
    await source.client.assignAgent(displayId, numberOrNull(wanted?.externalId))
}

function numberOrNull(id: string | null | undefined): number | null {
  return id === null || id === undefined ? null : Number(id)
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return isDeepStrictEqual(new Set(one), new Set(other))
}

function nothingIfGone(error: unknown): null {
  if (error instanceof GoneError) return null
  throw error
}

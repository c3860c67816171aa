/** What a client wants changed of a ticket, with everything it names looked up. */
import { eq, sql } from 'drizzle-orm'
import type { TicketPatchInOurIds } from '#domain/deliveries/promise.ts'
import { ticketTags } from '#domain/tickets/table.ts'
import type { PatchShape } from './inputs.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import { invalid, missing, type Path } from './problem.ts'
import { accountFrom, actorFromRef, agentFrom, channelFrom, departmentFrom, tagFrom } from './references.ts'

/** `ticketId`: null for a ticket that is being made. @throws CommandError */
export async function patchFrom(
  command: Command,
  patch: PatchShape,
  { ticketId, backendId, path }: { ticketId: string | null; backendId: string; path: Path },
): Promise<TicketPatchInOurIds> {
  const at = (name: string) => [...path, name]
  const found: TicketPatchInOurIds = {}
  if (patch.subject !== undefined) found.subject = plausible.line(patch.subject ?? '', at('subject'))
  if (patch.status !== undefined) {
    if (patch.status === null || patch.status === 'UNKNOWN')
      throw invalid(at('status'), `Expected a status that can be set, got ${patch.status ?? 'null'}.`)
    found.status = patch.status
  }
  if (patch.rawStatus != null) found.rawStatus = plausible.line(patch.rawStatus, at('rawStatus'))
  if (patch.priority !== undefined) found.priority = patch.priority
  if (patch.category !== undefined)
    found.category = patch.category === null ? null : plausible.line(patch.category, at('category'))
  if (patch.assignee !== undefined) {
    const agent = patch.assignee && (await agentFrom(command, patch.assignee.id, backendId, [...at('assignee'), 'id']))
    found.assigneeId = agent?.id ?? null
  }
  if (patch.departmentId !== undefined) {
    const { departmentId } = patch
    found.departmentId = departmentId && (await departmentFrom(command, departmentId, backendId, at('departmentId'))).id
  }
  if (patch.requester != null) {
    const requester = await actorFromRef(command, patch.requester, backendId, at('requester'))
    if (!requester) throw missing('contact', null, at('requester'))
    found.requesterId = requester.id
  }
  if (patch.channelId != null)
    found.channelId = (await channelFrom(command, patch.channelId, backendId, at('channelId'))).id
  if (patch.channelAccountId != null)
    found.channelAccountId = (await accountFrom(command, patch.channelAccountId, backendId, at('channelAccountId'))).id
  if (patch.snoozedUntil !== undefined) {
    found.snoozedUntil =
      patch.snoozedUntil && plausible.futureMoment(patch.snoozedUntil, command.now, at('snoozedUntil')).toISOString()
  }
  if (patch.contactLanguage !== undefined) found.contactLanguage = patch.contactLanguage
  if (patch.agentLanguage !== undefined) found.agentLanguage = patch.agentLanguage
  if (patch.isAutoTranslationOn != null) found.isAutoTranslationOn = patch.isAutoTranslationOn
  if (patch.replyingAgentMode !== undefined) found.replyingAgentMode = patch.replyingAgentMode
  if (patch.isSpam != null) found.isSpam = patch.isSpam
  if (patch.customFields != null) {
    found.customFields = patch.customFields.map(({ key, value }, index) => ({
      key: plausible.line(key, [...at('customFields'), index, 'key']),
      value: value ?? null,
    }))
  }
  const tags = await tagsFrom(command, patch, { ticketId, backendId, path })
  if (tags) found.tags = tags
  return found
}

async function tagsFrom(
  command: Command,
  { tagIds, addTagIds, removeTagIds }: PatchShape,
  { ticketId, backendId, path }: { ticketId: string | null; backendId: string; path: Path },
): Promise<TicketPatchInOurIds['tags'] | null> {
  if (tagIds == null && addTagIds == null && removeTagIds == null) return null
  if (tagIds != null && (addTagIds != null || removeTagIds != null))
    throw invalid([...path, 'tagIds'], 'Expected either the whole set (tagIds) or what to add and remove, got both.')
  const idsFrom = (nodeIds: TagNodeIds, name: string) => tagIdsFrom(command, nodeIds, backendId, [...path, name])
  const [set, add, remove] = [
    await idsFrom(tagIds, 'tagIds'),
    await idsFrom(addTagIds, 'addTagIds'),
    await idsFrom(removeTagIds, 'removeTagIds'),
  ]
  const current = ticketId === null ? [] : await tagIdsOf(command, ticketId)
  return tagChange(current, tagIds == null ? { add, remove } : { set })
}

export type TagNodeIds = readonly string[] | null | undefined

/** Of tags that tickets of this help desk can have. @throws CommandError with everything that is wrong. */
export function tagIdsFrom(command: Command, nodeIds: TagNodeIds, backendId: string, path: Path): Promise<string[]> {
  return plausible.each(
    nodeIds ?? [],
    async (nodeId, index) => (await tagFrom(command, nodeId, backendId, [...path, index])).id,
  )
}

export async function tagIdsOf({ tx, workspaceId }: Command, ticketId: string): Promise<string[]> {
  const rows = await tx
    .select({ tagId: ticketTags.tagId })
    .from(ticketTags)
    .where(sql`${eq(ticketTags.workspaceId, workspaceId)} and ${eq(ticketTags.ticketId, ticketId)}`)
  return rows.map(({ tagId }) => tagId)
}

export function tagChange(
  current: string[],
  wanted: { set: string[] } | { add: string[]; remove: string[] },
): NonNullable<TicketPatchInOurIds['tags']> {
  const all =
    'set' in wanted
      ? [...new Set(wanted.set)]
      : [...new Set([...current.filter((tag) => !wanted.remove.includes(tag)), ...wanted.add])]
  return {
    all,
    added: all.filter((tag) => !current.includes(tag)),
    removed: current.filter((tag) => !all.includes(tag)),
  }
}

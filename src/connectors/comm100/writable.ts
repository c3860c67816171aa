/**
 * Changing a ticket means writing the whole of it back: subject, channel and requester are required whatever changes, and
 * what is left out is ASSUMED to be kept but might be cleared. Source: vendor's reference, Update the Ticket (SEEN).
 */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { OutgoingTag, TicketChanges } from '#connectors/operations.ts'
import { guidOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { TicketStatus } from '#vocabulary.ts'
import { contactFor } from './people-writes.ts'
import { speakerFor } from './speaker.ts'
import { tagIdFor } from './tag-writes.ts'
import { statuses } from './ticket.ts'
import type { Writer } from './writer.ts'
import { statusWords } from './writing.ts'

const writableFields = [
  ...(['subject', 'originalConversationId', 'assigneeId', 'assigneeType', 'departmentAssigneeId'] as const),
  ...(['channelId', 'channelAccountId', 'contactOrVisitorId', 'contactOrVisitorType'] as const),
  ...(['createdById', 'createdByType', 'status', 'priority', 'isReadByAgent', 'isInRecycleBin'] as const),
  ...(['contactLanguage', 'agentLanguage', 'autoTranslationStatus', 'tagIds'] as const),
]

/** The ticket as it would be written back unchanged. `none` stands for nobody and cannot be written. */
export function writableOf(ticket: JsonObject): JsonObject {
  return Object.fromEntries(
    writableFields.flatMap((field) => {
      const value = ticket[field]
      return value === undefined || value === null || value === 'none' ? [] : [[field, value]]
    }),
  )
}

/** Whether the ticket already is as the wanted fields say. */
export function isAlready(ticket: JsonObject, wanted: JsonObject): boolean {
  return Object.entries(wanted).every(([field, value]) => comparable(field, ticket[field]) === comparable(field, value))
}

/** The fields of a change as the vendor wants them. `ticket` is the one to change; null for a new one. */
export async function fieldsOf(writer: Writer, changes: TicketChanges, ticket: JsonObject | null): Promise<JsonObject> {
  const { settings } = writer
  refuseReadOnly(changes)
  const wanted: JsonObject = {}
  const set = (field: (typeof writableFields)[number], value: Json | undefined) => {
    if (value !== undefined) wanted[field] = value
  }
  set('subject', changes.subject)
  set('status', changes.rawStatus ?? (changes.status && statusWordOf(changes.status, settings.statusMap)))
  set('priority', changes.priority?.toLowerCase())
  set('departmentAssigneeId', changes.departmentExternalId === null ? settings.nobodyId : changes.departmentExternalId)
  set('channelId', changes.channelExternalId)
  set('channelAccountId', changes.channelAccountExternalId)
  set('contactLanguage', changes.contactLanguage === null ? '' : changes.contactLanguage)
  set('agentLanguage', changes.agentLanguage === null ? '' : changes.agentLanguage)
  set('autoTranslationStatus', changes.isAutoTranslationOn)
  if (changes.assignee !== undefined) {
    set('assigneeId', changes.assignee === null ? settings.nobodyId : changes.assignee.externalId)
    if (changes.assignee) set('assigneeType', changes.assignee.type === 'CHATBOT' ? 'chatbot' : 'agent')
  }
  if (changes.requester) {
    const isCustomer = ['CONTACT', 'VISITOR'].includes(changes.requester.type)
    const { id, type } = await (isCustomer ? contactFor : speakerFor)(writer, changes.requester)
    set('contactOrVisitorId', id)
    set('contactOrVisitorType', type)
  }
  if (changes.tags) set('tagIds', await tagIdsOf(writer, changes.tags, ticket))
  return wanted
}

/** What is different counts, so that a tag somebody else just set stays. */
async function tagIdsOf(
  writer: Writer,
  { all, added, removed }: NonNullable<TicketChanges['tags']>,
  ticket: JsonObject | null,
): Promise<string[]> {
  const idsOf = async (tags: OutgoingTag[]) => {
    const ids: string[] = []
    for (const tag of tags) ids.push(await tagIdFor(writer, tag))
    return ids
  }
  if (ticket === null) return idsOf(all)
  const gone = new Set(removed.map(({ externalId }) => externalId))
  const kept = currentTagIds(ticket).filter((id) => !gone.has(id))
  return [...new Set([...kept, ...(await idsOf(added))])]
}

function currentTagIds(ticket: JsonObject): string[] {
  return [...listOf(ticket.tagIds), ...listOf(ticket.tags).map((tag) => objectOf(tag)?.id)].flatMap(
    (id) => guidOf(id) ?? [],
  )
}

/** A word that the settings map elsewhere would come back as another status. */
function statusWordOf(status: TicketStatus, statusMap: Record<string, TicketStatus>): string {
  const meansIt = (word: string) => (statusMap[word] ?? statuses[word]) === status
  const own = status === 'UNKNOWN' ? undefined : statusWords[status]
  const word = own && meansIt(own) ? own : Object.keys(statusMap).find(meansIt)
  if (!word) throw new RefusedError(`Comm100 has no status for ${status}`)
  return word
}

function refuseReadOnly({ priority, customFields, replyingAgentMode }: TicketChanges): void {
  if (priority === null) throw new RefusedError('a ticket at Comm100 always has a priority')
  if (customFields !== undefined) throw new RefusedError('Comm100 has no call that changes custom fields of a ticket')
  if (replyingAgentMode !== undefined) throw new RefusedError('Comm100 has no call that changes who answers a ticket')
}

/** GUIDs in any case, the zero GUID and nothing at all are the same; channel ids count as they are written. */
function comparable(field: string, value: Json | undefined): string {
  if (Array.isArray(value)) return value.map(guidOf).sort().join(' ')
  if (typeof value === 'boolean') return String(value)
  return (/Id$/.test(field) ? guidOf(value) : textOf(value)) ?? ''
}

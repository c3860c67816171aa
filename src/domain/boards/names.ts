/** What groups are called: for clients that filter by them, and for people. */
import { actorNodeId } from '#domain/actors/graphql.ts'
import { actorById, actorOf, departmentById } from '#domain/actors/loaders.ts'
import { backendById } from '#domain/backends/loaders.ts'
import { tagById } from '#domain/tags/loaders.ts'
import type { TicketFilterInput } from '#domain/tickets/filter.ts'
import type { TicketGrouping } from '#domain/tickets/grouping.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import type { Group } from './groups.ts'

export type GroupName = {
  /** As filters take it. */
  key: string
  label: string
  filter: { [Field in keyof TicketFilterInput]: string[] }
}

const keyOfNone = 'NONE'

export async function nameOf(context: LoadContext, { by, id }: Pick<Group, 'by' | 'id'>): Promise<GroupName> {
  return id === null ? { key: keyOfNone, label: labelOfNone[by], filter: { without: [by] } } : nameById[by](context, id)
}

const labelOfNone: Record<TicketGrouping, string> = {
  STATUS: 'No status',
  PRIORITY: 'No priority',
  ASSIGNEE: 'Unassigned',
  DEPARTMENT: 'No department',
  CHANNEL: 'No channel',
  TAG: 'Untagged',
  BACKEND: 'No help desk',
  LANGUAGE: 'No language',
  REQUESTER: 'No requester',
}

type NameById = (context: LoadContext, id: string) => GroupName | Promise<GroupName>

const nameById: Record<TicketGrouping, NameById> = {
  STATUS: (_context, word) => ({ key: word, label: spoken(word), filter: { status: [word] } }),
  PRIORITY: (_context, word) => ({ key: word, label: spoken(word), filter: { priority: [word] } }),
  CHANNEL: (_context, word) => ({ key: word, label: spoken(word), filter: { channelTypes: [word] } }),
  LANGUAGE: (_context, tag) => ({
    key: tag,
    label: languageNamed(tag),
    filter: { contactLanguages: [tag] },
  }),
  ASSIGNEE: person('assigneeIds'),
  REQUESTER: person('requesterIds'),
  DEPARTMENT: async (context, id) => {
    const key = nodeIdOf('Department', id)
    return { key, label: (await departmentById(context, id))?.name ?? '', filter: { departmentIds: [key] } }
  },
  TAG: async (context, id) => {
    const key = nodeIdOf('Tag', id)
    return { key, label: (await tagById(context, id))?.name ?? '', filter: { tagIds: [key] } }
  },
  BACKEND: async (context, id) => {
    const key = nodeIdOf('Backend', id)
    return { key, label: (await backendById(context, id))?.name ?? '', filter: { backendIds: [key] } }
  },
}

/** The key is of the actor that the tickets name, the label of what that became part of. */
function person(field: 'assigneeIds' | 'requesterIds'): NameById {
  return async (context, id) => {
    const [own, whole] = await Promise.all([actorById(context, id), actorOf(context, id)])
    if (!own) throw new Error(`actor ${id} is missing`)
    const key = actorNodeId(own)
    return { key, label: whole?.displayName ?? own.displayName, filter: { [field]: [key] } }
  }
}

/** A help desk may have words for languages that are no language tags. */
function languageNamed(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag
  } catch {
    return tag
  }
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' })
const properNames: Record<string, string> = { API: 'API', SMS: 'SMS', WHATSAPP: 'WhatsApp', LINE: 'LINE' }

/** `PENDING_INTERNAL` as people say it. */
function spoken(word: string): string {
  const plain = word.toLowerCase().replaceAll('_', ' ')
  return properNames[word] ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

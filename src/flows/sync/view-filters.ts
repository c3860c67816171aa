/** Conditions of help desks' views as filters of tickets: with our ids, and of that help desk only. */
import type { ActorRef, ViewFilter, ViewRecord } from '#connectors/contract.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'

/** Ids of ours by the vendor's; null where nothing is known by one. */
export type KnownIds = {
  agent(externalId: string): string | null
  bot(externalId: string): string | null
  department(externalId: string): string | null
  tag(externalId: string): string | null
}

/** As a client would send it; null when the condition could not be told, or names something that is not there. */
export function ticketFilterOf({ filter }: ViewRecord, backendId: string, known: KnownIds): object | null {
  const translated = filter ? translate(filter, known) : null
  return translated && { backendIds: [nodeIdOf('Backend', backendId)], ...translated }
}

function translate(filter: ViewFilter, known: KnownIds): object | null {
  const { assigneeExternalIds, departmentExternalIds, tagExternalIds, and, or, not, ...plain } = filter
  const parts: Record<string, unknown> = {
    assigneeIds: assigneeExternalIds?.map((id) => node('Agent', known.agent(id)) ?? node('Bot', known.bot(id))),
    departmentIds: departmentExternalIds?.map((id) => node('Department', known.department(id))),
    tagIds: tagExternalIds?.map((id) => node('Tag', known.tag(id))),
    and: and?.map((part) => translate(part, known)),
    or: or?.map((part) => translate(part, known)),
    not: not && translate(not, known),
  }
  const given = Object.entries(parts).filter(([, value]) => value !== undefined)
  if (given.some(([, value]) => value === null || (Array.isArray(value) && value.includes(null)))) return null
  return { ...plain, ...Object.fromEntries(given) }
}

const node = (type: string, id: string | null) => (id === null ? null : nodeIdOf(type, id))

/** What the conditions of views point at. */
export function namedInViews(views: readonly ViewRecord[]) {
  const filters = views.flatMap(({ filter }) => (filter ? partsOf(filter) : []))
  const actors = filters.flatMap(({ assigneeExternalIds = [] }) =>
    assigneeExternalIds.flatMap((externalId): ActorRef[] => [
      { type: 'AGENT', externalId },
      { type: 'CHATBOT', externalId },
    ]),
  )
  return {
    actors,
    departments: filters.flatMap(({ departmentExternalIds = [] }) => departmentExternalIds),
    tags: filters.flatMap(({ tagExternalIds = [] }) => tagExternalIds),
  }
}

function partsOf(filter: ViewFilter): ViewFilter[] {
  const { and = [], or = [], not } = filter
  return [filter, ...[...and, ...or, ...(not ? [not] : [])].flatMap(partsOf)]
}

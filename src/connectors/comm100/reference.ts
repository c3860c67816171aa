/** Agents, departments, tags, views and contacts: lists an account may or may not be allowed to read. */
import type { Json, Misfit, Records, TagRecord, ViewRecord } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { boolOf, guidOf, listOf, mapEach, need, objectOf, takeNotes, textOf, timeOf } from '#connectors/reading.ts'
import { FixCredentialsError, GoneError, RefusedError } from '#errors.ts'
import type { TicketStatus } from '#vocabulary.ts'
import { rawOf, secretKeys } from './body.ts'
import { type Client, isUnauthorized } from './client.ts'
import { allRows } from './fetch-thread.ts'
import { agentFrom, contactFrom, departmentFrom, fieldKey } from './people.ts'
import { filterFrom } from './view-condition.ts'

/** All lists but contacts, in four calls. One that is not to be had is noted, and the others are there. */
export async function referenceRecords(client: Client, statusMap: Record<string, TicketStatus>): Promise<Records> {
  const notes = takeNotes()
  const { misfits } = notes
  const [agents, departments, tags, views] = await Promise.all([
    tolerated(client, { what: 'agent', list: client.agents, keys: ['agents'], misfits }),
    tolerated(client, { what: 'department', list: client.departments, keys: ['departments'], misfits }),
    tolerated(client, { what: 'tag', list: client.tags, keys: ['tags'], misfits }),
    tolerated(client, { what: 'view', list: client.views, keys: ['views'], misfits }),
  ])
  const options = { notes, secretKeys }
  const departmentRecords = mapEach(departments, { ...options, subject: 'department' }, departmentFrom)
  for (const department of departmentRecords) {
    department.agentExternalIds ??= agents.flatMap((agent) => {
      const wire = objectOf(agent)
      const id = guidOf(wire?.id)
      return id && listOf(wire?.departmentIds).some((own) => guidOf(own) === department.externalId) ? [id] : []
    })
  }
  return records({
    agents: mapEach(agents, { ...options, subject: 'agent' }, (item) => agentFrom(item)),
    departments: departmentRecords,
    tags: mapEach(tags, { ...options, subject: 'tag' }, tagFrom),
    views: mapEach(views, { ...options, subject: 'view' }, (item) => viewFrom(item, statusMap)),
    misfits,
  })
}

/** Names of tags by id, for tickets that give ids only. */
export async function tagNamesFrom(client: Client): Promise<Map<string, string>> {
  const tags = await tolerated(client, { what: 'tag', list: client.tags, keys: ['tags'], misfits: [] })
  return new Map(
    tags.flatMap((item) => {
      const tag = objectOf(item)
      const id = guidOf(tag?.id)
      const name = textOf(tag?.name)
      return id && name ? [[id, name] as const] : []
    }),
  )
}

/** Names of custom fields by id without hyphens. */
export async function fieldLabelsFrom(client: Client): Promise<Record<string, string>> {
  const fields = await tolerated(client, { what: 'field', list: client.fields, keys: ['fields'], misfits: [] })
  return Object.fromEntries(
    fields.flatMap((item) => {
      const field = objectOf(item)
      const key = fieldKey(field?.id)
      const name = textOf(field?.name) ?? textOf(field?.displayName)
      return key && name ? [[key, name]] : []
    }),
  )
}

export function contactRecords(rows: Json[]): Records {
  const notes = takeNotes()
  return records({
    contacts: mapEach(rows, { subject: 'contact', notes, secretKeys }, (item) => contactFrom(item)),
    misfits: notes.misfits,
  })
}

function tagFrom(item: Json): TagRecord {
  const wire = need(objectOf(item), 'a tag', item)
  const externalId = need(guidOf(wire.id), 'a tag with an id', wire.id)
  return { externalId, name: textOf(wire.name) ?? externalId, createdAt: timeOf(wire.createdTime) }
}

/** Source: vendor's reference, View (SEEN); its sharing flag ASSUMED. */
function viewFrom(item: Json, statusMap: Record<string, TicketStatus>): ViewRecord {
  const wire = need(objectOf(item), 'a view', item)
  const externalId = need(guidOf(wire.id), 'a view with an id', wire.id)
  const isPrivate = boolOf(wire.isPrivate)
  const isShared = boolOf(wire.isShared) ?? (isPrivate === null ? null : !isPrivate)
  const condition = rawOf(wire, ['id', 'name'])
  const filter = filterFrom(wire.viewCondition, statusMap)
  const name = textOf(wire.name) ?? externalId
  return { externalId, name, ...(isShared === null ? {} : { isShared }), condition, filter }
}

type Tolerated = { what: string; list: () => Promise<Json>; keys: readonly string[]; misfits: Misfit[] }

async function tolerated(client: Client, { what, list, keys, misfits }: Tolerated): Promise<Json[]> {
  const park = (problem: string, raw: Json = null) => {
    misfits.push({ kind: 'parked', subject: `${what} list`, externalId: null, field: null, problem, raw })
    return []
  }
  try {
    return await allRows(client, { first: await list(), keys, park })
  } catch (error) {
    if (!isTolerable(error)) throw error
    return park(error.message)
  }
}

/** Not allowed (403) or not there (404): the account's plan or the agent's permissions decide that. */
export function isTolerable(error: unknown): error is Error {
  if (error instanceof FixCredentialsError) return !isUnauthorized(error)
  return error instanceof GoneError || error instanceof RefusedError
}

/** From answers to the records of one page: tickets with their threads, and the lists people refer to. */
import type { Host, Json, Records } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { inParallel } from '#connectors/in-parallel.ts'
import { idOf, mapEach, type Notes, objectOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Chatwoot, Settings } from './client.ts'
import { ticketFrom } from './map.ts'
import { agentFrom, meetPeople } from './map-people.ts'
import { channelsFrom, departmentFrom, placesOf, tagFrom, viewFrom } from './map-reference.ts'
import { cleaned, secretKeys } from './raw.ts'
import { readThread } from './thread.ts'

export type Source = { client: Chatwoot; settings: Settings; host: Host }

export const atOnce = 8

/** `newestSince` given: of a long thread only the newest part is read, see `readThread`. */
export async function ticketsFrom(
  source: Source,
  rows: readonly Json[],
  notes: Notes,
  newestSince: Date | null,
): Promise<Records> {
  const { accountId, baseUrl, statusMap } = source.settings
  const fetchedAt = source.host.now()
  const people = meetPeople()
  const threads = await inParallel(rows, atOnce, (row) => threadOf(source, row, notes, newestSince))
  const tickets = mapEach(rows, { subject: 'ticket', notes, secretKeys }, (row, index) =>
    ticketFrom(row, threads[index] ?? [], { accountId, baseUrl, statusMap, notes, people, fetchedAt }),
  )
  return finish(
    {
      tickets,
      contacts: [...people.contacts.values()],
      agents: [...people.agents.values()],
      ...placesOf(rows),
    },
    notes,
  )
}

/** What can be had: when the thread cannot be read, the messages the conversation itself holds, and a misfit. */
async function threadOf(source: Source, row: Json, notes: Notes, newestSince: Date | null): Promise<Json[]> {
  const object = objectOf(row)
  const id = idOf(object?.id)
  if (!object || id === null) return []
  const held = Array.isArray(object.messages) ? object.messages : []
  const lastId = idOf(objectOf(held.at(-1))?.id)
  try {
    return await readThread(source.client, encodeURIComponent(id), {
      newestSince,
      wholePages: source.settings.wholeThreadPages,
      lastId,
    })
  } catch (error) {
    if (!(error instanceof GoneError || error instanceof RefusedError)) throw error
    notes.misfits.push({
      kind: 'parked',
      subject: 'thread',
      externalId: `${source.settings.accountId}:${id}`,
      field: null,
      problem: error.message,
      raw: null,
    })
    return held
  }
}

/** Each list may fail on its own, e.g. when the token may not read it: noted, and the round goes on. */
export async function readReference(source: Source, notes: Notes): Promise<{ found: Records; inboxIds: string[] }> {
  const {
    client,
    settings: { accountId },
  } = source
  const [inboxes, agents, teams, labels, filters] = await Promise.all([
    tolerated('inboxes', notes, client.inboxes),
    tolerated('agents', notes, client.agents),
    tolerated('teams', notes, client.teams),
    tolerated('labels', notes, client.labels),
    tolerated('saved filters', notes, client.savedFilters),
  ])
  const found = finish(
    {
      channels: channelsFrom(inboxes, notes),
      agents: mapEach(agents, { subject: 'agent', notes, secretKeys }, (item) => agentFrom(item, accountId)),
      departments: mapEach(teams, { subject: 'team', notes, secretKeys }, departmentFrom),
      tags: mapEach(labels, { subject: 'label', notes, secretKeys }, tagFrom),
      views: mapEach(filters, { subject: 'saved filter', notes, secretKeys }, viewFrom),
    },
    notes,
  )
  // Also the ids of inboxes that were parked, or they would be asked for in every round.
  const inboxIds = inboxes.flatMap((inbox) => idOf(objectOf(inbox)?.id) ?? [])
  return { found, inboxIds }
}

/** A list that the token may not read, or that is none, is noted and taken for empty. */
export async function tolerated(subject: string, notes: Notes, read: () => Promise<Json[]>): Promise<Json[]> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof GoneError || error instanceof RefusedError)) throw error
    notes.misfits.push({ kind: 'parked', subject, externalId: null, field: null, problem: error.message, raw: null })
    return []
  }
}

/** Notes are shared by the readers of one page; they are handed over once. */
export function finish(partial: Partial<Records>, notes: Notes): Records {
  const misfits = notes.misfits.splice(0).map((misfit) => ({ ...misfit, raw: cleaned(misfit.raw) }))
  return records({ ...partial, misfits })
}

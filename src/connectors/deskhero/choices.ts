/** Our words as references into the tenant's own lists of statuses, priorities, types and tags. */
import type { Json, Label } from '#connectors/contract.ts'
import type { OutgoingTag } from '#connectors/operations.ts'
import { takeNotes } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { TicketPriority, TicketStatus } from '#vocabulary.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'
import { numberOf, priorityOf, referenceOf, statusOf } from './words.ts'

/** How a reference is written: its label is read-only (SEEN). */
export type Reference = { id: number | string }

export type Choices = {
  /** `raw`: the vendor's id or label. Throws RefusedError when no status means that. */
  status(wanted: TicketStatus): Promise<Reference>
  rawStatus(raw: string): Promise<Reference>
  priority(wanted: TicketPriority): Promise<Reference>
  category(label: string): Promise<Reference>
  /** By its number; one that a ticket had only as a word is looked up by that. */
  tag(wanted: OutgoingTag): Promise<Reference>
}

/** The lists are read for each change: they are short, and a tenant may change them at any time. */
export function openChoices(client: Client, settings: Settings): Choices {
  const { listKeys, statusMap, priorityMap, labelLanguage } = settings
  const known = async (key: string): Promise<Label[]> =>
    (await client.listEntries(key)).flatMap((entry: Json) => referenceOf(entry, new Map(), labelLanguage) ?? [])

  /** The first entry that fits; where the list cannot be had, an id the configuration names. */
  async function choose(
    what: string,
    listKey: string,
    fits: (label: Label) => boolean,
    configured: string | undefined,
  ): Promise<Reference> {
    const labels = await known(listKey)
    const raw = labels.find(fits)?.raw ?? (labels.length === 0 ? configured : undefined)
    if (raw !== undefined) return { id: numberOf(raw) }
    const names = labels.map(({ label }) => label).join(', ')
    throw new RefusedError(`DeskHero has no ${what}; its list ${listKey} has ${names || 'nothing that can be read'}`)
  }

  return {
    status: (wanted) =>
      choose(
        `status for ${wanted}`,
        listKeys.statuses,
        (label) => statusOf(label, settings) === wanted,
        idIn(statusMap, wanted),
      ),
    rawStatus: (raw) => choose(`status "${raw}"`, listKeys.statuses, isNamed(raw), /^\d+$/.test(raw) ? raw : undefined),
    priority: (wanted) =>
      choose(
        `priority for ${wanted}`,
        listKeys.priorities,
        (label) => priorityOf(label, settings, takeNotes(), '') === wanted,
        idIn(priorityMap, wanted),
      ),
    category: (label) => choose(`type "${label}"`, listKeys.types, isNamed(label), undefined),
    tag: async ({ externalId, name }) =>
      /^\d+$/.test(externalId)
        ? { id: numberOf(externalId) }
        : choose(`tag "${name}"`, listKeys.tags, isNamed(name), undefined),
  }
}

function isNamed(name: string): (label: Label) => boolean {
  const folded = name.trim().toLowerCase()
  return ({ raw, label }) => raw === name || label.trim().toLowerCase() === folded
}

function idIn(map: Record<string, string>, wanted: string): string | undefined {
  return Object.keys(map).find((key) => map[key] === wanted && /^\d+$/.test(key))
}

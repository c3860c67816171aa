/** DeskHero's enums and our words for them, and its free words for statuses and priorities. */
import type { Label } from '#connectors/contract.ts'
import { idOf, type Notes, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import type {
  AttachmentStatus,
  ConversationType,
  EmailAddressDirection,
  MessageDirection,
  TicketPriority,
  TicketStatus,
} from '#vocabulary.ts'
import type { Settings } from './settings.ts'
import type { WireColorReference } from './types.ts'

/** In the order of their numbers. Source: seed page, ENUM tables (SEEN). */
export const typeNames: ConversationType[] = [
  'UNKNOWN',
  'REPLY_INBOUND',
  'NOTE_PRIVATE',
  'NOTE_PUBLIC',
  'FORWARD',
  'REPLY_OUTBOUND',
  'SUGGESTED_REPLY',
]
export const directionNames: EmailAddressDirection[] = [
  'UNKNOWN',
  'FROM',
  'TO',
  'CC',
  'BCC',
  'FORWARDED_TO',
  'RESENT_FROM',
  'REPLY_TO',
]
export const attachmentStatusNames: AttachmentStatus[] = ['UNKNOWN', 'UNAVAILABLE', 'OK', 'WARNING', 'ERROR']

/** Whether enums travel as numbers or as names is not stated: both are read, numbers also as text. */
const byNumberOrName = <Word extends string>(names: Word[]): Record<string, Word> =>
  Object.fromEntries(
    names.flatMap((name, number) => [
      [String(number), name],
      [name, name],
    ]),
  )

export const typeOf = byNumberOrName(typeNames)
export const emailDirectionOf = byNumberOrName(directionNames)
export const attachmentStatusOf = byNumberOrName(attachmentStatusNames)

/** FORWARD and NOTE_PUBLIC are ASSUMED. What is not known, and what a machine proposes, is for agents only. */
export const sideOf: Record<ConversationType, { direction: MessageDirection; isInternal: boolean }> = {
  UNKNOWN: { direction: 'INTERNAL', isInternal: true },
  REPLY_INBOUND: { direction: 'INBOUND', isInternal: false },
  NOTE_PRIVATE: { direction: 'INTERNAL', isInternal: true },
  NOTE_PUBLIC: { direction: 'INTERNAL', isInternal: false },
  FORWARD: { direction: 'OUTBOUND', isInternal: false },
  REPLY_OUTBOUND: { direction: 'OUTBOUND', isInternal: false },
  SUGGESTED_REPLY: { direction: 'INTERNAL', isInternal: true },
}

/** Each tenant names its own statuses: these are the usual names (ASSUMED), letters and digits only. */
const statusByLabel = spread<TicketStatus>({
  NEW: 'new unassigned received',
  PENDING_INTERNAL:
    'open opened active assigned inprogress ongoing pendinginternal waitingforagent waitingforus reopened customerreplied',
  PENDING_EXTERNAL:
    'pending waiting pendingexternal waitingforcustomer waitingoncustomer waitingforreply awaitingreply awaitingcustomer answered replied',
  ON_HOLD: 'onhold hold paused parked snoozed postponed',
  RESOLVED: 'resolved closed solved done completed finished',
})
const priorityByLabel = spread<TicketPriority | null>({
  URGENT: 'urgent critical highest emergency blocker',
  HIGH: 'high important',
  NORMAL: 'normal medium standard default',
  LOW: 'low lowest minor',
  null: 'none nopriority notset',
})

/** Id → entry of a system list, for references that come as a bare id. */
export type Words = {
  statuses: ReadonlyMap<string, WireColorReference>
  priorities: ReadonlyMap<string, WireColorReference>
}
export const noWords: Words = { statuses: new Map(), priorities: new Map() }

/** The text of a label: a text, a number or an object with one text per language. */
export function labelOf(value: unknown, language = 'en'): string | null {
  const text = textOf(value)
  if (text !== null) return text
  const object = objectOf(value)
  if (!object) return null
  for (const key of [language, 'label', 'name', 'text', 'value', ...Object.keys(object)]) {
    const found = Object.hasOwn(object, key) ? labelOf(object[key], language) : null
    if (found !== null) return found
  }
  return null
}

/** A reference that came as an object, a bare id or a bare word. */
export function referenceOf(
  value: unknown,
  known: ReadonlyMap<string, WireColorReference>,
  language: string,
): Label | null {
  const bareId = idOf(value)
  const object = bareId === null ? objectOf(value) : null
  const id = bareId ?? idOf(object?.id)
  const entry = id === null ? undefined : known.get(id)
  const label =
    labelOf(object?.label, language) ?? labelOf(object?.name, language) ?? labelOf(entry?.label, language) ?? id
  if (label === null) return null
  return {
    raw: id ?? label,
    label,
    backgroundColor: textOf(object?.bg_color) ?? textOf(entry?.bg_color),
    textColor: textOf(object?.text_color) ?? textOf(entry?.text_color),
  }
}

/** An id as it is written: Int32 (SEEN), or text where it is no number. */
export function numberOf(id: string): number | string {
  return /^\d{1,15}$/.test(id) ? Number(id) : id
}

/** By `statusMap` (id, then label), else by the usual names. */
export function statusOf(label: Label | null, settings: Settings): TicketStatus {
  if (!label) return 'UNKNOWN'
  const own = wordOf(settings.statusMap, label.raw) ?? wordOf(settings.statusMap, label.label)
  return own ?? statusByLabel[lettersOf(label.label)] ?? 'UNKNOWN'
}

export function priorityOf(
  label: Label | null,
  settings: Settings,
  notes: Notes,
  externalId: string,
): TicketPriority | null {
  if (!label) return null
  const own = wordOf(settings.priorityMap, label.raw) ?? wordOf(settings.priorityMap, label.label)
  const priority = own ?? priorityByLabel[lettersOf(label.label)]
  if (priority === undefined) notes.unmapped('ticket', externalId, 'priority', { id: label.raw, label: label.label })
  return priority ?? null
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')
}

function spread<Word>(table: Record<string, string>): Record<string, Word> {
  const rows = Object.entries(table).flatMap(([word, labels]) =>
    labels.split(' ').map((label) => [label, word === 'null' ? null : word]),
  )
  return Object.assign(Object.create(null), Object.fromEntries(rows))
}

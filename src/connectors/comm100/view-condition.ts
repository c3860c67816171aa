/**
 * The condition of a view in our words, where it can be said exactly. Source: operators and `conditionMetType` from the
 * vendor's reference (SEEN); names of fields, of the expression and of its values ASSUMED.
 */
import type { Json, ViewFilter } from '#connectors/contract.ts'
import { guidOf, intOf, listOf, objectOf, textOf, timeOf, wordOf } from '#connectors/reading.ts'
import type { TicketStatus } from '#vocabulary.ts'
import { typeOnlyNamed } from './channels.ts'
import { priorities, statuses } from './ticket.ts'
import { filterOfExpression } from './view-expression.ts'

/** Null when a part of it cannot be said: a list that is nearly right would be worse than none. */
export function filterFrom(condition: Json | undefined, statusMap: Record<string, TicketStatus>): ViewFilter | null {
  const wire = objectOf(condition)
  if (!wire) return null
  const rows = listOf(wire.conditions).map((item) => {
    const row = objectOf(item)
    return { order: intOf(row?.order), filter: row && filterOfRow(row, statusMap) }
  })
  if (rows.length === 0 || rows.some(({ filter }) => !filter)) return null
  const filters = rows.map(({ filter }) => filter as ViewFilter)
  const byOrder = new Map(rows.map(({ order, filter }) => [order, filter as ViewFilter]))
  switch (textOf(wire.conditionMetType)) {
    case 'all':
      return { and: filters }
    case 'any':
      return { or: filters }
    case 'logicalExpression':
      return filterOfExpression(textOf(wire.logicalExpression) ?? '', (order) => byOrder.get(order) ?? null)
    default:
      return null
  }
}

type Row = Record<string, Json>

function filterOfRow({ field, operator, value }: Row, statusMap: Record<string, TicketStatus>): ViewFilter | null {
  const name = textOf(field)?.toLowerCase() ?? ''
  const known = wordOf(fields, name)
  return known ? known(textOf(operator) ?? '', value ?? null, statusMap) : null
}

type Translate = (operator: string, value: Json, statusMap: Record<string, TicketStatus>) => ViewFilter | null

const fields: Record<string, Translate> = {
  status: (operator, value, statusMap) => choice(operator, value, (words) => statusFilter(words, statusMap)),
  priority: (operator, value) =>
    choice(operator, value, (words) => {
      const known = words.map((word) => wordOf(priorities, word))
      return known.every((word) => word !== undefined) ? { priority: known } : null
    }),
  assignee,
  assigneeid: assignee,
  department,
  departmentassignee: department,
  departmentassigneeid: department,
  tag: tagged,
  tags: tagged,
  tagids: tagged,
  channel: byChannel,
  channelid: byChannel,
  subject: (operator, value) => {
    const text = textOf(value)
    if (!text || (operator !== 'contains' && operator !== 'notContains')) return null
    return positiveOrNot(operator === 'contains', { subjectContains: text })
  },
  createdtime: moment('createdAt'),
  lastupdatedtime: moment('updatedAt'),
  lastrepliedtime: moment('lastRepliedAt'),
}

// ------------------------------------------------------------------ operators

/** `is` one of some words, or not. */
function choice(operator: string, value: Json, filterOf: (words: string[]) => ViewFilter | null): ViewFilter | null {
  const isPositive = wordOf({ is: true, isOneOf: true, isNot: false, isNotIn: false }, operator)
  const words = (Array.isArray(value) ? value : [value]).map(textOf)
  if (isPositive === undefined || words.length === 0 || words.some((word) => word === null)) return null
  const filter = filterOf(words as string[])
  return filter && positiveOrNot(isPositive, filter)
}

const positiveOrNot = (isPositive: boolean, filter: ViewFilter): ViewFilter => (isPositive ? filter : { not: filter })

/** Both leave the moment itself out. */
function moment(field: 'createdAt' | 'updatedAt' | 'lastRepliedAt'): Translate {
  return (operator, value) => {
    const text = textOf(value)
    // Without an offset nobody knows whose midnight is meant.
    const at = text && text.length < 50 && /[Tt ].*(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text) ? timeOf(text) : null
    if (!at) return null
    if (operator === 'before') return { [field]: { to: at.toISOString() } }
    return operator === 'after' ? { [field]: { from: new Date(at.getTime() + 1).toISOString() } } : null
  }
}

// ------------------------------------------------------------------ fields

/** By our word while that means the same; where several of the vendor's words became one of ours, by the vendor's. */
function statusFilter(words: string[], statusMap: Record<string, TicketStatus>): ViewFilter | null {
  const table: Record<string, TicketStatus> = { ...statuses, ...statusMap }
  const meant = words.map((word) => wordOf(table, word))
  const status = meant.filter((word) => word !== undefined)
  if (status.length < words.length) return null
  // `closed` is an old name for `resolved`.
  const alike = Object.keys(table).filter((word) => word !== 'closed' && status.includes(table[word] as TicketStatus))
  return alike.every((word) => words.includes(word)) ? { status } : { rawStatus: words }
}

function assignee(operator: string, value: Json): ViewFilter | null {
  // The zero GUID stands for nobody.
  if (!Array.isArray(value) && textOf(value) !== null && guidOf(value) === null)
    return choice(operator, value, () => ({ isAssigned: false }))
  return choice(operator, value, (ids) => guids(ids, (externalIds) => ({ assigneeExternalIds: externalIds })))
}

function department(operator: string, value: Json): ViewFilter | null {
  return choice(operator, value, (ids) => guids(ids, (externalIds) => ({ departmentExternalIds: externalIds })))
}

function tagged(operator: string, value: Json): ViewFilter | null {
  const like = wordOf({ contains: 'is', notContains: 'isNot' }, operator) ?? operator
  return choice(like, value, (ids) => guids(ids, (externalIds) => ({ tagExternalIds: externalIds })))
}

function byChannel(operator: string, value: Json): ViewFilter | null {
  return choice(operator, value, (names) => {
    const types = names.map(typeOnlyNamed)
    return types.every((type) => type !== null) ? { channelTypes: types } : null
  })
}

const guidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A name or a word such as "me" is no id. */
function guids(ids: string[], filterOf: (externalIds: string[]) => ViewFilter): ViewFilter | null {
  const known = ids.map(guidOf)
  return known.every((id) => id !== null && guidText.test(id)) ? filterOf(known as string[]) : null
}

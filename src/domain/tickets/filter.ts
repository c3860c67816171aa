/** `TicketFilter`: what a list of tickets may be narrowed by. */
import { not, or, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { CustomFieldFilter, customFieldConditions } from '#domain/actors/custom-fields.ts'
import { ActorTypeEnum } from '#domain/actors/graphql.ts'
import { ChannelTypeEnum } from '#domain/channels/graphql.ts'
import { collectFilter, type Filter, type FilterCollector, noFilter } from '#platform/db/filter.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { DateTimeRange, type DateTimeRangeInput, dateRangeCondition } from '#platform/graphql/date-range.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import {
  type ActorType,
  type ChannelType,
  categoryOfStatus,
  type ReplyingAgentMode,
  replyingAgentModes,
  type SlaState,
  slaStates,
  type TicketPriority,
  type TicketStatus,
  type TicketStatusCategory,
  ticketPriorities,
  ticketStatusCategories,
  ticketStatuses,
  wordsOf,
} from '#vocabulary.ts'
import { groupings, TicketGroupByEnum, type TicketGrouping } from './grouping.ts'
import { addKeywords, mostKeywordMatches, mostOwnTickets } from './keywords.ts'
import { hasPublicAttachment, publicActivity } from './public-facts.ts'
import { isMerged, tickets } from './table.ts'
import { isUnreadFor, looksOf } from './unread.ts'

export const TicketStatusEnum = enumOf(
  'TicketStatus',
  'How far a ticket is, in words that hold for every help desk.',
  ticketStatuses,
)
export const TicketStatusCategoryEnum = enumOf(
  'TicketStatusCategory',
  'Who has to act next: the grouping every inbox needs.',
  ticketStatusCategories,
)
export const TicketPriorityEnum = enumOf('TicketPriority', 'How urgent a ticket is.', ticketPriorities)
export const ReplyingAgentModeEnum = enumOf('ReplyingAgentMode', 'Who answers in a ticket.', replyingAgentModes)
export const SlaStateEnum = enumOf('SlaState', 'How a promised time of answer stands.', slaStates)

type Ids = string[] | null
/** What a client may send. A field that is absent or null does not narrow. */
export type TicketFilterInput = {
  ids?: Ids
  backendIds?: Ids
  status?: TicketStatus[] | null
  statusCategory?: TicketStatusCategory[] | null
  rawStatus?: string[] | null
  priority?: TicketPriority[] | null
  assigneeIds?: Ids
  isAssigned?: boolean | null
  assignedToMe?: boolean | null
  departmentIds?: Ids
  requesterIds?: Ids
  requesterTypes?: ActorType[] | null
  channelTypes?: ChannelType[] | null
  channelAccountIds?: Ids
  tagIds?: Ids
  allTagIds?: Ids
  hasTags?: boolean | null
  isUnread?: boolean | null
  isReadByContact?: boolean | null
  hasDraft?: boolean | null
  hasAttachments?: boolean | null
  mentionsMe?: boolean | null
  hasUnreadMention?: boolean | null
  isFollowed?: boolean | null
  isRecycled?: boolean | null
  isMerged?: boolean | null
  isSpam?: boolean | null
  isVanished?: boolean | null
  isSnoozed?: boolean | null
  replyingAgentMode?: ReplyingAgentMode[] | null
  contactLanguages?: string[] | null
  keywords?: string | null
  subjectContains?: string | null
  slaState?: SlaState[] | null
  without?: TicketGrouping[] | null
  createdAt?: DateTimeRangeInput | null
  updatedAt?: DateTimeRangeInput | null
  lastRepliedAt?: DateTimeRangeInput | null
  lastActivityAt?: DateTimeRangeInput | null
  resolvedAt?: DateTimeRangeInput | null
  waitingSince?: DateTimeRangeInput | null
  customFields?: (typeof CustomFieldFilter.$inferInput)[] | null
  and?: TicketFilterInput[] | null
  or?: TicketFilterInput[] | null
  not?: TicketFilterInput | null
}

export const TicketFilterRef = builder.inputRef<TicketFilterInput>('TicketFilter').implement({
  description: 'All given fields must match; of a list, any. Use `and`, `or`, `not` for the rest.',
  fields: (t) => ({
    ids: t.idList({ description: 'Any of these tickets.' }),
    backendIds: t.idList({ description: 'Of any of these help desks.' }),
    status: t.field({ type: [TicketStatusEnum], description: 'In any of these states.' }),
    statusCategory: t.field({ type: [TicketStatusCategoryEnum], description: 'In any of these groups of states.' }),
    rawStatus: t.stringList({
      description: "In any of these states, in the help desk's own words (`statusDetail.raw`).",
    }),
    priority: t.field({ type: [TicketPriorityEnum], description: 'Of any of these priorities.' }),
    assigneeIds: t.idList({ description: 'Assigned to any of these agents or bots.' }),
    isAssigned: t.boolean({ description: 'Whether somebody has it.' }),
    assignedToMe: t.boolean({ description: 'Whether the viewer has it; nothing is assigned to a program.' }),
    departmentIds: t.idList({ description: 'Assigned to any of these departments.' }),
    requesterIds: t.idList({ description: 'Asked by any of these.' }),
    requesterTypes: t.field({ type: [ActorTypeEnum], description: 'Asked by any of these kinds of actors.' }),
    channelTypes: t.field({ type: [ChannelTypeEnum], description: 'On any of these kinds of channels.' }),
    channelAccountIds: t.idList({ description: 'On any of these accounts.' }),
    tagIds: t.idList({ description: 'With any of these tags.' }),
    allTagIds: t.idList({ description: 'With all of these tags.' }),
    hasTags: t.boolean({ description: 'Whether it has tags.' }),
    isUnread: t.boolean({
      description:
        'Whether it is unread for the viewer: for an agent after their own last look, for a contact after theirs; for a program, whether no agent has read it.',
    }),
    isReadByContact: t.boolean({ description: 'Whether the contact has read everything.' }),
    hasDraft: t.boolean({ description: 'Whether somebody has begun an answer.' }),
    hasAttachments: t.boolean({ description: 'Whether there are files.' }),
    mentionsMe: t.boolean({
      description: 'Whether the viewer is named in a note; for a program, whether anybody is.',
    }),
    hasUnreadMention: t.boolean({
      description: 'Whether the viewer is named in a note and has not read it; for a program, whether anybody has not.',
    }),
    isFollowed: t.boolean({ description: 'Whether the viewer follows it; a program follows nothing.' }),
    isRecycled: t.boolean({ description: 'Default false: the recycle bin is left out unless asked for.' }),
    isMerged: t.boolean({ description: 'Default false: tickets merged into others are left out.' }),
    isSpam: t.boolean({ description: 'Default false: spam is left out.' }),
    isVanished: t.boolean({ description: 'Default false: tickets that the help desk has no more are left out.' }),
    isSnoozed: t.boolean({ description: 'Whether it is parked until a later moment.' }),
    replyingAgentMode: t.field({ type: [ReplyingAgentModeEnum], description: 'Answered in any of these ways.' }),
    contactLanguages: t.field({ type: ['Locale'], description: 'Of any of these languages of the contact.' }),
    keywords: t.string({
      description: `A ticket number, or words that all stand in the subject or in one message, in the forms that \`search\` takes them in. Of subjects and of messages the newest ${mostKeywordMatches} that fit count; inside \`not\`, and where tickets are selected for a change, all. Of a customer the latest ${mostOwnTickets} tickets are looked at.`,
    }),
    subjectContains: t.string({ description: 'With this text anywhere in the subject, whatever its case.' }),
    slaState: t.field({ type: [SlaStateEnum], description: 'With a promised time of answer that stands like this.' }),
    without: t.field({
      type: [TicketGroupByEnum],
      description:
        'In no group by any of these: `[ASSIGNEE]` are the unassigned ones, `[PRIORITY, TAG]` those that have neither priority nor tag.',
    }),
    createdAt: t.field({ type: DateTimeRange, description: 'When it was opened.' }),
    updatedAt: t.field({ type: DateTimeRange, description: 'When it last changed.' }),
    lastRepliedAt: t.field({ type: DateTimeRange, description: 'When it was last answered.' }),
    lastActivityAt: t.field({ type: DateTimeRange, description: 'When something last happened.' }),
    resolvedAt: t.field({ type: DateTimeRange, description: 'When it was resolved.' }),
    waitingSince: t.field({ type: DateTimeRange, description: 'Since when the requester has been waiting.' }),
    customFields: t.field({ type: [CustomFieldFilter], description: 'All of these must match.' }),
    and: t.field({ type: [TicketFilterRef], description: 'All of these must match too.' }),
    or: t.field({ type: [TicketFilterRef], description: 'At least one of these must match.' }),
    not: t.field({ type: TicketFilterRef, description: 'This must not match.' }),
  }),
})

const allStatuses = wordsOf(ticketStatuses)
const maxDepth = 5
const maxParts = 50
const maxListLength = 1000
/** Left out unless a filter mentions them anywhere. */
const hiddenByDefault = ['isRecycled', 'isMerged', 'isSpam', 'isVanished'] as const

type BothWays = { is: SQL; isNot: SQL }
const bothWays = (condition: SQL): BothWays => ({ is: condition, isNot: not(condition) })
/** What is either so or not. Made once: for each list anew they were a tenth of the CPU of an inbox page (Q1). */
const flags = {
  isAssigned: bothWays(sql`${tickets.assigneeId} is not null`),
  isReadByContact: bothWays(sql`${tickets.isReadByContact}`),
  hasDraft: bothWays(sql`${tickets.hasDraft}`),
  hasAttachments: bothWays(sql`${tickets.attachmentCount} > 0`),
  isRecycled: bothWays(sql`${tickets.isRecycled}`),
  isMerged: bothWays(isMerged),
  isSpam: bothWays(sql`${tickets.isSpam}`),
  isVanished: bothWays(sql`${tickets.vanishedAt} is not null`),
}
const hasPublicFiles = bothWays(hasPublicAttachment)

/** What a statement has worked out for each ticket already, so that no condition has to do it again. */
export type KnownOfTicket = {
  isShown: SQL
  isUnread: SQL
}

type FilterOptions = {
  /** Who "me" is; without one, `assignedToMe`, `mentionsMe` and `isFollowed` are refused. */
  viewer?: Viewer
  /** Keeps the values of several filters of one statement apart. */
  prefix?: string | undefined
  /** Where the client gave it, for messages. */
  path?: string
  known?: KnownOfTicket | undefined
  /** Whether all that fits `keywords` counts, however much: where something is done to what fits. */
  isWhole?: boolean | undefined
}

/** The filter as a statement's condition. */
export function ticketFilter(input: TicketFilterInput, now: Date, options: FilterOptions = {}): Filter {
  const { viewer, prefix, path = 'filter', known, isWhole = false } = options
  const collector = collectFilter(prefix)
  const place: Place = { path, depth: 0, parts: { left: maxParts }, now, viewer, known, isWhole }
  addConditions(input, collector, place)
  const unmentioned = hiddenByDefault.filter((field) => !mentions(input, field))
  if (known && unmentioned.length === hiddenByDefault.length) collector.add('shown', known.isShown)
  else for (const field of unmentioned) collector.add(`${field} false`, flags[field].isNot)
  return collector.done()
}

function mentions(input: TicketFilterInput, field: keyof TicketFilterInput): boolean {
  return (
    input[field] != null ||
    [...(input.and ?? []), ...(input.or ?? []), ...(input.not ? [input.not] : [])].some((part) => mentions(part, field))
  )
}

/** What a viewer may see at all: a contact only what they asked. */
export function ticketsVisibleTo({ role, actorId }: Viewer): Filter {
  if (role !== 'CONTACT') return noFilter
  const collector = collectFilter('visible')
  if (actorId) collector.add('asked by viewer', sql`${tickets.requesterId} = ${collector.value(actorId)}`)
  else collector.add('nothing', sql`false`)
  return collector.done()
}

/** Whose mentions concern a viewer. A program stands for all agents; who reads no notes is named in none. */
export function mentionsConcerning(viewer: Viewer): 'OWN' | 'ALL' | 'NONE' {
  if (sightOf(viewer) !== 'ALL') return 'NONE'
  return viewer.actorId ? 'OWN' : 'ALL'
}

/** `parts`: how many more parts of and, or, not the whole filter may have. */
type Place = {
  path: string
  depth: number
  parts: { left: number }
  now: Date
  viewer: Viewer | undefined
  known: KnownOfTicket | undefined
  isWhole: boolean
}

function addConditions(input: TicketFilterInput, collector: FilterCollector, place: Place): void {
  const { path, depth, parts, now, viewer, known, isWhole } = place
  const { add, value } = collector
  const isContact = viewer?.role === 'CONTACT'
  if (depth > maxDepth) throw badInput(path, `expected at most ${maxDepth} levels of and, or, not`)

  for (const [field, list] of Object.entries(input)) {
    if (viewer?.role === 'CONTACT' && list != null && !isForContacts(field, list))
      throw forbidden(`${path}.${field}: not for a contact`)
    if (Array.isArray(list) && list.length > maxListLength)
      throw badInput(`${path}.${field}`, `expected at most ${maxListLength} values, got ${list.length}`)
  }

  const anyOf = (field: string, column: PgColumn | SQL, list: readonly unknown[] | null | undefined) => {
    // One value is the common case, and for it Postgres takes the index that has the order too.
    if (list?.length === 1) add(`${field}=`, sql`${column} = ${value(list[0])}`)
    else if (list) add(field, sql`${column} = any(${value(list)})`)
  }
  const ids = (field: keyof TicketFilterInput, ...types: string[]) => {
    const given = input[field] as Ids | undefined
    return given && idsFrom(`${path}.${field}`, given, ...types)
  }
  const flag = (field: keyof typeof flags, { is, isNot } = flags[field]) => {
    const given = input[field]
    if (given != null) add(`${isContact ? 'public ' : ''}${field} ${given}`, given ? is : isNot)
  }
  const me = (field: keyof TicketFilterInput): Viewer => {
    if (!viewer) throw badInput(`${path}.${field}`, 'cannot be used in this list')
    return viewer
  }
  const range = (field: keyof TicketFilterInput, column: PgColumn | SQL) => {
    const given = input[field] as DateTimeRangeInput | null | undefined
    if (given) dateRangeCondition(isContact ? `public ${field}` : field, column, given, collector, now)
  }

  anyOf('ids', tickets.id, ids('ids', 'Ticket'))
  anyOf('backendIds', tickets.backendId, ids('backendIds', 'Backend'))
  const inStates = (field: string, wanted: TicketStatus[] | null | undefined) => {
    const others = known && wanted && allStatuses.filter((status) => !wanted.includes(status))
    // Asked of each of many rows: the shorter list is the quicker one.
    if (others && others.length < wanted.length) {
      if (others.length === 1) add(`${field}<>`, sql`${tickets.status} <> ${value(others[0])}`)
      else add(`not ${field}`, sql`${tickets.status} <> all(${value(others)})`)
    } else anyOf(field, tickets.status, wanted)
  }
  inStates('status', input.status)
  inStates(
    'statusCategory',
    input.statusCategory && allStatuses.filter((status) => input.statusCategory?.includes(categoryOfStatus[status])),
  )
  anyOf('rawStatus', sql`${tickets.statusDetail} ->> 'raw'`, input.rawStatus)
  anyOf('priority', tickets.priority, input.priority)
  anyOf('assigneeIds', tickets.assigneeId, ids('assigneeIds', 'Agent', 'Bot'))
  flag('isAssigned')
  if (input.assignedToMe != null) {
    const isPerson = me('assignedToMe').role !== 'CONTACT' && viewer?.actorId
    const isMine = isPerson ? sql`coalesce(${tickets.assigneeId} = ${value(viewer.actorId)}, false)` : sql`false`
    add(`${isPerson ? '' : 'nobody '}assignedToMe ${input.assignedToMe}`, input.assignedToMe ? isMine : not(isMine))
  }
  anyOf('departmentIds', tickets.departmentId, ids('departmentIds', 'Department'))
  anyOf('requesterIds', tickets.requesterId, ids('requesterIds', 'Contact', 'Agent', 'Bot', 'SystemActor'))
  if (input.requesterTypes)
    add(
      'requesterTypes',
      sql`exists (select from actors a where a.workspace_id = ${tickets.workspaceId} and a.id = ${tickets.requesterId} and a.type = any(${value(input.requesterTypes)}))`,
    )
  if (input.channelTypes)
    add(
      'channelTypes',
      sql`${tickets.channelId} in (select c.id from channels c where c.workspace_id = ${sql.placeholder('workspaceId')} and c.type = any(${value(input.channelTypes)}))`,
    )
  anyOf('channelAccountIds', tickets.channelAccountId, ids('channelAccountIds', 'ChannelAccount'))

  const tagIds = ids('tagIds', 'Tag')
  if (tagIds && known && tagIds.length === 1) add('tagIds=', sql`${value(tagIds[0])}::uuid = any(${tickets.tagIds})`)
  else if (tagIds) add('tagIds', hasAnyTag(value(tagIds), known))
  const allTagIds = ids('allTagIds', 'Tag')
  if (allTagIds) add('allTagIds', hasAllTags(value(allTagIds), known))
  if (input.hasTags != null) {
    const hasTags = sql`${tickets.tagIds} <> '{}'`
    add(`hasTags ${input.hasTags}`, input.hasTags ? hasTags : not(hasTags))
  }

  if (input.isUnread != null) {
    const whose = viewer?.role === 'CONTACT' ? 'contact' : viewer && looksOf(viewer) ? 'agent' : 'anybody'
    const isUnread =
      known?.isUnread ?? (viewer ? isUnreadFor(viewer, value(viewer.actorId)) : sql`not ${tickets.isReadByAgent}`)
    add(`isUnread for ${whose} ${input.isUnread}`, input.isUnread ? isUnread : not(isUnread))
  }
  flag('isReadByContact')
  // What is begun is the agents' own.
  if (viewer?.role === 'CONTACT' && input.hasDraft != null)
    add(`hasDraft for contact ${input.hasDraft}`, input.hasDraft ? sql`false` : sql`true`)
  else if (viewer && sightOf(viewer) !== 'ALL' && input.hasDraft != null)
    add(`hasDraft but notes ${input.hasDraft}`, input.hasDraft ? hasDraftButNotes : not(hasDraftButNotes))
  else flag('hasDraft')
  flag('hasAttachments', isContact ? hasPublicFiles : flags.hasAttachments)
  const mentioned = (field: 'mentionsMe' | 'hasUnreadMention', concerned: Viewer | undefined, condition: SQL) => {
    const given = input[field]
    if (given == null) return
    const whose = concerned ? mentionsConcerning(concerned) : 'ALL'
    const isTheirs =
      whose === 'OWN' ? sql`m.agent_id = ${value(concerned?.actorId)}` : whose === 'ALL' ? sql`true` : sql`false`
    // Few of them, so they are gathered once, not looked up ticket by ticket.
    const isNamed = sql`${tickets.id} in (select m.ticket_id from mentions m
      where m.workspace_id = ${sql.placeholder('workspaceId')} and ${condition} and ${isTheirs})`
    add(`${field} ${whose} ${given}`, given ? isNamed : not(isNamed))
  }
  if (input.mentionsMe != null) mentioned('mentionsMe', me('mentionsMe'), sql`true`)
  mentioned('hasUnreadMention', viewer, sql`not m.is_read`)
  if (input.isFollowed != null) {
    const actorId = looksOf(me('isFollowed'))
    const isFollowed = actorId
      ? sql`${tickets.id} in (select f.ticket_id from ticket_followers f
          where f.workspace_id = ${sql.placeholder('workspaceId')} and f.actor_id = ${value(actorId)})`
      : sql`false`
    add(`${actorId ? '' : 'nobody '}isFollowed ${input.isFollowed}`, input.isFollowed ? isFollowed : not(isFollowed))
  }
  for (const field of hiddenByDefault) flag(field)
  if (input.isSnoozed != null) {
    const snoozed = sql`coalesce(${tickets.snoozedUntil} > ${value(now.toISOString())}::timestamptz, false)`
    add(`isSnoozed ${input.isSnoozed}`, input.isSnoozed ? snoozed : not(snoozed))
  }
  anyOf('replyingAgentMode', tickets.replyingAgentMode, input.replyingAgentMode)
  anyOf('contactLanguages', tickets.contactLanguage, input.contactLanguages)
  if (input.keywords?.trim()) addKeywords(input.keywords, { path: `${path}.keywords`, viewer, isWhole }, collector)
  if (input.subjectContains)
    add(
      'subjectContains',
      sql`${tickets.subject} ilike ${value(`%${literalPattern(`${path}.subjectContains`, input.subjectContains)}%`)}`,
    )
  anyOf('slaState', tickets.slaState, input.slaState)
  for (const grouping of input.without ?? []) add(`without ${grouping}`, groupings[grouping].isInNone)
  range('createdAt', tickets.createdAt)
  range('updatedAt', isContact ? publicActivity : tickets.updatedAt)
  range('lastRepliedAt', tickets.lastRepliedAt)
  range('lastActivityAt', isContact ? publicActivity : tickets.lastActivityAt)
  range('resolvedAt', tickets.resolvedAt)
  range('waitingSince', tickets.waitingSince)
  customFieldConditions(tickets.customFields, input.customFields ?? [], collector, `${path}.customFields`)

  const nested = (part: TicketFilterInput, name: string) => {
    collector.nest()
    if (parts.left-- <= 0) throw badInput('filter', `expected at most ${maxParts} parts of and, or, not`)
    const inner = collectFilter()
    const own: FilterCollector = { ...inner, value, nest: collector.nest }
    // What is left out of a part that must not match would match.
    const isWholePart = isWhole || name === 'not'
    addConditions(part, own, { ...place, path: `${path}.${name}`, depth: depth + 1, isWhole: isWholePart })
    return inner.part()
  }
  for (const each of input.and ?? []) {
    const { shape, condition } = nested(each, 'and')
    add(`and(${shape})`, condition)
  }
  if (input.or) {
    const alternatives = input.or.map((each) => nested(each, 'or'))
    const isAny = or(...alternatives.map(({ condition }) => sql`(${condition})`)) ?? sql`false`
    add(`or(${alternatives.map(({ shape }) => shape).join('|')})`, isAny)
  }
  if (input.not) {
    const { shape, condition } = nested(input.not, 'not')
    add(`not(${shape})`, sql`not coalesce((${condition}), false)`)
  }
}

/** What is hidden from customers is no filter for them either: it would tell by what it leaves out. False is the default. */
const hiddenFields: ReadonlySet<string> = new Set<keyof TicketFilterInput>([
  'assigneeIds',
  'isAssigned',
  'departmentIds',
  'tagIds',
  'allTagIds',
  'hasTags',
  'isSnoozed',
  'slaState',
  'replyingAgentMode',
  'customFields',
  'without',
  'isSpam',
  'isVanished',
])
function isForContacts(field: string, given: unknown): boolean {
  return !hiddenFields.has(field) || (given === false && hiddenByDefault.some((hidden) => hidden === field))
}

/** What is begun, but for private notes; a help desk may say that there is something and not what. */
const draftOfTicket = sql`select from drafts d where d.workspace_id = ${tickets.workspaceId} and d.ticket_id = ${tickets.id}`
const hasDraftButNotes = sql`(${tickets.hasDraft} and (not exists (${draftOfTicket})
  or exists (${draftOfTicket} and d.type <> 'NOTE_PRIVATE')))`

const tagged = (condition: SQL) =>
  sql`exists (select from ticket_tags tt where tt.workspace_id = ${tickets.workspaceId} and tt.ticket_id = ${tickets.id} and ${condition})`

// Among few tickets their own rows tell; from many the index of the tag picks.
function hasAnyTag(wanted: SQL, known: KnownOfTicket | undefined): SQL {
  return known ? sql`${tickets.tagIds} && ${wanted}::uuid[]` : tagged(sql`tt.tag_id = any(${wanted})`)
}

function hasAllTags(wanted: SQL, known: KnownOfTicket | undefined): SQL {
  if (known) return sql`${tickets.tagIds} @> ${wanted}::uuid[]`
  return sql`not exists (select from unnest(${wanted}::uuid[]) wanted(id) where not ${tagged(sql`tt.tag_id = wanted.id`)})`
}

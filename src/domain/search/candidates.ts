/**
 * What fits a search, of each kind in one statement: the newest that fit are candidates, these get a score, and a page of the
 * best is given with how many there are. A score only looks at what does not change by itself, so pages continue.
 */
import { type SQL, sql } from 'drizzle-orm'
import { actors, wordsOfPerson } from '#domain/actors/table.ts'
import { isSeen, messages, wordsOfMessage } from '#domain/messages/table.ts'
import { tickets, wordsOfTicket } from '#domain/tickets/table.ts'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { mostCandidates, queryIn, wasImpatient, windowsOf } from '#platform/search/query.ts'
import { numbersIn } from '#platform/search/words.ts'

/** In the order in which equals stand. */
export const kinds = ['CONTACT', 'TICKET', 'MESSAGE'] as const
export type Kind = (typeof kinds)[number]

export type Candidate = { kind: Kind; id: string; score: number }
export type Candidates = { rows: Candidate[]; count: number; isCapped: boolean }

export type Wanted = {
  /** Of the words; '' when only numbers and addresses are looked for. */
  template: string
  /** What was typed, for what is known by just that. */
  whole: string
  /** Patterns of `search_plain`, for what stood in quotes; null for nothing. */
  phrases: string[] | null
  /** How much of a full score words are worth: less for those that were not typed so. */
  weight: number
  /** Which tickets, also those of messages and contacts. */
  tickets: Filter
  /** Whether contacts have to have one of these tickets. */
  isNarrowed: boolean
  /** The tickets it may only be among, when they are few. */
  among: string[] | null
  size: number
  after: Candidate | null
}

const workspace = sql.placeholder('workspaceId')
const cap = sql.raw(String(mostCandidates))
const reached = (name: string) => sql`(select count(*) >= ${cap} from ${sql.identifier(name)})`

/** The best candidates of a kind beyond a position, one more than the size to tell whether there is more. */
export async function candidatesOf(context: GraphContext, kind: Kind, wanted: Wanted): Promise<Candidates> {
  const collector = collectFilter('search')
  const { value } = collector
  const { head, matched, isCapped, isEmpty } = sources[kind](context, wanted, value)
  if (isEmpty) return { rows: [], count: 0, isCapped: false }
  const beyond = positionFor(kind, wanted.after)
  const hits = sql`(
    ${head}, matched as materialized (${matched}),
    hits as (select id, max(score) as score, count(*) over () as count from matched group by id)
    select (select json_agg(json_build_array(id, score)) from (select id, score from hits
        where ${beyond ? sql`(score, id) < (${value(beyond.score)}::float8, ${value(beyond.id)}::uuid)` : sql`true`}
        order by score desc, id desc limit ${value(wanted.size + 1)}) page) as rows,
      (select count from hits limit 1) as count,
      ${isCapped ?? reached('matched')} as is_capped
  ) as found`
  const [row] = await context.db
    .select({
      rows: sql<[string, number][] | null>`found.rows`,
      count: sql<number | null>`found.count`,
      isCapped: sql<boolean>`found.is_capped`,
    })
    .from(hits)
    .prepare('')
    .execute({ workspaceId: context.workspaceId, ...collector.done().values, ...wanted.tickets.values })
  const rows = (row?.rows ?? []).map(([id, score]) => ({ kind, id, score }))
  return { rows, count: Number(row?.count ?? 0), isCapped: row?.isCapped ?? false }
}

/** Kinds come one after the other among equals; an id beyond all others or before all says so. */
function positionFor(kind: Kind, after: Candidate | null): { score: number; id: string } | null {
  if (!after) return null
  const difference = kinds.indexOf(kind) - kinds.indexOf(after.kind)
  const edge = difference > 0 ? 'ffffffff-ffff-ffff-ffff-ffffffffffff' : '00000000-0000-0000-0000-000000000000'
  return { score: after.score, id: difference === 0 ? after.id : edge }
}

type Value = (given: unknown) => SQL
type Source = { head: SQL; matched: SQL; isCapped?: SQL; isEmpty?: boolean }
const sources: Record<Kind, (context: GraphContext, wanted: Wanted, value: Value) => Source> = {
  TICKET: ticketSource,
  MESSAGE: messageSource,
  CONTACT: contactSource,
}

const nothing: Source = { head: sql``, matched: sql``, isEmpty: true }
const noHead = sql`with nothing as (select 1)`

/** From 0 for 2001 to 1 for 2033: the newer of two that fit alike comes first, today and tomorrow. */
const recency = (at: SQL) => sql`least(1, greatest(0, (extract(epoch from ${at})::float8 - 1e9) / 1e9))`
/** How much of a text is what was typed. */
const share = (typed: SQL, text: SQL) => sql`least(1, ${typed}::float8 / greatest(length(${text}), 1))`

function phraseCondition(phrases: string[] | null, text: SQL, value: Value): SQL {
  return phrases ? sql` and ' ' || search_plain(${text}) || ' ' like all(${value(phrases)}::text[])` : sql``
}

function ticketSource(_context: GraphContext, wanted: Wanted, value: Value): Source {
  const { template, whole, weight, among, phrases } = wanted
  const fits = sql`tickets.workspace_id = ${workspace} and ${wanted.tickets.where() ?? sql`true`}`
  const number = sql`select tickets.id, 1::float8 as score from tickets
    where ${fits} and tickets.number = any(${value(numbersIn(whole))}::text[])`
  if (template === '') return { head: noHead, matched: sql`(${number} limit ${cap})` }
  const words = sql`${value(template)}`
  const score = sql`${value(weight)}::float8 * (0.4 + 0.3 * ${share(value(whole.length), sql`tickets.subject`)}
    + 0.2 * ${recency(sql`tickets.created_at`)})`
  const phrase = phraseCondition(phrases, sql`tickets.number || ' ' || tickets.subject`, value)
  if (among) {
    const query = queryIn(sql`search_bucket(tickets.workspace_id, tickets.created_at)`, words)
    return {
      head: noHead,
      matched: sql`(${number}) union all (select tickets.id, ${score} from tickets where ${fits}
        and tickets.id = any(${value(among)}::uuid[]) and ${wordsOfTicket(tickets)} @@ ${query}${phrase})`,
    }
  }
  // Apart from each other, or Postgres reads all tickets of a state anew for every week.
  return {
    head: windowsOf('tickets', 'created_at', words, { isHurried: true }),
    matched: sql`(${number}) union all (select fitting.id, fitting.score from windows cross join lateral (
      select tickets.id, ${score} as score from (
        select tickets.id from searchable_tickets tickets where ${wordsOfTicket(tickets)} @@ windows.query${phrase} offset 0) named
      join tickets on tickets.id = named.id
      where ${fits} order by tickets.created_at desc limit ${cap}) fitting limit ${cap})`,
    isCapped: sql`${reached('matched')} or ${wasImpatient}`,
  }
}

function messageSource({ viewer }: GraphContext, wanted: Wanted, value: Value): Source {
  const { template, weight, among, phrases } = wanted
  if (template === '') return nothing
  const words = sql`${value(template)}`
  // Suggested replies and lines of the help desk itself were said by nobody; notes are not for customers.
  const isSaid = sql`messages.type <> 'SUGGESTED_REPLY' and messages.direction <> 'SYSTEM' and not messages.is_deleted${
    sightOf(viewer) === 'ALL' ? sql`` : sql` and ${isSeen[sightOf(viewer)]}`
  }${phraseCondition(phrases, sql`coalesce(messages.subject || ' ', '') || messages.body_text`, value)}`
  const score = sql`${value(weight)}::float8 * (0.3 + 0.3 * ${recency(sql`said.at`)})`
  const ofTicket = sql`cross join lateral (select from tickets where tickets.workspace_id = ${workspace}
    and tickets.id = said.ticket_id and ${wanted.tickets.where() ?? sql`true`} offset 0) seen`
  if (among) {
    const query = queryIn(sql`search_bucket(messages.workspace_id, messages.at)`, words)
    return {
      head: noHead,
      matched: sql`select said.id, ${score} as score from (
        select messages.id, messages.at, messages.ticket_id from messages where messages.workspace_id = ${workspace}
          and messages.ticket_id = any(${value(among)}::uuid[]) and ${isSaid} and ${wordsOfMessage(messages)} @@ ${query}
        order by messages.at desc offset 0) said ${ofTicket} limit ${cap}`,
    }
  }
  return {
    head: windowsOf('messages', 'at', words, { isHurried: true }),
    matched: sql`select said.id, ${score} as score from windows cross join lateral (
      select messages.id, messages.at, messages.ticket_id, messages.workspace_id from searchable_messages messages
      where ${wordsOfMessage(messages)} @@ windows.query and ${isSaid}
      order by messages.at desc offset 0) said ${ofTicket} where said.workspace_id = ${workspace} limit ${cap}`,
    isCapped: sql`${reached('matched')} or ${wasImpatient}`,
  }
}

function contactSource({ viewer }: GraphContext, wanted: Wanted, value: Value): Source {
  const { template, whole, weight, phrases } = wanted
  const isUnasked = viewer.role === 'CONTACT' ? !viewer.actorId : !viewer.scopes.has('CONTACTS_READ')
  if (isUnasked) return nothing
  const own = viewer.role === 'CONTACT' ? sql` and actors.id = ${value(viewer.actorId)}` : sql``
  const narrowed = wanted.isNarrowed
    ? sql` where exists (select from tickets where tickets.workspace_id = ${workspace}
        and tickets.requester_id = named.id and ${wanted.tickets.where() ?? sql`true`})`
    : sql``
  const fits = sql`actors.workspace_id = ${workspace} and actors.type in ('CONTACT', 'VISITOR')
    and actors.merged_into_id is null${own}`
  const known = value(whole)
  const exact = [
    sql`lower(actors.email) = lower(${known})`,
    sql`actors.phone = ${known}`,
    sql`actors.identifier = ${known}`,
  ].map(
    (condition) =>
      sql`(select actors.id, 1::float8 as score from searchable_actors actors where ${fits} and ${condition} limit 100)`,
  )
  const score = sql`${value(weight)}::float8 * (0.5 + 0.4 * ${share(value(whole.length), sql`actors.display_name`)})`
  const query = queryIn(sql`search_bucket(${workspace}, to_timestamp(0))`, sql`${value(template)}`)
  const phrase = phraseCondition(phrases, sql`actors.display_name`, value)
  const byWords = sql`(select actors.id, ${score} from searchable_actors actors
    where ${wordsOfPerson(actors)} @@ ${query} and ${fits}${phrase} limit ${cap})`
  const parts = template === '' ? exact : [...exact, byWords]
  return {
    head: sql`with named as materialized (${sql.join(parts, sql` union all `)})`,
    matched: sql`select named.id, named.score from named${narrowed}`,
    isCapped: reached('named'),
  }
}

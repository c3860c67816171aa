/** `TicketFilter.keywords`: the tickets that `search` finds, by themselves or by a message. It only selects; `search` ranks. */
import { type SQL, sql } from 'drizzle-orm'
import type { FilterCollector } from '#platform/db/filter.ts'
import { sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import { queryIn, templateOf, windowsOf } from '#platform/search/query.ts'
import { numbersIn, patternsOf, searchTextOf } from '#platform/search/words.ts'
import { isReadable } from './public-facts.ts'
import { wordsOfTicket } from './table.ts'

/**
 * Of each, the newest that fit; more than `search` ranks, since a list has other conditions beside. Looked for without
 * hurry: the pages and counts of a list have to agree.
 */
export const mostKeywordMatches = 5000
/** A customer's own tickets are looked at one by one. */
export const mostOwnTickets = 100

type Collector = Pick<FilterCollector, 'add' | 'value'>
type Options = {
  /** Where the client gave them, for messages. */
  path: string
  viewer: Viewer | undefined
  /** Whether all count, however many: where a match that is left out would do harm. */
  isWhole: boolean
}

/**
 * A ticket number, words of the subject, or words of a message. The subqueries do not look at the row outside: they run
 * once, each on an index of its own and no longer than a search.
 */
export function addKeywords(keywords: string, { path, viewer, isWhole }: Options, { add, value }: Collector) {
  const text = searchTextOf(path, keywords)
  const numbers = sql`select n.id from tickets n where n.workspace_id = ${workspace}
    and n.number = any(${value(numbersIn(text.whole))}::text[])`
  const patterns = patternsOf(text)
  const isContact = viewer?.role === 'CONTACT'
  const sight = viewer ? sightOf(viewer) : 'ALL'
  const parts = [numbers]
  if (text.words.length > 0) {
    const given: Given = {
      template: value(templateOf(text.words)),
      patterns: patterns && sql`${value(patterns)}::text[]`,
      isSeen: sight === 'ALL' ? sql`true` : isReadable[sight],
      ownerId: isContact ? sql`${value(viewer.actorId)}::uuid` : null,
      limit: isWhole ? sql`` : sql`limit ${sql.raw(String(mostKeywordMatches))}`,
    }
    parts.push(bySubject(given), byMessage(given))
  }
  const name = `keywords ${parts.length} ${patterns ? 'just so ' : ''}${sight}${isWhole ? ' whole' : ''}`
  add(
    name,
    sql`tickets.id in (${sql.join(
      parts.map((part) => sql`(${part})`),
      sql` union all `,
    )})`,
  )
}

type Given = { template: SQL; patterns: SQL | null; isSeen: SQL; ownerId: SQL | null; limit: SQL }
const workspace = sql.placeholder('workspaceId')
const own = (ownerId: SQL) => sql`select o.id from tickets o where o.workspace_id = ${workspace}
  and o.requester_id = ${ownerId} order by o.last_activity_at desc limit ${sql.raw(String(mostOwnTickets))}`
const isJustSo = (patterns: SQL | null, text: SQL) =>
  patterns ? sql` and ' ' || search_plain(${text}) || ' ' like all(${patterns})` : sql``

function bySubject({ template, patterns, ownerId, limit }: Given): SQL {
  const words = wordsOfTicket(
    columnsOf('s', { workspaceId: 'workspace_id', createdAt: 'created_at', number: 'number', subject: 'subject' }),
  )
  const justSo = isJustSo(patterns, sql`s.number || ' ' || s.subject`)
  if (ownerId)
    return sql`select s.id from tickets s where s.workspace_id = ${workspace} and s.id in (${own(ownerId)})
      and ${words} @@ ${queryIn(sql`search_bucket(s.workspace_id, s.created_at)`, template)}${justSo}`
  return sql`${windowsOf('tickets', 'created_at', template, { isHurried: false })}
    select fitting.id from windows cross join lateral (
      select s.id, s.workspace_id from searchable_tickets s where ${words} @@ windows.query${justSo} offset 0) fitting
    where fitting.workspace_id = ${workspace} ${limit}`
}

function byMessage({ template, patterns, isSeen, ownerId, limit }: Given): SQL {
  const text = sql`coalesce(m.subject || ' ', '') || m.body_text`
  const words = sql`search_words(m.workspace_id, m.at, ${text})`
  const isSaid = sql`m.type <> 'SUGGESTED_REPLY' and m.direction <> 'SYSTEM' and not m.is_deleted${isJustSo(patterns, text)}`
  if (ownerId)
    return sql`select m.ticket_id from messages m where m.workspace_id = ${workspace} and m.ticket_id in (${own(ownerId)})
      and ${isSaid} and ${isSeen} and ${words} @@ ${queryIn(sql`search_bucket(m.workspace_id, m.at)`, template)}`
  return sql`${windowsOf('messages', 'at', template, { isHurried: false })}
    select said.ticket_id from windows cross join lateral (
      select m.ticket_id, m.workspace_id from searchable_messages m where ${words} @@ windows.query and ${isSaid}
        and ${isSeen} offset 0) said
    where said.workspace_id = ${workspace} ${limit}`
}

function columnsOf<Names extends Record<string, string>>(alias: string, names: Names): Record<keyof Names, SQL> {
  const columns = Object.entries(names).map(([key, name]) => [
    key,
    sql`${sql.identifier(alias)}.${sql.identifier(name)}`,
  ])
  return Object.fromEntries(columns) as Record<keyof Names, SQL>
}

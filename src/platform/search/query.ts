/**
 * Words as Postgres looks for them. The indexes keep the words of every week apart (`search_words` of the migrations), so a
 * query is a template that each week fills in. Reading week by week, newest first, ends as soon as there is enough: a word
 * of a third of two million messages is answered as quickly as a rare one (10 ms instead of 850).
 */
import { type SQL, sql } from 'drizzle-orm'
import type { Word } from './words.ts'

/** How many that fit are looked at at most, for each kind of thing: the newest ones. */
export const mostCandidates = 1000
/**
 * How long is looked for them. Only words that are frequent but seldom meet take so long; 109 weeks with 20,000 messages
 * each take 290 ms then, and 2 to 20 ms else. A store that is not big is always looked through, however busy the machine.
 */
const patienceMs = 20
const bigStore = 300_000

/** Stand for the week and for a quotation mark; nobody can type them into a word. */
const [week, mark] = ['~', '\u0001']

/** How many of the words have to stand in a text: all, all but one, or one. */
export type Mode = 'all' | 'most' | 'any'

export function templateOf(words: Word[], mode: Mode = 'all'): string {
  const each = words.map(
    ({ forms }) =>
      `(${forms.map(({ text, isPrefix }) => `${mark}${week}${text}${mark}${isPrefix ? ':*' : ''}`).join('|')})`,
  )
  if (mode === 'all') return each.join('&')
  if (mode === 'any') return each.join('|')
  return each.map((_, left) => `(${each.filter((_word, index) => index !== left).join('&')})`).join('|')
}

/** A template as a query for the words of one week; folded just as the words of texts are. */
export function queryIn(bucket: SQL, template: SQL): SQL {
  return sql`replace(translate(lower(unaccent('unaccent', ${template})), E'\u0001''\\\\', ''''), '~', ${bucket})::tsquery`
}

const workspace = sql.placeholder('workspaceId')

/**
 * The head of a statement: \`windows(query)\`, the template for every week that has something, newest first; hurried, for
 * as long as there is patience.
 */
export function windowsOf(table: string, at: string, template: SQL, { isHurried }: { isHurried: boolean }): SQL {
  const name = sql.identifier(table)
  const column = sql.identifier(at)
  const startOfWeek = sql`to_timestamp(floor(extract(epoch from ${column}) / 604800) * 604800)`
  return sql`with recursive weeks(start) as (
    (select ${startOfWeek} from ${name} where workspace_id = ${workspace} order by ${column} desc limit 1)
    union all
    select (select ${startOfWeek} from ${name} where workspace_id = ${workspace} and ${column} < weeks.start
      order by ${column} desc limit 1) from weeks where weeks.start is not null
  )${isHurried ? patience : sql``}, buckets as (
    select bucket from (select search_bucket(${workspace}, start) as bucket, max(start) as start from weeks
      where start is not null group by 1) each_once order by start desc
  ), windows as (
    select ${queryIn(sql`bucket`, template)} as query from buckets${isHurried ? whilePatient : sql``}
  )`
}

const patience = sql`, patience as materialized (
    select case when reltuples < ${sql.raw(String(bigStore))} then 'infinity'
      else clock_timestamp() + ${sql.raw(`interval '${patienceMs} ms'`)} end as until
    from pg_class where oid = 'messages'::regclass
  )`
// The bucket is only named so that the clock is asked again for each.
const whilePatient = sql`, patience
    where case when bucket <> '' then clock_timestamp() end < patience.until`

/** Whether there was no time to look at everything, when hurried; to be asked at the end. */
export const wasImpatient = sql.raw('(select clock_timestamp() > until from patience)')

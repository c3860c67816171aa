/** What somebody meant but misspelled: words of subjects and names that are written nearly the same. */
import { type SQL, sql } from 'drizzle-orm'
import { mostOwnTickets } from '#domain/tickets/keywords.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { SearchText, Word } from '#platform/search/words.ts'

/** How it would be written, and the text with the likeliest words; null when every word is known or unlike any. */
export type Correction = { words: Word[]; text: string }

export async function correctionOf(context: GraphContext, { words, whole }: SearchText): Promise<Correction | null> {
  const doubtful = words.map(({ text }) => text).filter((text) => /^\p{L}{4,40}$/u.test(text))
  if (doubtful.length === 0) return null
  const isContact = context.viewer.role === 'CONTACT'
  const { rows } = await context.db.execute<{ typed: string; similar: string[] }>(sql`
    with terms as ${
      isContact
        ? ownTerms(context)
        : sql`not materialized (
      select word from search_terms where workspace_id = ${context.workspaceId})`
    },
    swapped as (
      select * from unnest(${sql.param(doubtful.flatMap((text) => swapsOf(text).map(() => text)))}::text[],
        ${sql.param(doubtful.flatMap(swapsOf))}::text[]) as made(typed, word))
    select typed, array(${
      isContact
        ? sql`select word from terms order by word`
        : sql`select word from terms where word in (select search_plain(word) from swapped where swapped.typed = doubtful.typed)
            union select search_similar(${context.workspaceId}, search_plain(typed))`
    }) as similar
    from unnest(${sql.param(doubtful)}::text[]) as doubtful(typed)
    where not exists (select from terms where word = search_plain(typed))`)
  const likely = new Map(rows.map(({ typed, similar }) => [typed, likeliestOf(typed, similar)]))
  const corrected = words.map((word) => {
    const similar = likely.get(word.text) ?? []
    return { ...word, forms: [...word.forms, ...similar.map((text) => ({ text, isPrefix: false }))] }
  })
  const changed = [...likely].filter(([, [best]]) => best !== undefined)
  if (changed.length === 0) return null
  const text = changed.reduce(
    (all, [typed, [best = '']]) => all.replace(new RegExp(`(?<!\\p{L})${typed}(?!\\p{L})`, 'iu'), best),
    whole,
  )
  return { words: corrected, text }
}

/** What a customer may know of: the words of their own latest subjects and their name, so that nothing tells of others. */
function ownTerms({ workspaceId, viewer }: GraphContext): SQL {
  return sql`materialized (
    select distinct word from (
      (select subject from tickets where workspace_id = ${workspaceId} and requester_id = ${viewer.actorId}
        order by last_activity_at desc limit ${sql.raw(String(mostOwnTickets))})
      union all
      select display_name from actors where workspace_id = ${workspaceId} and id = ${viewer.actorId}
    ) own(text), search_terms_of(own.text) as word)`
}

/** Two letters swapped: what happens most, and what changes so many parts of a short word that it looks unlike. */
function swapsOf(text: string): string[] {
  const letters = [...text]
  return letters.slice(1).map((letter, index) => letters.toSpliced(index, 2, letter, letters[index] ?? '').join(''))
}

/** A slip of the fingers, or two in a long word; hardly ever in the first letter. */
function likeliestOf(typed: string, similar: string[]): string[] {
  const plain = typed.normalize('NFD').replace(/\p{M}/gu, '')
  return similar
    .map((word) => ({ word, slips: slipsBetween(plain, word) }))
    .filter(({ word, slips }) => plain[0] === word[0] && slips <= (plain.length < 8 ? 1 : 2))
    .sort((one, other) => one.slips - other.slips)
    .slice(0, 4)
    .map(({ word }) => word)
}

/** How many letters were left out, added, mistaken or swapped with the next (optimal string alignment). */
function slipsBetween(one: string, other: string): number {
  const rows: number[][] = Array.from({ length: one.length + 1 }, (_, index) => [index])
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0
  for (let column = 0; column <= other.length; column++) rows[0]?.splice(column, 1, column)
  for (let row = 1; row <= one.length; row++) {
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(one.length, other.length)
}

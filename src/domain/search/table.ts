import { sql } from 'drizzle-orm'
import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { workspaceId } from '#platform/db/columns.ts'

/**
 * The words of subjects and names, for what somebody meant but misspelled. Triggers of the migrations add to it; a word may
 * stand twice and stays when nothing has it any more, which only costs a look.
 */
export const searchTerms = pgTable(
  'search_terms',
  { workspaceId: workspaceId(), word: text('word').notNull() },
  (t) => [
    index('search_terms_by_word').on(t.workspaceId, t.word),
    index('search_terms_similar').using('gin', sql`${t.word} gin_trgm_ops`),
  ],
)

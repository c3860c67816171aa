import { desc, getTableColumns } from 'drizzle-orm'
import { manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { drafts } from './table.ts'

const { raw: _raw, contentHash: _hash, ...draftColumns } = getTableColumns(drafts)
export type DraftRow = RowOf<typeof draftColumns>
export const draftById = oneBy(drafts, drafts.id, draftColumns)
export const draftsOfTicket = manyBy(drafts, drafts.ticketId, draftColumns, { orderBy: [desc(drafts.updatedAt)] })

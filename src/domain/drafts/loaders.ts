import { desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import { type LoadContext, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { countOf, pageOf } from '#platform/db/page.ts'
import { type Connection, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import { drafts } from './table.ts'

const { raw: _raw, contentHash: _hash, ...draftColumns } = getTableColumns(drafts)
export type DraftRow = RowOf<typeof draftColumns>
export const draftById = oneBy(drafts, drafts.id, draftColumns)

/** What is begun is the agents' own, and a note to be only for who reads notes. */
export function isDraftShownTo(viewer: Viewer, { type }: Pick<DraftRow, 'type'>): boolean {
  const sight = sightOf(viewer)
  return sight === 'ALL' || (sight === 'WITHOUT_NOTES' && type !== 'NOTE_PRIVATE')
}

/** The shared ones first, so that of a kind nothing stands before the one that clients write; the latest first among them. */
export const sharedFirst = [desc(drafts.isShared), desc(drafts.updatedAt), desc(drafts.id)]
export const draftsOfTicket = manyBy(drafts, drafts.ticketId, draftColumns, { orderBy: sharedFirst })

const latestFirst: NamedOrder = {
  name: 'drafts, latest first',
  steps: [
    { by: drafts.updatedAt, type: 'timestamptz', direction: 'DESC' },
    { by: drafts.id, type: 'uuid', direction: 'DESC' },
  ],
}
const source = { name: 'drafts', table: drafts, columns: draftColumns, order: latestFirst }

/** The drafts a viewer changed last; of a program all. */
export async function draftsOfViewer(
  context: LoadContext,
  viewer: Viewer,
  args: PageArguments,
): Promise<Connection<DraftRow>> {
  const filter = changedBy(viewer)
  const page = await pageOf(context, source, pageRequestOf(args, latestFirst), filter)
  return { page, order: latestFirst.name, count: () => countOf(context, source, filter) }
}

function changedBy(viewer: Viewer): Filter {
  const sight = sightOf(viewer)
  const collector = collectFilter('author')
  if (sight === 'PUBLIC') collector.add('nobody', sql`false`)
  else if (viewer.actorId !== null) collector.add('author', eq(drafts.updatedById, collector.value(viewer.actorId)))
  if (sight === 'WITHOUT_NOTES') collector.add('no notes', sql`${drafts.type} <> 'NOTE_PRIVATE'`)
  return collector.done()
}

import { getTableColumns } from 'drizzle-orm'
import { allOf } from '#platform/db/loaded.ts'
import { type LoadContext, oneBy, type RowOf } from '#platform/db/loader.ts'
import { tags } from './table.ts'

export const tagColumns = getTableColumns(tags)
export type TagRow = RowOf<typeof tagColumns>
export const tagById = oneBy(tags, tags.id, tagColumns)

/** Those there are, by name. */
export function tagsByIds(context: LoadContext, ids: readonly string[]): Promise<TagRow[]> {
  return allOf(ids.map((id) => tagById(context, id))).then((found) => found.filter((tag) => tag !== null).sort(byName))
}

function byName(one: TagRow, other: TagRow): number {
  if (one.name === other.name) return one.id < other.id ? -1 : 1
  return one.name < other.name ? -1 : 1
}

export const tagList = {
  name: 'tags',
  table: tags,
  columns: tagColumns,
  order: {
    name: 'tags by name',
    steps: [
      { by: tags.name, type: 'text', direction: 'ASC' },
      { by: tags.id, type: 'uuid', direction: 'ASC' },
    ],
  },
} as const

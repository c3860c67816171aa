import { getTableColumns } from 'drizzle-orm'
import { oneBy, type RowOf } from '#platform/db/loader.ts'
import { tags } from './table.ts'

export const tagColumns = getTableColumns(tags)
export type TagRow = RowOf<typeof tagColumns>
export const tagById = oneBy(tags, tags.id, tagColumns)

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

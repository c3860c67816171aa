import { upsertInto } from '#platform/db/upsert.ts'
import { tickets } from './table.ts'

/** New ones, and known ones with every column. */
export const upsertTickets = upsertInto(tickets, { key: ['workspaceId', 'id'], keep: ['tagIds'] })

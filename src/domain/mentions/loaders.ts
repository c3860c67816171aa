import { asc, getTableColumns } from 'drizzle-orm'
import { manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { mentions } from './table.ts'

const { contentHash: _hash, ...mentionColumns } = getTableColumns(mentions)
export type MentionRow = RowOf<typeof mentionColumns>
const oldestFirst = { orderBy: [asc(mentions.createdAt), asc(mentions.id)] }
export const mentionById = oneBy(mentions, mentions.id, mentionColumns)
export const mentionsOfTicket = manyBy(mentions, mentions.ticketId, mentionColumns, oldestFirst)
export const mentionsOfMessage = manyBy(mentions, mentions.messageId, mentionColumns, oldestFirst)

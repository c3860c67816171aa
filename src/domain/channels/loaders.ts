import { asc, getTableColumns } from 'drizzle-orm'
import { manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { channelAccounts, channels } from './table.ts'

const channelColumns = getTableColumns(channels)
const accountColumns = getTableColumns(channelAccounts)
export type ChannelRow = RowOf<typeof channelColumns>
export type ChannelAccountRow = RowOf<typeof accountColumns>

export const channelById = oneBy(channels, channels.id, channelColumns)
export const channelsOfBackend = manyBy(channels, channels.backendId, channelColumns, {
  orderBy: [asc(channels.name), asc(channels.id)],
})
export const accountById = oneBy(channelAccounts, channelAccounts.id, accountColumns)
export const accountsOfChannel = manyBy(channelAccounts, channelAccounts.channelId, accountColumns, {
  orderBy: [asc(channelAccounts.name), asc(channelAccounts.id)],
})

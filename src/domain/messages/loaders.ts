import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { channelAccounts } from '#domain/channels/table.ts'
import { bothFilters, collectFilter, type Filter } from '#platform/db/filter.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import { type LoadContext, loaderPerRequest, manyBy, oneBy, type RowOf } from '#platform/db/loader.ts'
import { type NamedOrder, positionsIn } from '#platform/db/order.ts'
import { countBy, type Page, type PageRequest, pageBy } from '#platform/db/page.ts'
import { type Connection, type Edge, edgeOf, type PageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import type { Sight } from '#platform/graphql/viewer.ts'
import type { EmailAddressDirection } from '#vocabulary.ts'
import { emailAddresses, isSeen, messages } from './table.ts'

const {
  // Big or rarely asked: each group has a loader of its own and is read only when a field of it is asked for.
  bodyText,
  bodyHtml,
  bodyHtmlClean,
  quotedText,
  bodyMarkdown,
  bodyEditorjs,
  bodyParts,
  cleanedBy: _cleanedBy,
  contentAttributes,
  metadata,
  sentiment,
  raw,
  contentHash: _hash,
  ...messageColumns
} = getTableColumns(messages)
export type MessageRow = RowOf<typeof messageColumns>

export const messageById = oneBy(messages, messages.id, messageColumns)
export const messageRawById = oneBy(messages, messages.id, { raw }, { name: 'message_raw' })
export const messageDetailById = oneBy(
  messages,
  messages.id,
  { contentAttributes, metadata, sentiment },
  { name: 'message_detail' },
)

const bodyColumns = { bodyText, bodyHtml, bodyHtmlClean, quotedText, bodyMarkdown, bodyEditorjs, bodyParts }
export type MessageBody = RowOf<typeof bodyColumns>
export const messageBodyById = oneBy(messages, messages.id, bodyColumns, { name: 'message_body' })

const messagesByExternalId = manyBy(messages, messages.externalId, messageColumns)
/** A message by its id at its help desk. */
export async function messageByExternalId(
  context: LoadContext,
  backendId: string,
  externalId: string | null,
): Promise<MessageRow | null> {
  if (externalId === null) return null
  return (await messagesByExternalId(context, externalId)).find((row) => row.backendId === backendId) ?? null
}

const inTime = (direction: 'ASC' | 'DESC'): NamedOrder => ({
  name: `messages in time ${direction}`,
  steps: [
    { by: messages.at, type: 'timestamptz', direction },
    { by: messages.sequence, type: 'bigint', direction },
    { by: messages.id, type: 'uuid', direction },
  ],
})
const orders = { ASC: inTime('ASC'), DESC: inTime('DESC') }
const thread = { table: messages, columns: messageColumns, where: sql`${messages.type} <> 'SUGGESTED_REPLY'` }
const threads = {
  ticket: threadOf('messages_of_ticket', messages.ticketId),
  conversation: threadOf('messages_of_conversation', messages.conversationId),
}
function threadOf(name: string, parent: typeof messages.ticketId | typeof messages.conversationId) {
  const source = { ...thread, name, order: orders.ASC }
  return { pages: pageBy(parent, source), count: countBy(parent, source) }
}

/** A ticket or a conversation. */
type Owner = { of: keyof typeof threads; id: string }

/** The thread of a ticket or of a conversation. */
export function messagesOf(
  context: LoadContext,
  { of, id }: Owner,
  args: PageArguments,
  narrowed: { direction?: 'ASC' | 'DESC'; filter: Filter; sizeByDefault?: number },
): Promise<Connection<MessageRow>> {
  const { direction = 'ASC', filter, sizeByDefault } = narrowed
  const order = orders[direction]
  const count = () => threads[of].count(context, id, filter)
  return threads[of]
    .pages(context, id, pageRequestOf(args, order, sizeByDefault), { order, filter })
    .then((page) => ({ page, order: order.name, count }))
}

/** How many messages a thread has that fit. */
export const messageCountOf = (context: LoadContext, { of, id }: Owner, filter: Filter) =>
  threads[of].count(context, id, filter)

const suggestions = pageBy(messages.ticketId, {
  ...{ table: messages, columns: messageColumns, name: 'suggested_replies', order: orders.DESC },
  where: sql`${messages.type} = 'SUGGESTED_REPLY' and not ${messages.isDeleted}`,
})
/** What machines propose to answer on a ticket, newest first. */
export async function suggestedRepliesOf(context: LoadContext, ticketId: string, size: number): Promise<MessageRow[]> {
  const request: PageRequest = { size, fromEnd: false, isLast: true, after: null, before: null }
  return (await suggestions(context, ticketId, request)).rows
}

const positionIn = positionsIn(messageColumns, orders.ASC)
/** A message with its place in its thread, oldest first. */
export const messageEdgeOf = (row: MessageRow): Edge<MessageRow> => edgeOf(row, orders.ASC.name, positionIn)

const one = (fromEnd: boolean): PageRequest => ({ size: 1, fromEnd, isLast: true, after: null, before: null })
const first = one(false)
const last = one(true)
const spokenOnly = conditionNamed('spoken', sql`${messages.direction} <> 'SYSTEM'`)
const publicOnly = conditionNamed('public', sql`${messages.direction} <> 'SYSTEM' and not ${messages.isInternal}`)
function conditionNamed(name: string, condition: ReturnType<typeof sql>): Filter {
  const collector = collectFilter()
  collector.add(name, condition)
  return collector.done()
}

/** The first message of a ticket that is no system line. */
export function firstMessageOfTicket(context: LoadContext, ticketId: string, visible: Filter) {
  const filter = bothFilters(visible, spokenOnly)
  return threads.ticket.pages(context, ticketId, first, { filter }).then(onlyRow)
}
/** The newest message that is no system line; with notes or without. */
export function lastMessageOf(context: LoadContext, { of, id }: Owner, withInternal: boolean, visible: Filter) {
  const filter = bothFilters(visible, withInternal ? spokenOnly : publicOnly)
  return threads[of].pages(context, id, last, { filter }).then(onlyRow)
}
const onlyRow = ({ rows }: Page<MessageRow>): MessageRow | null => rows[0] ?? null

const {
  workspaceId: _workspace,
  messageId: _message,
  position: _position,
  ...addressColumns
} = getTableColumns(emailAddresses)
export type AddressRow = { email: string; name: string | null; direction: EmailAddressDirection }
export const addressesOfMessage = manyBy(emailAddresses, emailAddresses.messageId, addressColumns, {
  orderBy: [asc(emailAddresses.messageId), asc(emailAddresses.position)],
})

const selectAddresses: Record<Sight, ReturnType<typeof addressesSelect>> = {
  PUBLIC: addressesSelect('PUBLIC'),
  WITHOUT_NOTES: addressesSelect('WITHOUT_NOTES'),
  ALL: addressesSelect('ALL'),
}
function addressesSelect(sight: Sight) {
  return preparedPerDb((db) =>
    db
      .select({ ...addressColumns, parentKey: messages.conversationId, first: sql<string>`min(${messages.at})` })
      .from(emailAddresses)
      .innerJoin(
        messages,
        and(eq(messages.workspaceId, emailAddresses.workspaceId), eq(messages.id, emailAddresses.messageId)),
      )
      .where(
        and(
          eq(messages.workspaceId, sql.placeholder('workspaceId')),
          sql`${messages.conversationId} = any(${sql.placeholder('ids')})`,
          isSeen[sight],
        ),
      )
      .groupBy(messages.conversationId, emailAddresses.email, emailAddresses.name, emailAddresses.direction)
      .orderBy(sql`min(${messages.at})`, sql`min(${emailAddresses.position})`)
      .prepare(`addresses_of_conversations_${sight.toLowerCase()}`),
  )
}
const addressesByConversation: Record<Sight, ReturnType<typeof addressLoader>> = {
  PUBLIC: addressLoader('PUBLIC'),
  WITHOUT_NOTES: addressLoader('WITHOUT_NOTES'),
  ALL: addressLoader('ALL'),
}
function addressLoader(sight: Sight) {
  return loaderPerRequest<string, AddressRow[]>(async ({ db, workspaceId }, ids) => {
    const rows = await selectAddresses[sight](db).execute({ workspaceId, ids })
    return ids.map((id) => rows.filter((row) => row.parentKey === id))
  })
}
/** Everybody written to or from in what a viewer may read of a conversation, each once per direction. */
export const addressesOfConversation = (context: LoadContext, id: string, sight: Sight) =>
  addressesByConversation[sight](context).load(id)

const ownAddresses = loaderPerRequest<string, Set<string>>(async ({ db }, workspaceIds) =>
  Promise.all(
    workspaceIds.map(async (workspaceId) => {
      const rows = await db
        .select({ address: channelAccounts.address })
        .from(channelAccounts)
        .where(and(eq(channelAccounts.workspaceId, workspaceId), sql`${channelAccounts.address} is not null`))
      return new Set(rows.map(({ address }) => (address as string).toLowerCase()))
    }),
  ),
)
/** Whether an address is one of our own channel accounts. */
export async function isOwnAddress(context: LoadContext, email: string): Promise<boolean> {
  return (await ownAddresses(context).load(context.workspaceId)).has(email.toLowerCase())
}

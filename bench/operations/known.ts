/** What the operations ask about: rows of the store, and views saved for the time of the measurement. */
import { cursorTextOf } from '#domain/changes/event-cursor.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { onDatabase } from '../data/database.ts'
import { idOf, workspaceId } from '../data/rows.ts'

export type Known = {
  contactName: string
  ticketNumber: string
  ticketId: string
  /** A place in the middle of the log. */
  changesAfter: string
  /** Built-in ones and saved ones, twenty in all. */
  viewIds: string[]
}
type KnownRow = {
  contact_name: string
  ticket_number: string
  ticket_id: string
  cluster_id: string
  transaction_id: string
  position: string
}

/** Asks our own server. */
type Ask = <Data>(document: string, variables: object) => Promise<Data>

export async function withKnown<Result>(
  { connectionString, ask }: { connectionString: string; ask: Ask },
  work: (known: Known) => Promise<Result>,
): Promise<Result> {
  const row = await onDatabase(connectionString, async (client) => {
    const { rows } = await client.query<KnownRow>(
      `select contact.display_name as contact_name, ticket.number as ticket_number, ticket.id as ticket_id,
        line.cluster_id, line.transaction_id, line.position
       from (select * from actors where workspace_id = $1 and type = 'CONTACT'
         and length(split_part(display_name, ' ', 1)) > 6 limit 1) contact,
       (select * from tickets where workspace_id = $1 and not is_spam and not is_recycled limit 1) ticket,
       (select * from changes where workspace_id = $1
         order by position offset (select count(*) / 2 from changes where workspace_id = $1) limit 1) line`,
      [workspaceId],
    )
    return rows[0] as KnownRow
  })
  const { views } = await ask<{ views: { id: string; isBuiltIn: boolean }[] }>('{ views { id isBuiltIn } }', {})
  const builtIn = views.filter(({ isBuiltIn }) => isBuiltIn).slice(0, 20 - filters.length)
  const saved: string[] = []
  try {
    for (const [index, filter] of filters.entries()) {
      const { viewSave } = await ask<{ viewSave: { view: { id: string } } }>(
        'mutation ($input: ViewSaveInput!) { viewSave(input: $input) { view { id } } }',
        { input: { name: `Bench ${index}`, filter } },
      )
      saved.push(viewSave.view.id)
    }
    return await work({
      contactName: row.contact_name,
      ticketNumber: row.ticket_number,
      ticketId: row.ticket_id,
      changesAfter: cursorTextOf({
        ...{ clusterId: row.cluster_id, transactionId: row.transaction_id, position: row.position },
      }),
      viewIds: [...builtIn.map(({ id }) => id), ...saved],
    })
  } finally {
    for (const id of saved)
      await ask('mutation ($input: NodeActionInput!) { viewDelete(input: $input) { deletedId } }', { input: { id } })
  }
}

const tag = (number: number) => nodeIdOf('Tag', idOf('tag', number))
const agent = (number: number) => nodeIdOf('Agent', idOf('agent', number))

/** As people save them. */
const filters = [
  { tagIds: [tag(1)] },
  { tagIds: [tag(2)], status: ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL', 'ON_HOLD'] },
  { tagIds: [tag(3), tag(8), tag(13)] },
  { allTagIds: [tag(4), tag(9)] },
  { not: { tagIds: [tag(5)] }, isAssigned: true },
  { or: [{ tagIds: [tag(6)] }, { priority: ['URGENT'] }] },
  { assigneeIds: [agent(1), agent(6), agent(11)] },
  { createdAt: { from: '2026-10-01T00:00:00Z' }, isAssigned: false },
  { channelTypes: ['EMAIL'] },
  { status: ['NEW'], priority: ['HIGH', 'URGENT'] },
  { and: [{ status: ['ON_HOLD'] }, { or: [{ isAssigned: false }, { priority: ['LOW'] }] }] },
  { mentionsMe: true },
  { lastActivityAt: { from: '2026-09-01T00:00:00Z' } },
]

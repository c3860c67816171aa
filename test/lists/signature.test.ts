/** Lists tell whether they are news, and whose newest tickets they may miss. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from '../views/people.ts'

const { askAs, db, ids, save, statementsDuring, workspaceId } = await servePeople()

const inbox = `query ($filter: TicketFilter, $viewId: ID, $first: Int = 25, $after: String, $known: String) {
  tickets(filter: $filter, viewId: $viewId, first: $first, after: $after, knownSignature: $known) {
    totalCount signature unchanged
    nodes {
      id version number subject preview status statusCategory statusDetail { label } priority isUnread
      unreadMessageCount hasDraft messageCount waitingSince lastActivityAt snoozedUntil
      requester { id displayName avatarUrl } assignee { ... on Agent { id displayName } ... on Bot { id displayName } }
      department { id name } channel { type } tags { id name color } sla { state dueAt } sync { isStale pendingWrites }
    }
    edges { cursor }
    pageInfo { endCursor hasNextPage }
    incompleteBackends { id name health healthMessage }
  }
}`
type Node = { id: string; isUnread: boolean; tags: { id: string }[]; assignee: { id: string } | null }
type List = {
  totalCount: number
  signature: string
  unchanged: boolean
  nodes: Node[]
  edges: object[]
  pageInfo: { endCursor: string; hasNextPage: boolean }
  incompleteBackends: { name: string; health: string; healthMessage: string | null }[]
}
async function listAs(name: string, variables: object = {}): Promise<List> {
  const answer = await askAs(name, inbox, variables)
  expect(answer.errors).toBeUndefined()
  return (answer.data as { tickets: List }).tickets
}
async function changeAs(name: string, mutation: string, type: string, input: object) {
  const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { errors { message } } }`
  const { data } = await askAs(name, document, { input })
  expect(data).toEqual({ [mutation]: { errors: [] } })
}

describe('a list the client has already', () => {
  test('comes without rows, with the right count and the same place in the whole', async () => {
    const first = await listAs('ana', { first: 5 })
    expect(first).toMatchObject({ unchanged: false, signature: expect.stringMatching(/^[\w-]{20,}$/) })
    const again = await listAs('ana', { first: 5, known: first.signature })
    expect(again).toEqual({ ...first, unchanged: true, nodes: [], edges: [] })
    expect(await listAs('ana', { first: 5, known: 'of yesterday' })).toEqual(first)
    const next = await listAs('ana', { first: 5, after: again.pageInfo.endCursor, known: first.signature })
    expect(next.unchanged).toBe(false)
    expect(next.nodes.map(({ id }) => id)).not.toContain(first.nodes[0]?.id)
  })

  test('is known on a view and among the tickets of the viewer too', async () => {
    const id = await save({ filter: { isAssigned: true } })
    const query = `query ($id: ID!, $known: String) { view(id: $id) { tickets(first: 3, knownSignature: $known) { signature unchanged nodes { id } } }
      viewer { myTickets(first: 3, knownSignature: $known) { signature unchanged nodes { id } } } }`
    type Short = Pick<List, 'signature' | 'unchanged' | 'nodes'>
    const read = async (known?: string) => {
      const { data } = await askAs('bob', query, { id, known })
      const { view, viewer } = data as { view: { tickets: Short }; viewer: { myTickets: Short } }
      return [view.tickets, viewer.myTickets] as const
    }
    const [ofView, mine] = await read()
    expect((await read(ofView.signature))[0]).toMatchObject({ unchanged: true, nodes: [] })
    expect((await read(mine.signature))[1]).toMatchObject({ unchanged: true, nodes: [] })
    expect((await listAs('bob', { viewId: id, first: 3 })).signature).toBe(ofView.signature)
  })

  test.each<[string, (list: List) => Promise<unknown>]>([
    [
      'a ticket changes',
      ({ nodes }) =>
        changeAs('program', 'ticketTag', 'TicketTagInput', { ids: [nodes[0]?.id], addTagNames: ['new here'] }),
    ],
    [
      'something is on its way',
      ({ nodes }) =>
        db.execute(sql`
      insert into deliveries (workspace_id, id, backend_id, ticket_id, operation, input, token_name, lanes, fields, state)
      select workspace_id, gen_random_uuid(), backend_id, id, 'updateTicket', '{}', 'tests', array[id], '{}', 'UNCERTAIN'
      from tickets where id = ${nodeKeyOf(nodes[0]?.id as string)?.id}`),
    ],
    [
      'a tag has another colour',
      ({ nodes }) =>
        db.execute(sql`update tags set color = '#000001'
      where id = ${nodeKeyOf(nodes.flatMap(({ tags }) => tags)[0]?.id as string)?.id}`),
    ],
    [
      'somebody has another name',
      ({ nodes }) =>
        db.execute(sql`update actors set display_name = 'Renamed'
      where id = ${nodeKeyOf(nodes.find(({ assignee }) => assignee)?.assignee?.id as string)?.id}`),
    ],
    [
      'a channel is of another kind',
      ({ nodes }) =>
        db.execute(sql`update channels set type = case type when 'API' then 'SMS' else 'API' end
      where id = (select channel_id from tickets where id = ${nodeKeyOf(nodes[0]?.id as string)?.id})`),
    ],
    [
      'its backend falls behind',
      () => db.execute(sql`update backend_syncs set last_synced_at = now() - interval '1 day'`),
    ],
  ])('is sent again when %s', async (_what, change) => {
    const before = await listAs('bob', { first: 10 })
    await change(before)
    const after = await listAs('bob', { first: 10, known: before.signature })
    expect(after).toMatchObject({ unchanged: false, totalCount: before.totalCount })
    expect(after.nodes.length).toBe(10)
    await db.execute(sql`update backend_syncs set last_synced_at = now()`)
  })

  test('is not sent again when its help desk was asked once more and all is as it was', async () => {
    const { signature } = await listAs('bob')
    await db.execute(sql`update tickets set fetched_at = now(), seen_in_round = seen_in_round + 1`)
    for (const table of ['tags', 'departments', 'actors'])
      await db.execute(sql`update ${sql.identifier(table)} set content_hash = content_hash || 'x'`)
    expect((await listAs('bob', { known: signature })).unchanged).toBe(true)
  })

  test('is sent again to who has read something, and to nobody else', async () => {
    const filter = {
      ids: (await listAs('program', { filter: { isUnread: false }, first: 5 })).nodes.map(({ id }) => id),
    }
    const [anas, bobs] = [await listAs('ana', { filter }), await listAs('bob', { filter })]
    const id = nodeKeyOf(filter.ids[0] as string)?.id
    await db.execute(sql`insert into ticket_looks (workspace_id, actor_id, ticket_id, seen_up_to, unread_message_count)
      values (${workspaceId}, ${ids.ana}, ${id}, null, 1)`)
    const [after, others] = [
      await listAs('ana', { filter, known: anas.signature }),
      await listAs('bob', { filter, known: bobs.signature }),
    ]
    expect([after.unchanged, others.unchanged]).toEqual([false, true])
    expect(after.nodes.filter(({ isUnread }) => isUnread).length).toBe(1)
  })
})

const { rows } = await db.execute<{ id: string; name: string }>(sql`select id, name from backends order by name`)
const [one, other] = rows as [{ id: string; name: string }, { id: string; name: string }]
await db.execute(sql`update backend_syncs set state = 'LIVE'`)

describe('a help desk that is behind', () => {
  async function ill(change: string, work: () => Promise<void>) {
    await db.execute(sql.raw(`update ${change}`))
    try {
      await work()
    } finally {
      await db.execute(sql`update backends set health = 'OK', problem = null`)
      await db.execute(sql`update backend_syncs set last_synced_at = now(), state = 'LIVE'`)
    }
  }
  test.each([
    [
      'does not answer',
      `backends set health = 'UNREACHABLE', problem = '{"kind":"TRY_AGAIN","message":"It is away."}' where id = '${one.id}'`,
    ],
    ['is stale', `backend_syncs set last_synced_at = now() - interval '1 day' where backend_id = '${one.id}'`],
    ['was never copied', `backend_syncs set last_synced_at = null where backend_id = '${one.id}'`],
    ['is paused', `backend_syncs set state = 'PAUSED' where backend_id = '${one.id}'`],
  ])('is named when it %s, and the rows come all the same', async (_what, change) => {
    const well = await listAs('ana')
    expect(well.incompleteBackends).toEqual([])
    await ill(change, async () => {
      const list = await listAs('ana')
      expect(list.incompleteBackends.map(({ name }) => name)).toEqual([one.name])
      expect(list.nodes.map(({ id }) => id)).toEqual(well.nodes.map(({ id }) => id))
    })
  })

  test('is not named by a list that cannot have its tickets', async () => {
    await ill(`backends set health = 'UNREACHABLE' where id = '${one.id}'`, async () => {
      const only = (id: string) => ({ backendIds: [nodeIdOf('Backend', id)] })
      const view = await save({ filter: only(other.id) })
      const named = async (variables: object) =>
        (await listAs('ana', variables)).incompleteBackends.map(({ name }) => name)
      expect(await named({ filter: only(other.id) })).toEqual([])
      expect(await named({ filter: only(one.id) })).toEqual([one.name])
      expect(await named({ viewId: view })).toEqual([])
      expect(await named({ filter: { and: [only(one.id), { isSpam: false }] } })).toEqual([one.name])
      expect(await named({ filter: { or: [only(other.id), { isSpam: false }] } })).toEqual([one.name])
      const board = `query ($filter: TicketFilter, $by: TicketGroupBy!) { ticketGroups(by: $by, filter: $filter) {
        label tickets(first: 1) { incompleteBackends { name } } } }`
      type Columns = { ticketGroups: { label: string; tickets: { incompleteBackends: { name: string }[] } }[] }
      const { data } = await askAs('ana', board, { filter: only(other.id), by: 'STATUS' })
      for (const { tickets } of (data as Columns).ticketGroups) expect(tickets.incompleteBackends).toEqual([])
      const byBackend = (await askAs('ana', board, { by: 'BACKEND' })).data as Columns
      for (const { label, tickets } of byBackend.ticketGroups)
        expect(tickets.incompleteBackends).toEqual(label === one.name ? [{ name: label }] : [])
    })
  })
})

test('a page costs at most twelve statements, of a view or not, long or short, known or not', async () => {
  const viewId = await save({ filter: { isUnread: true } })
  for (const variables of [{}, { viewId }]) {
    const few = await statementsDuring(() => listAs('ana', { ...variables, first: 3 }))
    const many = await statementsDuring(() => listAs('ana', { ...variables, first: 100 }))
    expect(many.statements.length, many.statements.map(({ text }) => text.slice(0, 90)).join('\n')).toBeLessThanOrEqual(
      12,
    )
    // What is known to be asked for next is read along by then.
    expect(many.statements.length).toBeLessThanOrEqual(few.statements.length)
    const known = await statementsDuring(() => listAs('ana', { ...variables, known: few.result.signature, first: 3 }))
    expect([known.result.unchanged, known.statements.length <= few.statements.length]).toEqual([true, true])
  }
})

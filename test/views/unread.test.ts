/** Unread is each viewer's own: what came after their own last look. Lists, tickets, views and badges agree about it. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from './people.ts'

const { askAs, save, db, ids, workspaceId } = await servePeople()

type State = { isUnread: boolean; unreadMessageCount: number; isReadByAgent: boolean; version: number }
const state = 'isUnread unreadMessageCount isReadByAgent version'
async function stateAs(name: string, id: string): Promise<State> {
  const { data } = await askAs(name, `query ($id: ID!) { ticket(id: $id) { ${state} } }`, { id })
  return (data as { ticket: State }).ticket
}

type Done = { tickets: (State & { id: string })[]; undoToken: string | null; errors: object[] }
async function changeAs(name: string, mutation: string, input: object): Promise<Done> {
  const type = { ticketMarkRead: 'TicketReadInput', ticketMarkUnread: 'TicketReadInput', undo: 'UndoInput' }[mutation]
  const token = mutation === 'undo' ? '' : 'undoToken'
  const document = `mutation ($input: ${type}!) { ${mutation}(input: $input) { tickets { id ${state} } ${token} errors { message } } }`
  const answer = await askAs(name, document, { input })
  expect(answer.errors).toBeUndefined()
  const done = (answer.data as Record<string, Done>)[mutation] as Done
  expect(done.errors).toEqual([])
  return done
}
const read = (name: string, id: string, more: object = {}) => changeAs(name, 'ticketMarkRead', { ids: [id], ...more })
const putBack = (name: string, id: string) => changeAs(name, 'ticketMarkUnread', { ids: [id] })

async function say(ticketId: string, text: string): Promise<string> {
  const document = `mutation ($input: MessagesCreateInput!) { messagesCreate(input: $input) { messages { id } errors { message } } }`
  const entries = [{ type: 'REPLY_INBOUND', body: { text } }]
  const { data } = await askAs('program', document, { input: { ticketId, entries } })
  const made = (data as { messagesCreate: { messages: { id: string }[]; errors: object[] } }).messagesCreate
  expect(made.errors).toEqual([])
  return made.messages[0]?.id as string
}

/** Of a help desk that takes what customers write through us, read by everybody, of no test before. */
const used: string[] = []
async function freshTicket(): Promise<string> {
  const { data } = await askAs(
    'program',
    '{ tickets(filter: { isUnread: false }, first: 100) { nodes { id backend { vendor { key } } viewerCan { reply { allowed } } } } }',
  )
  const { nodes } = (data as { tickets: { nodes: { id: string; backend: { vendor: { key: string } } }[] } }).tickets
  const found = nodes.find(({ id, backend }) => backend.vendor.key === 'deskhero' && !used.includes(id))
  used.push(found?.id as string)
  return found?.id as string
}

describe('an agent', () => {
  test('who looked sees what came since; who never looked sees the flag of the help desk', async () => {
    const id = await freshTicket()
    await read('ana', id)
    await say(id, 'One.')
    await say(id, 'Two.')
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: true, unreadMessageCount: 2, isReadByAgent: false })
    await read('bob', id)
    expect(await stateAs('bob', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0, isReadByAgent: true })
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: true, unreadMessageCount: 2, isReadByAgent: true })
    expect(await stateAs('program', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0 })
    await say(id, 'Three.')
    expect([await stateAs('ana', id), await stateAs('bob', id)]).toMatchObject([
      { isUnread: true, unreadMessageCount: 3 },
      { isUnread: true, unreadMessageCount: 1 },
    ])
  })

  test('puts a ticket back for themselves and under the flag, not for a colleague who has looked', async () => {
    const id = await freshTicket()
    await read('bob', id)
    expect((await putBack('ana', id)).tickets).toMatchObject([{ isUnread: true, isReadByAgent: false }])
    expect((await stateAs('ana', id)).unreadMessageCount).toBeGreaterThan(0)
    expect(await stateAs('bob', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0 })
    expect(await stateAs('program', id)).toMatchObject({ isUnread: true })
  })

  test('reads up to a message, and what came later stays unread', async () => {
    const id = await freshTicket()
    const first = await say(id, 'First.')
    await say(id, 'Second.')
    await read('ana', id, { upToMessageId: first })
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: true, unreadMessageCount: 1 })
    await read('ana', id)
    await read('ana', id, { upToMessageId: first })
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0 })
  })

  test('takes a look back with undo, as it was before, also where only the look changed', async () => {
    const id = await freshTicket()
    await read('ana', id)
    await say(id, 'News.')
    await read('bob', id)
    const before = await stateAs('ana', id)
    const { undoToken, tickets } = await read('ana', id)
    expect(tickets).toMatchObject([{ isUnread: false, version: before.version }])
    await changeAs('ana', 'undo', { token: undoToken })
    expect(await stateAs('ana', id)).toEqual(before)
    const { undoToken: ofFirst } = await putBack('ana', id)
    await changeAs('ana', 'undo', { token: ofFirst })
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: true, unreadMessageCount: 1, isReadByAgent: true })
  })

  test('has looked when they write a note', async () => {
    const id = await freshTicket()
    await read('ana', id)
    await say(id, 'News.')
    const noted = await askAs(
      'ana',
      'mutation ($input: NoteAddInput!) { noteAdd(input: $input) { errors { message } } }',
      {
        input: { ticketId: id, body: { text: 'Seen.' } },
      },
    )
    expect(noted.data).toEqual({ noteAdd: { errors: [] } })
    expect(await stateAs('ana', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0 })
  })

  test('has it less when a message is deleted', async () => {
    const id = await freshTicket()
    await read('ana', id)
    await say(id, 'One.')
    const second = await say(id, 'Two.')
    await db.execute(sql`update messages set is_deleted = true where id = ${nodeKeyOf(second)?.id}`)
    await say(id, 'Three.')
    expect(await stateAs('ana', id)).toMatchObject({ unreadMessageCount: 2 })
  })
})

describe('a merge', () => {
  test('brings what somebody has not seen of the source, and not what they have', async () => {
    const [target, source] = [await freshTicket(), await freshTicket()]
    for (const name of ['ana', 'bob']) for (const id of [target, source]) await read(name, id)
    await say(source, 'Of the source.')
    await read('bob', source)
    // Later than what came in, or the time alone would tell.
    await say(target, 'Of the target.')
    for (const name of ['ana', 'bob']) await read(name, target)
    await merge(target, source)
    expect([(await stateAs('ana', target)).isUnread, (await stateAs('bob', target)).isUnread]).toEqual([true, false])
  })

  test('brings what an agent who never looked at the target has not seen of the source', async () => {
    const [target, source] = [await freshTicket(), await freshTicket()]
    await read('ana', source)
    await say(source, 'Of the source.')
    await read('bob', source)
    await merge(target, source)
    expect(await stateAs('ana', target)).toMatchObject({ isUnread: true, isReadByAgent: true })
    expect((await stateAs('bob', target)).isUnread).toBe(false)
  })

  test('brings what nobody has read of the source, and who follows it', async () => {
    const [target, source] = [await freshTicket(), await freshTicket()]
    await say(source, 'Of the source.')
    await askAs('bob', 'mutation ($id: ID!) { ticketFollow(input: { id: $id, follow: true }) { errors { code } } }', {
      id: source,
    })
    await merge(target, source)
    for (const name of ['ana', 'bob', 'program'])
      expect(await stateAs(name, target)).toMatchObject({ isUnread: true, isReadByAgent: false })
    const { data } = await askAs('bob', '{ tickets(filter: { isFollowed: true }) { nodes { id } } }')
    expect(data).toEqual({ tickets: { nodes: [{ id: target }] } })
  })

  async function merge(targetId: string, sourceId: string) {
    const document = 'mutation ($input: TicketMergeInput!) { ticketMerge(input: $input) { errors { message } } }'
    const { data } = await askAs('program', document, { input: { targetId, sourceIds: [sourceId] } })
    expect(data).toEqual({ ticketMerge: { errors: [] } })
  }
})

describe('a contact', () => {
  test('has unread what agents answered since they last looked or wrote', async () => {
    const { data } = await askAs('customer', '{ tickets(first: 1) { nodes { id } } }')
    const id = (data as { tickets: { nodes: { id: string }[] } }).tickets.nodes[0]?.id as string
    const key = nodeKeyOf(id)?.id
    await changeAs('program', 'ticketMarkRead', { ids: [id], side: 'AGENT' })
    await db.execute(sql`update tickets set is_read_by_contact = false where id = ${key}`)
    await db.execute(sql`update conversations set contact_last_seen_at = null where ticket_id = ${key}`)
    const { rows } = await db.execute<{ count: number }>(sql`
      select count(*)::int from messages m where ticket_id = ${key} and direction = 'OUTBOUND' and not is_internal
        and not is_deleted and type <> 'SUGGESTED_REPLY'
        and at > (select max(at) from messages where ticket_id = m.ticket_id and direction = 'INBOUND')`)
    const seen = await stateAs('customer', id)
    expect(seen).toMatchObject({ isUnread: true, unreadMessageCount: Math.max(1, rows[0]?.count ?? 0) })
    await db.execute(sql`update tickets set is_read_by_contact = true where id = ${key}`)
    expect(await stateAs('customer', id)).toMatchObject({ isUnread: false, unreadMessageCount: 0 })
  })
})

describe('for each viewer', () => {
  const hidden = ['isRecycled', 'isMerged', 'isSpam', 'isVanished']
  const everything = { and: hidden.map((field) => ({ or: [{ [field]: true }, { [field]: false }] })) }

  /** Ids of the tickets that say themselves that they are unread. */
  async function unreadAs(name: string, filter: object = {}): Promise<string[]> {
    const query = `query ($after: String, $filter: TicketFilter) { tickets(first: 100, after: $after, filter: $filter) {
      nodes { id isUnread unreadMessageCount } pageInfo { endCursor hasNextPage } } }`
    type Node = { id: string; isUnread: boolean; unreadMessageCount: number }
    type Page = { nodes: Node[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    const nodes: Page['nodes'] = []
    let after: string | null = null
    do {
      const { data } = await askAs(name, query, { after, filter })
      const { tickets } = data as { tickets: Page }
      nodes.push(...tickets.nodes)
      after = tickets.pageInfo.hasNextPage ? tickets.pageInfo.endCursor : null
    } while (after)
    for (const { id, isUnread, unreadMessageCount } of nodes)
      expect([id, unreadMessageCount > 0]).toEqual([id, isUnread])
    return nodes.filter(({ isUnread }) => isUnread).map(({ id }) => id)
  }

  /** Counted over the rows: messages after the look, else the flag. */
  async function countedByHand(actorId: string | null): Promise<string[]> {
    const { rows } = await db.execute<{ id: string; seen: string | null; looked: boolean; flag: boolean }>(sql`
      select t.id, l.seen_up_to as seen, l.ticket_id is not null as looked, not t.is_read_by_agent as flag
      from tickets t left join ticket_looks l on l.ticket_id = t.id and l.actor_id = ${actorId} where t.workspace_id = ${workspaceId}`)
    const { rows: inbound } = await db.execute<{ id: string; at: string }>(sql`
      select ticket_id as id, at from messages where direction = 'INBOUND' and not is_internal and not is_deleted
        and type <> 'SUGGESTED_REPLY'`)
    const newestOf = new Map<string, number>()
    for (const { id, at } of inbound) newestOf.set(id, Math.max(newestOf.get(id) ?? 0, Date.parse(at)))
    const isUnread = (row: (typeof rows)[0]) =>
      !row.looked ? row.flag : row.seen === null || (newestOf.get(row.id) ?? 0) > Date.parse(row.seen)
    return rows.filter(isUnread).map(({ id }) => id)
  }

  test.each(['ana', 'bob', 'program'])('the ticket, the filter, views and badges agree: %s', async (name) => {
    const shown = await unreadAs(name)
    const byHand = await countedByHand(name === 'program' ? null : ids[name as 'ana'])
    const all = await unreadAs(name, everything)
    expect(all.map((id) => nodeKeyOf(id)?.id).toSorted()).toEqual(byHand.toSorted())

    const filtered = await askAs(
      name,
      '{ unread: tickets(filter: { isUnread: true }, first: 100) { totalCount nodes { id } } read: tickets(filter: { isUnread: false }) { totalCount } all: tickets { totalCount } }',
    )
    const lists = filtered.data as Record<'unread' | 'read' | 'all', { totalCount: number; nodes: { id: string }[] }>
    expect(lists.unread.nodes.map(({ id }) => id)).toEqual(shown.slice(0, 100))
    expect([lists.unread.totalCount, lists.read.totalCount]).toEqual([
      shown.length,
      lists.all.totalCount - shown.length,
    ])

    const nothing = await save({ name: 'Nothing', filter: { not: { or: [{ isUnread: true }, { isUnread: false }] } } })
    const both = await save({ name: 'Both', filter: { or: [{ isUnread: true }, { isAssigned: true }] } })
    const { data } = await askAs(
      name,
      '{ unreadCounts { allCount views { view { id name ticketCount unreadCount } unreadCount unreadTicketIds } } }',
    )
    type View = { view: { id: string; name: string; ticketCount: number; unreadCount: number }; unreadCount: number }
    const { allCount, views } = (
      data as { unreadCounts: { allCount: number; views: (View & { unreadTicketIds: string[] })[] } }
    ).unreadCounts
    expect(allCount).toBe(shown.length)
    const unread = views.find(({ view }) => view.name === 'Unread')
    expect(unread).toMatchObject({
      unreadCount: shown.length,
      view: { ticketCount: shown.length, unreadCount: shown.length },
    })
    expect(unread?.unreadTicketIds).toEqual(shown.slice(0, 100))
    expect(views.find(({ view }) => view.id === both)).toMatchObject({ unreadCount: shown.length })
    expect(views.find(({ view }) => view.id === nothing)).toMatchObject({ unreadCount: 0, unreadTicketIds: [] })
  })
})

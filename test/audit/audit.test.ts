/** Who wrote what, when and from where: asked over the wire by people with tokens of their own. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { auditEntries } from '#domain/audit/table.ts'
import { sweep } from '#flows/sweeping/sweeping.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from '../views/people.ts'

const people = await servePeople()
const { askAs, db, ids } = people

type Entry = {
  at: string
  actor: { id: string } | null
  tokenName: string
  operation: string
  outcome: string
  target: { id: string; __typename: string } | null
  targetIds: string[]
  changes: unknown
  ip: string | null
  requestId: string
}
type Log = { nodes: Entry[]; totalCount: number; pageInfo: { endCursor: string | null; hasNextPage: boolean } }

const tickets = (
  await db.execute<{ id: string }>(sql`
    select tickets.id from tickets join backends on backends.id = backend_id
    where vendor = 'comm100' and status = 'PENDING_INTERNAL' and not is_recycled and is_read_by_agent order by tickets.id`)
).rows.map(({ id }) => nodeIdOf('Ticket', id))
const ticket = (index: number) => tickets[index] as string
const ana = nodeIdOf('Agent', ids.ana)

async function log(args = '', variables: object = {}, name = 'program'): Promise<Log> {
  const { data, errors } = await askAs(
    name,
    `query ($id: ID) { auditLog(actorId: null, nodeId: $id ${args}) { totalCount pageInfo { endCursor hasNextPage }
      nodes { at actor { id } tokenName operation outcome target { id __typename } targetIds changes ip requestId } } }`,
    variables,
  )
  if (errors) throw new Error(JSON.stringify(errors))
  return (data as { auditLog: Log }).auditLog
}
const about = async (id: string) => (await log('', { id })).nodes
const update = (name: string, id: string, patch: object, more: object = {}) =>
  askAs(name, 'mutation ($input: TicketUpdateInput!) { ticketUpdate(input: $input) { errors { code } replayed } }', {
    input: { id, patch, ...more },
  })

test('a change is told with its author, its request and what changed, and not with what was written', async () => {
  const { headers } = await update('ana', ticket(0), { status: 'ON_HOLD', subject: 'hush-hush' })
  const entries = await about(ticket(0))
  expect(entries).toEqual([
    {
      ...{ at: expect.any(String), actor: { id: ana }, tokenName: 'ana', operation: 'ticketUpdate', outcome: 'DONE' },
      ...{ target: { id: ticket(0), __typename: 'Ticket' }, targetIds: [ticket(0)] },
      changes: [
        {
          kind: 'UPDATED',
          fields: expect.arrayContaining(['status']),
          values: { status: [expect.any(String), 'ON_HOLD'] },
        },
      ],
      ...{ ip: '127.0.0.1', requestId: headers.get('x-request-id') },
    },
  ])
  const sent = await askAs(
    'ana',
    `mutation ($input: NoteAddInput!) { noteAdd(input: $input) { errors { code } message { id } } }`,
    { input: { ticketId: ticket(0), body: { text: 'hush-hush words' } } },
  )
  const { message } = (sent.data as { noteAdd: { message: { id: string } } }).noteAdd
  expect(await about(message.id)).toMatchObject([
    { operation: 'noteAdd', targetIds: expect.arrayContaining([ticket(0)]) },
  ])
  expect(JSON.stringify(await log())).not.toContain('hush-hush')
})

test('what failed, was only asked, or is a repetition leaves no entry; what was not allowed does', async () => {
  const before = (await log()).totalCount
  await update('ana', ticket(1), { status: 'ON_HOLD' }, { ifVersion: 999 })
  await askAs(
    'ana',
    `mutation ($ids: [ID!]!) { ticketsBulkUpdate(input: {selector: {ids: $ids}, patch: {status: ON_HOLD}, dryRun: true}) { errors { code } } }`,
    { ids: [ticket(1)] },
  )
  expect((await log()).totalCount).toBe(before)
  const once = { idempotencyKey: 'only once' }
  await update('ana', ticket(1), { priority: 'URGENT' }, once)
  await update('ana', ticket(1), { priority: 'URGENT' }, once)
  expect((await log()).totalCount).toBe(before + 1)
  const { data } = await update('customer', ticket(1), { priority: 'LOW' })
  expect(data).toMatchObject({ ticketUpdate: { errors: [{ code: 'FORBIDDEN' }] } })
  expect((await about(ticket(1)))[0]).toMatchObject({
    ...{ outcome: 'REFUSED', tokenName: 'customer', operation: 'ticketUpdate', targetIds: [ticket(1)] },
    changes: [{ kind: 'GIVEN', fields: expect.arrayContaining(['id', 'patch.priority']) }],
  })
})

test('a mutation that a token lacks the scope for is told too, without what was written', async () => {
  const answer = await askAs(
    'customer',
    'mutation ($input: NoteAddInput!) { noteAdd(input: $input) { errors { code } } }',
    {
      input: { ticketId: ticket(1), body: { text: 'hush-hush words' } },
    },
  )
  expect(answer.data).toEqual({ noteAdd: { errors: [{ code: 'FORBIDDEN' }] } })
  const [entry] = await about(ticket(1))
  expect(entry).toMatchObject({
    ...{
      operation: 'noteAdd',
      outcome: 'REFUSED',
      tokenName: 'customer',
      actor: { id: nodeIdOf('Contact', ids.customer) },
    },
    ...{ requestId: answer.headers.get('x-request-id'), targetIds: [ticket(1)] },
  })
  expect(JSON.stringify(entry)).not.toContain('hush-hush')
})

test('of many tickets, one that may not be changed is told as refused', async () => {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from tickets where requester_id = ${ids.customer} limit 1`,
  )
  const own = nodeIdOf('Ticket', rows[0]?.id ?? '')
  const { data } = await askAs(
    'customer',
    'mutation ($input: TicketReadInput!) { ticketMarkRead(input: $input) { errors { code } } }',
    { input: { ids: [own], side: 'AGENT' } },
  )
  expect(data).toEqual({ ticketMarkRead: { errors: [{ code: 'FORBIDDEN' }] } })
  expect(await about(own)).toMatchObject([{ operation: 'ticketMarkRead', outcome: 'REFUSED', tokenName: 'customer' }])
})

test('many tickets at once are one entry that names all of them, without those that could not be changed', async () => {
  const missing = nodeIdOf('Ticket', '00000000-0000-7000-8000-000000000000')
  const input = { ids: [ticket(2), missing, ticket(3)] }
  await askAs('bob', 'mutation ($input: TicketReadInput!) { ticketMarkRead(input: $input) { errors { code } } }', {
    input,
  })
  await askAs('bob', 'mutation ($input: TicketReadInput!) { ticketMarkUnread(input: $input) { errors { code } } }', {
    input,
  })
  const [entry] = await about(ticket(3))
  expect(entry).toMatchObject({ operation: 'ticketMarkUnread', actor: { id: nodeIdOf('Agent', ids.bob) } })
  expect(entry?.targetIds.toSorted()).toEqual([ticket(2), ticket(3)].toSorted())
})

test('an entry and its change are kept together or not at all', async () => {
  await db.execute(sql`alter table audit_entries add constraint no_more check (operation <> 'ticketUpdate') not valid`)
  try {
    const { errors } = await update('ana', ticket(4), { priority: 'LOW' })
    expect(errors?.[0]?.message).toBe('Unexpected error.')
  } finally {
    await db.execute(sql`alter table audit_entries drop constraint no_more`)
  }
  expect(await about(ticket(4))).toEqual([])
  const { rows } = await db.execute(
    sql`select from changes where ticket_id = ${uuidOf(ticket(4))} and source = 'COMMAND'`,
  )
  expect(rows).toEqual([])
})

test('pages go from the newest to the oldest and end; times, actors and things narrow them', async () => {
  const whole = await log('first: 100')
  expect(whole.totalCount).toBe(whole.nodes.length)
  expect(whole.nodes.map(({ at }) => at)).toEqual(
    whole.nodes
      .map(({ at }) => at)
      .toSorted()
      .reverse(),
  )
  const walked: Entry[] = []
  for (let after: string | null = null; ; ) {
    const page: Log = await log(`first: 2 ${after ? `after: "${after}"` : ''}`)
    walked.push(...page.nodes)
    after = page.pageInfo.endCursor
    if (!page.pageInfo.hasNextPage) break
  }
  expect(walked).toEqual(whole.nodes)
  const [newest] = whole.nodes
  expect((await log(`to: "${newest?.at}"`)).nodes).toEqual(whole.nodes.filter(({ at }) => at < (newest?.at ?? '')))
  expect((await log(`from: "${newest?.at}"`)).nodes).toEqual(whole.nodes.filter(({ at }) => at >= (newest?.at ?? '')))
  const { data } = await askAs('program', `{ auditLog(actorId: "${ana}", first: 100) { nodes { tokenName } } }`)
  expect(data).toEqual({
    auditLog: { nodes: whole.nodes.filter(({ tokenName }) => tokenName === 'ana').map(() => ({ tokenName: 'ana' })) },
  })
})

test('nobody reads it without the scope, and nobody of another workspace', async () => {
  const { rows } = await db.execute<{ id: string }>(sql`select id from audit_entries limit 1`)
  const id = nodeIdOf('AuditEntry', rows[0]?.id ?? '')
  const query = `{ auditLog { totalCount } node(id: "${id}") { id } }`
  for (const name of ['ana', 'customer']) {
    const { errors } = await askAs(name, '{ auditLog { totalCount } }')
    expect(errors?.[0]?.extensions?.code, name).toBe('FORBIDDEN')
    expect((await askAs(name, `{ node(id: "${id}") { id } }`)).data, name).toEqual({ node: null })
  }
  expect((await askAs('stranger', query)).data).toEqual({ auditLog: { totalCount: 0 }, node: null })
  expect((await askAs('program', query)).data).toMatchObject({ node: { id } })
})

test('entries go when they are older than they are to be kept', async () => {
  const { rows } = await db.execute<{ id: string }>(sql`
    update audit_entries set at = now() - interval '31 days' where id in (select id from audit_entries limit 2) returning id`)
  const before = await db.$count(auditEntries)
  await sweep(db)
  expect(await db.$count(auditEntries)).toBe(before)
  await sweep(db, 30)
  expect(await db.$count(auditEntries)).toBe(before - rows.length)
})

function uuidOf(nodeId: string): string {
  return Buffer.from(nodeId, 'base64url').toString('latin1').split(':')[1] as string
}

test('a long list is counted up to ten thousand, then estimated by what the viewer may see, and says so', async () => {
  const count = async () => {
    const { data } = await askAs('program', '{ auditLog { totalCount isTotalCountEstimated } }')
    return (data as { auditLog: { totalCount: number; isTotalCountEstimated: boolean } }).auditLog
  }
  const fill = (workspace: string, to: number) =>
    db.execute(sql`insert into audit_entries (workspace_id, id, at, token_name, operation, outcome, request_id)
      select ${workspace}, gen_random_uuid(), now() - interval '1 day', 'filler', 'fill', 'DONE', 'none'
      from generate_series(1, ${to} - (select count(*) from audit_entries where workspace_id = ${workspace}))`)
  await fill(people.elsewhere, 3000)
  await fill(people.workspaceId, 10_000)
  expect(await count()).toEqual({ totalCount: 10_000, isTotalCountEstimated: false })
  await fill(people.workspaceId, 12_345)
  expect(await count()).toEqual({ totalCount: 12_000, isTotalCountEstimated: true })
})

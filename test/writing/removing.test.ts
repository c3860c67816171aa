/** Removing tickets for good. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { promiseDelivery } from '#domain/deliveries/promise.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { runOver } from '../support/asking.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { openTestGateway } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db, workspaceId } = served
const run = runOver(ask)

type Failure = { __typename: string; code: string; path: string[] | null; message: string }
type Answer = { deletedTicketId: string | null; errors: Failure[]; deliveries: { id: string }[] }

const document = `mutation($input: TicketDeleteInput!) {
  ticketDelete(input: $input) { deletedTicketId errors { __typename code path message } deliveries { id } } }`
const remove = (input: object) => run<Answer>(document, { input })
type Shown = { id: string; version: number; isRecycled: boolean; vanishedAt: string | null }
const shown = 'id version isRecycled vanishedAt'
const ticket = (id: string) => run<Shown | null>(`query($id: ID!) { ticket(id: $id) { ${shown} } }`, { id })
const recycle = (id: string) =>
  run<object>('mutation($id: ID!) { ticketRecycle(input: {id: $id}) { errors { code } } }', { id })

const backendIds = new Map(
  (await run<{ id: string; vendor: { key: string } }[]>('{ backends { id vendor { key } } }', {})).map(
    ({ id, vendor }) => [vendor.key, id],
  ),
)
const uuidOf = (nodeId: string) => Buffer.from(nodeId, 'base64url').toString('latin1').split(':')[1] as string
const nodeId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url')
const used = new Set<string>()
async function fresh(vendor: string): Promise<Shown> {
  const { nodes } = await run<{ nodes: Shown[] }>(
    `query($ids: [ID!]) { tickets(filter: {backendIds: $ids, isRecycled: false}, first: 50) { nodes { ${shown} } } }`,
    { ids: [backendIds.get(vendor)] },
  )
  const found = nodes.find(({ id, vanishedAt }) => vanishedAt === null && !used.has(id)) as Shown
  used.add(found.id)
  return found
}
async function rowsOf(query: ReturnType<typeof sql>) {
  return (await db.execute<Record<string, unknown>>(query)).rows
}
const lastLine = async (id: string) =>
  (
    await rowsOf(sql`select kind, changed_fields, version, source, token_name from changes
      where ticket_id = ${uuidOf(id)} and message_id is null order by position desc limit 1`)
  )[0]

test.each(['chatwoot', 'comm100', 'deskhero', 'onebox'])(
  '%s removes it; here it is gone at once, and stays away',
  async (vendor) => {
    const { id, version } = await fresh(vendor)
    await recycle(id)
    const removed = await remove({ id })
    expect(removed).toMatchObject({ errors: [], deletedTicketId: id, deliveries: [{}] })
    expect(await ticket(id)).toMatchObject({ version: version + 2, vanishedAt: expect.any(String) })
    expect(await lastLine(id)).toMatchObject({
      kind: 'DELETED',
      version: version + 2,
      source: 'COMMAND',
      token_name: 'tests',
    })
    expect(
      await rowsOf(sql`select operation, input, fields, lanes, before, ticket_id from deliveries
      where id = ${uuidOf(removed.deliveries[0]?.id ?? '')}`),
    ).toEqual([
      {
        ...{ operation: 'deleteTicket', input: {}, fields: ['existence'], lanes: [uuidOf(id)] },
        ...{ before: { kind: 'existence' }, ticket_id: uuidOf(id) },
      },
    ])
    // A copy that still has it brings nothing back.
    await syncNow(served.syncing, uuidOf(backendIds.get(vendor) ?? ''))
    expect(await ticket(id)).toMatchObject({ vanishedAt: expect.any(String) })
    expect((await lastLine(id))?.kind).not.toBe('CREATED')

    const { settled } = deliverDuringTest(served)
    await settled()
    await db.execute(
      sql`update backend_syncs set cursor = null where backend_id = ${uuidOf(backendIds.get(vendor) ?? '')}`,
    )
    await syncNow(served.syncing, uuidOf(backendIds.get(vendor) ?? ''))
    expect(await ticket(id)).toBeNull()
    const again = await remove({ id })
    expect(again).toMatchObject({ deletedTicketId: null, errors: [{ path: ['input', 'id'] }], deliveries: [] })
  },
)

test('what is not in the recycle bin is only removed when that is said', async () => {
  const before = await fresh('chatwoot')
  const refused = { deletedTicketId: null, errors: [{ code: 'VALIDATION_FAILED', path: ['input', 'skipRecycleBin'] }] }
  expect(await remove({ id: before.id })).toMatchObject(refused)
  expect(await remove({ id: before.id, skipRecycleBin: false })).toMatchObject(refused)
  expect(await remove({ id: before.id, skipRecycleBin: null })).toMatchObject(refused)
  expect(await ticket(before.id)).toEqual(before)
  expect(await remove({ id: before.id, skipRecycleBin: true })).toMatchObject({
    errors: [],
    deletedTicketId: before.id,
  })
})

test('a removal that is given up is taken back', async () => {
  const before = await fresh('comm100')
  const { deliveries } = await remove({ id: before.id, skipRecycleBin: true })
  await run('mutation($id: ID!) { deliveryDiscard(input: {id: $id}) { errors { code } } }', { id: deliveries[0]?.id })
  expect(await ticket(before.id)).toMatchObject({ vanishedAt: null, isRecycled: false })
  expect(await lastLine(before.id)).toMatchObject({ kind: 'CREATED' })
})

/** As if made here and not yet taken by its help desk. */
async function madeHere(vendor: string) {
  const { id } = await fresh(vendor)
  const uuid = uuidOf(id)
  await db.execute(sql`update tickets set external_id = ${`deskgraph:${uuid}`} where id = ${uuid}`)
  const backendId = uuidOf(backendIds.get(vendor) ?? '')
  const common = { workspaceId, backendId, ticketId: uuid, tokenName: 'tests' }
  const input = { patch: {}, messageIds: [] }
  return { id, uuid, deliveryId: await promiseDelivery(db, { ...common, operation: 'createTicket', input }) }
}

test('what its help desk never got is gone without a trace there: it is not sent any more', async () => {
  const { id, uuid, deliveryId } = await madeHere('chatwoot')
  const setState = (state: string) => db.execute(sql`update deliveries set state = ${state} where id = ${deliveryId}`)
  const counted = () => rowsOf(sql`select count(*)::int as count from messages where ticket_id = ${uuid}`)
  const before = await counted()
  for (const state of ['SENDING', 'UNCERTAIN']) {
    await setState(state)
    const refused = await remove({ id, skipRecycleBin: true })
    expect(refused).toMatchObject({ deletedTicketId: null, errors: [{ code: 'CONFLICT', path: ['input', 'id'] }] })
    expect(await counted()).toEqual(before)
  }
  await setState('QUEUED')
  expect(await remove({ id, skipRecycleBin: true })).toMatchObject({ errors: [], deletedTicketId: id, deliveries: [] })
  expect(await ticket(id)).toBeNull()
  expect(await counted()).toEqual([{ count: 0 }])
  expect(await rowsOf(sql`select state, settled_at from deliveries where id = ${deliveryId}`)).toMatchObject([
    { state: 'DISCARDED', settled_at: expect.anything() },
  ])
  expect(await lastLine(id)).toMatchObject({ kind: 'DELETED' })
})

test('a ticket that shows the threads of others is not removed with them', async () => {
  const [target, source] = [await fresh('chatwoot'), await fresh('chatwoot')]
  const merged = await run<{ errors: Failure[] }>(
    `mutation($input: TicketMergeInput!) { ticketMerge(input: $input) { errors { code path message } } }`,
    { input: { targetId: target.id, sourceIds: [source.id] } },
  )
  expect(merged.errors).toEqual([])
  for (const id of [target.id, source.id]) {
    const refused = await remove({ id, skipRecycleBin: true })
    expect(refused).toMatchObject({ deletedTicketId: null, errors: [{ path: ['input', 'id'] }] })
    expect(await ticket(id)).toMatchObject({ vanishedAt: null })
  }
})

test('what cannot be removed is refused with its path', async () => {
  const { id } = await fresh('alibaba')
  expect(await remove({ id, skipRecycleBin: true })).toMatchObject({
    ...{ deletedTicketId: null, deliveries: [] },
    errors: [{ __typename: 'UnsupportedError', code: 'UNSUPPORTED_BY_BACKEND', path: ['input', 'id'] }],
  })
  for (const wrong of ['', 'x', nodeId('Ticket', randomUUID()), nodeId('Tag', uuidOf(id)), backendIds.get('chatwoot')])
    expect((await remove({ id: wrong, skipRecycleBin: true })).errors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'id'] },
    ])
  expect((await remove({ id: 'a\0' })).errors).toMatchObject([{ code: 'VALIDATION_FAILED', path: ['input', 'id'] }])
  const stranger = await openTestGateway(db)
  const { data } = (await stranger.ask(document, { input: { id, skipRecycleBin: true } })) as unknown as {
    data: object
  }
  await stranger.close()
  expect(data).toMatchObject({ ticketDelete: { deletedTicketId: null, errors: [{ code: 'NOT_FOUND' }] } })
  expect(await ticket(id)).toMatchObject({ vanishedAt: null })
})

/** Tags: made, renamed and removed; at the vendor, here, and for all help desks. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { syncNow } from '#flows/sync/schedule.ts'
import { runOver } from '../support/asking.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { openTestGateway } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db } = served
const run = runOver(ask)

type Failure = { __typename: string; code: string; path: string[] | null; message: string }
type Tag = { id: string; name: string; color: string | null; externalId: string | null; backend: { id: string } | null }
type Answer = {
  tag?: Tag | null
  deletedId?: string | null
  errors: Failure[]
  deliveries?: { id: string; operation: string }[]
}
const shown = 'id name color externalId backend { id }'
const payload = `tag { ${shown} } errors { __typename code path message } deliveries { id operation }`

const create = (input: object) =>
  run<Answer>(`mutation($input: TagCreateInput!) { tagCreate(input: $input) { ${payload} } }`, { input })
const update = (input: object) =>
  run<Answer>(`mutation($input: TagUpdateInput!) { tagUpdate(input: $input) { ${payload} } }`, { input })
const remove = (id: string) =>
  run<Answer>(
    'mutation($id: ID!) { tagDelete(input: {id: $id}) { deletedId errors { __typename code path message } } }',
    { id },
  )
type Tagged = { id: string; version: number; tags: { id: string; name: string }[] }
const patch = (id: string, change: object) =>
  run<{ ticket: Tagged | null; errors: Failure[]; deliveries: { id: string }[] }>(
    `mutation($input: TicketUpdateInput!) { ticketUpdate(input: $input) {
      ticket { id version tags { id name } } errors { __typename code path message } deliveries { id } } }`,
    { input: { id, patch: change } },
  )
const ticket = (id: string) =>
  run<Tagged>('query($id: ID!) { ticket(id: $id) { id version tags { id name } } }', { id })
const tagsOf = async (vendor: string) =>
  (
    await run<{ nodes: Tag[] }>(`query($id: ID) { tags(backendId: $id, first: 100) { nodes { ${shown} } } }`, {
      id: backend(vendor),
    })
  ).nodes
const ticketsOf = async (vendor: string, first: number) =>
  (
    await run<{ nodes: Tagged[] }>(
      `query($ids: [ID!], $first: Int) { tickets(filter: {backendIds: $ids}, first: $first) { nodes { id version tags { id name } } } }`,
      { ids: [backend(vendor)], first },
    )
  ).nodes

const backendIds = new Map(
  (await run<{ id: string; vendor: { key: string } }[]>('{ backends { id vendor { key } } }', {})).map(
    ({ id, vendor }) => [vendor.key, id],
  ),
)
const backend = (vendor: string) => backendIds.get(vendor) as string
const uuidOf = (nodeId: string) => Buffer.from(nodeId, 'base64url').toString('latin1').split(':')[1] as string
const nodeId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64url')
const word = () => `w${randomUUID().slice(0, 8)}`
async function newest() {
  const { rows } = await db.execute<Record<string, unknown>>(sql`
    select operation, input, fields, lanes, before, ticket_id, state from deliveries order by position desc limit 1`)
  return rows[0]
}
async function countOf(what: 'deliveries' | 'tags' | 'changes') {
  const { rows } = await db.execute<{ count: number }>(sql`select count(*)::int as count from ${sql.identifier(what)}`)
  return rows[0]?.count as number
}
const copyAgain = (vendor: string) => syncNow(served.syncing, uuidOf(backend(vendor)))

test.each(['chatwoot', 'comm100'])('%s gets a new tag, its new name and its removal', async (vendor) => {
  const { settled } = deliverDuringTest(served)
  const name = word()
  const { tag, errors } = await create({ backendId: backend(vendor), name: `  ${name} ` })
  expect([errors, tag]).toMatchObject([[], { name, backend: { id: backend(vendor) } }])
  const id = tag?.id as string
  await settled()
  const [found] = (await tagsOf(vendor)).filter((row) => row.name === name)
  expect(found).toMatchObject({ id, externalId: expect.not.stringMatching(/^deskgraph:/) })

  const renamed = await update({ id, name: `${name}x` })
  expect(renamed).toMatchObject({ errors: [], tag: { id, name: `${name}x` }, deliveries: [{ operation: 'updateTag' }] })
  const [a, b] = await ticketsOf(vendor, 2)
  for (const { id: ticketId } of [a, b] as Tagged[])
    expect((await patch(ticketId, { addTagIds: [id] })).errors).toEqual([])
  await settled()
  await copyAgain(vendor)
  expect(await ticket(a?.id ?? '')).toMatchObject({ tags: expect.arrayContaining([{ id, name: `${name}x` }]) })

  const lines = await countOf('changes')
  const before = [await ticket(a?.id ?? ''), await ticket(b?.id ?? '')]
  expect(await remove(id)).toEqual({ deletedId: id, errors: [] })
  expect(await countOf('changes')).toBe(lines + 2)
  for (const { id: ticketId, version } of before) {
    const after = await ticket(ticketId)
    expect(after.version).toBe(version + 1)
    expect(after.tags.map((row) => row.id)).not.toContain(id)
  }
  await settled()
  await copyAgain(vendor)
  expect((await tagsOf(vendor)).map((row) => row.name)).not.toContain(`${name}x`)
  expect((await ticket(a?.id ?? '')).tags.map((row) => row.name)).not.toContain(`${name}x`)
})

test('what is promised says what, in which order, and what it was before', async () => {
  const name = word()
  const { tag } = await create({ backendId: backend('chatwoot'), name, color: '#123456' })
  const id = uuidOf(tag?.id ?? '')
  const common = { ticket_id: null, lanes: [id], fields: [], state: 'QUEUED' }
  expect(await newest()).toMatchObject({ ...common, operation: 'createTag', input: { tagId: id } })
  await update({ id: tag?.id, color: null })
  expect(await newest()).toMatchObject({
    ...{ ...common, operation: 'updateTag', input: { tagId: id } },
    before: { kind: 'tag', tag: { id, name, color: '#123456' }, ticketIds: [] },
  })
  // The help desk never got it: what was promised for it is given up.
  expect(await remove(tag?.id ?? '')).toMatchObject({ errors: [] })
  const { rows } = await db.execute<{ operation: string; state: string }>(sql`
    select operation, state from deliveries where lanes && array[${id}]::uuid[] and operation = 'createTag'`)
  expect(rows).toEqual([{ operation: 'createTag', state: 'DISCARDED' }])

  const [known] = await tagsOf('chatwoot')
  const [first] = await ticketsOf('chatwoot', 1)
  await patch(first?.id ?? '', { addTagIds: [known?.id] })
  await update({ id: known?.id, name: word() })
  await remove(known?.id ?? '')
  expect(await newest()).toMatchObject({
    ...{ operation: 'deleteTag', input: { externalId: known?.externalId }, lanes: [uuidOf(known?.id ?? '')] },
    before: {
      ...{ kind: 'tag', tag: { id: uuidOf(known?.id ?? '') } },
      ticketIds: expect.arrayContaining([uuidOf(first?.id ?? '')]),
    },
  })
  // A new name that was on its way does not make it a tag again; neither does an answer from before.
  await copyAgain('chatwoot')
  expect((await tagsOf('chatwoot')).map((row) => row.id)).not.toContain(known?.id)
  const { settled } = deliverDuringTest(served)
  await settled()
  expect((await tagsOf('chatwoot')).map((row) => row.id)).not.toContain(known?.id)
})

test("where tags are ours alone nothing is promised; where they are the help desk's own they are not touched", async () => {
  const before = await countOf('deliveries')
  const { tag } = await create({ backendId: backend('alibaba'), name: word() })
  const [first] = await ticketsOf('alibaba', 1)
  expect(await patch(first?.id ?? '', { addTagIds: [tag?.id] })).toMatchObject({ errors: [], deliveries: [] })
  expect(await update({ id: tag?.id, name: word() })).toMatchObject({ errors: [], deliveries: [] })
  expect(await remove(tag?.id ?? '')).toMatchObject({ errors: [] })
  expect((await ticket(first?.id ?? '')).tags.map(({ id }) => id)).not.toContain(tag?.id)

  for (const vendor of ['onebox', 'deskhero']) {
    const refusal = [{ __typename: 'UnsupportedError', code: 'UNSUPPORTED_BY_BACKEND' }]
    expect(await create({ backendId: backend(vendor), name: word() })).toMatchObject({ tag: null, errors: refusal })
    const [known] = await tagsOf(vendor)
    expect(known).toBeDefined()
    expect(await update({ id: known?.id, name: word() })).toMatchObject({ tag: null, errors: refusal })
    expect(await remove(known?.id ?? '')).toMatchObject({ deletedId: null, errors: refusal })
    expect((await tagsOf(vendor))[0]).toEqual(known)
  }
  expect(await countOf('deliveries')).toBe(before)
})

test('a tag of our own is for tickets of every help desk, and none of them hears of it', async () => {
  const { settled } = deliverDuringTest(served)
  const { tag, errors } = await create({ name: word(), color: 'red' })
  expect([errors, tag]).toMatchObject([[], { backend: null, externalId: null, color: 'red' }])
  await settled()
  const before = await countOf('deliveries')
  for (const vendor of backendIds.keys()) {
    const [first] = await ticketsOf(vendor, 1)
    expect(await patch(first?.id ?? '', { addTagIds: [tag?.id] }), vendor).toMatchObject({ errors: [], deliveries: [] })
    await copyAgain(vendor)
    expect((await ticket(first?.id ?? '')).tags.map(({ id }) => id)).toContain(tag?.id)
  }
  expect(await update({ id: tag?.id, name: word() })).toMatchObject({ errors: [], deliveries: [] })
  expect(await remove(tag?.id ?? '')).toMatchObject({ deletedId: tag?.id, errors: [] })
  expect(await countOf('deliveries')).toBe(before)
})

test('DeskHero is told which of its tags a ticket has', async () => {
  const { settled } = deliverDuringTest(served)
  const all = await tagsOf('deskhero')
  const [first] = await ticketsOf('deskhero', 1)
  const wanted = all.filter(({ id }) => !first?.tags.some((tag) => tag.id === id)).slice(0, 1)
  expect(wanted).toHaveLength(1)
  const changed = await patch(first?.id ?? '', { tagIds: wanted.map(({ id }) => id) })
  expect(changed).toMatchObject({ errors: [], deliveries: [{}] })
  await settled()
  await copyAgain('deskhero')
  expect((await ticket(first?.id ?? '')).tags.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id))
})

test('no two tags of a help desk have the same name, not even when asked for at once', async () => {
  const name = word()
  const answers = await Promise.all(
    [name, name.toUpperCase(), ` ${name}`, name].map((given) =>
      create({ backendId: backend('chatwoot'), name: given }),
    ),
  )
  const refused = answers.filter(({ errors }) => errors.length > 0)
  expect(refused).toHaveLength(3)
  for (const { errors } of refused)
    expect(errors).toMatchObject([{ code: 'VALIDATION_FAILED', path: ['input', 'name'] }])
  expect((await create({ backendId: backend('comm100'), name })).errors).toEqual([])
  expect((await create({ name })).errors).toEqual([])
  expect((await create({ name: name.toUpperCase() })).errors).toMatchObject([{ path: ['input', 'name'] }])
  const { tag } = await create({ name: `${name}-2` })
  expect((await update({ id: tag?.id, name: name.toUpperCase() })).errors).toMatchObject([{ path: ['input', 'name'] }])
  const recased = await update({ id: tag?.id, name: `${name}-2`.toUpperCase() })
  expect(recased).toMatchObject({ errors: [], tag: { name: `${name}-2`.toUpperCase() } })
})

test('what makes no sense is refused with its path, and nothing is changed', async () => {
  const { tag } = await create({ name: word() })
  const id = tag?.id as string
  const before = [await countOf('tags'), await countOf('deliveries')]
  const creations: [string, object, string][] = [
    ['input.backendId', { backendId: nodeId('Backend', randomUUID()), name: 'x' }, 'NOT_FOUND'],
    ['input.backendId', { backendId: id, name: 'x' }, 'NOT_FOUND'],
    ['input.name', { name: ' \n ' }, 'REQUIRED'],
    ['input.name', { name: 'x'.repeat(101) }, 'VALIDATION_FAILED'],
    ['input.name', { name: 'a\0' }, 'VALIDATION_FAILED'],
    ['input.name', { name: '\udfff' }, 'VALIDATION_FAILED'],
    ['input.color', { name: word(), color: 'x'.repeat(51) }, 'VALIDATION_FAILED'],
  ]
  const updates: [string, object, string][] = [
    ['input.id', { id: nodeId('Tag', randomUUID()), name: 'x' }, 'NOT_FOUND'],
    ['input.id', { id: backend('chatwoot'), name: 'x' }, 'NOT_FOUND'],
    ['input.id', { id: '', name: 'x' }, 'NOT_FOUND'],
    ['input', { id }, 'REQUIRED'],
    ['input.name', { id, name: '' }, 'REQUIRED'],
    ['input.name', { id, name: 'x'.repeat(101) }, 'VALIDATION_FAILED'],
  ]
  const problems = ({ errors }: Answer) => errors.map((error) => [error.path?.join('.'), error.code])
  for (const [path, input, code] of creations) expect(problems(await create(input)), path).toEqual([[path, code]])
  for (const [path, input, code] of updates) expect(problems(await update(input)), path).toEqual([[path, code]])
  for (const gone of [nodeId('Tag', randomUUID()), 'x', nodeId('Ticket', uuidOf(id))])
    expect(problems(await remove(gone))).toEqual([['input.id', 'NOT_FOUND']])
  const stranger = await openTestGateway(db)
  const { data } = (await stranger.ask('mutation($id: ID!) { tagDelete(input: {id: $id}) { errors { code } } }', {
    id,
  })) as unknown as { data: object }
  await stranger.close()
  expect(data).toEqual({ tagDelete: { errors: [{ code: 'NOT_FOUND' }] } })
  expect([await countOf('tags'), await countOf('deliveries')]).toEqual(before)
})

test('a tag that goes while tickets get it neither blocks nor breaks anybody', async () => {
  const { tag } = await create({ name: word() })
  const some = await ticketsOf('chatwoot', 20)
  const [removed, ...patched] = await Promise.all([
    remove(tag?.id ?? ''),
    ...some.map(({ id }) => patch(id, { addTagIds: [tag?.id] })),
  ])
  expect(removed?.errors).toEqual([])
  for (const { errors } of patched as Awaited<ReturnType<typeof patch>>[])
    expect(errors.map(({ code }) => code).filter((code) => code !== 'NOT_FOUND')).toEqual([])
  for (const { id } of some) expect((await ticket(id)).tags.map((row) => row.id)).not.toContain(tag?.id)
})

test('a tag that is taken off while another is put on leaves the ticket with just that one', async () => {
  const [taken, put] = await Promise.all([create({ name: word() }), create({ name: word() })])
  const [of] = await ticketsOf('chatwoot', 1)
  const before = (await patch(of?.id ?? '', { addTagIds: [taken.tag?.id] })).ticket?.tags.map(({ id }) => id) ?? []
  const [ticketId, takenId, putId] = [of, taken.tag, put.tag].map((row) => uuidOf(row?.id ?? ''))
  const isWaiting = async () => {
    const { rows } = await db.execute(sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like 'delete from ticket_tags%'`)
    return rows.length > 0
  }
  const taking: Promise<unknown>[] = []
  await db.transaction(async (tx) => {
    await tx.execute(sql`select from tickets where id = ${ticketId} for update`)
    await tx.execute(sql`insert into ticket_tags (workspace_id, ticket_id, tag_id)
      select workspace_id, id, ${putId}::uuid from tickets where id = ${ticketId}`)
    const take = db.execute(sql`delete from ticket_tags where ticket_id = ${ticketId} and tag_id = ${takenId}`)
    taking.push(Promise.resolve(take)) // which begins it
    await expect.poll(isWaiting, { timeout: 8000 }).toBe(true)
  })
  await Promise.all(taking)
  const wanted = [...before.filter((id) => id !== taken.tag?.id), put.tag?.id]
  expect((await ticket(of?.id ?? '')).tags.map(({ id }) => id).sort()).toEqual(wanted.sort())
})

test('a ticket whose tags had drifted shows them again after the update', async () => {
  const { tag } = await create({ name: word() })
  const [of] = await ticketsOf('chatwoot', 1)
  const { ticket: tagged } = await patch(of?.id ?? '', { addTagIds: [tag?.id] })
  await db.execute(sql`update tickets set tag_ids = '{}' where id = ${uuidOf(of?.id ?? '')}`)
  expect((await ticket(of?.id ?? '')).tags).toEqual([])
  const migration = readFileSync(join(import.meta.dirname, '../../drizzle/0025_tags_in_turn.sql'), 'utf8')
  await db.execute(sql.raw(migration.split('--> statement-breakpoint')[1] as string))
  expect((await ticket(of?.id ?? '')).tags).toEqual(tagged?.tags)
})

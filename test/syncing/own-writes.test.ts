/** What was written here and what a pull says of the same things. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { promiseDelivery } from '#domain/deliveries/promise.ts'
import { moveContacts } from '#domain/merges/contact-moves.ts'
import { newReferenceCache } from '#flows/sync/references.ts'
import { createTestDatabase } from '../support/database.ts'
import { cleanerOfFile, newBackend, rowsOf, storeInto } from './backend.ts'
import { minute, thread, ticket } from './scripted.ts'

const { db } = await createTestDatabase()
const cleaner = cleanerOfFile()

async function fresh() {
  const backend = await newBackend(db)
  return {
    backend,
    store: storeInto(db, backend, { cleaner }),
    rows: <Row>(table: string) => rowsOf<Row>(db, table, backend),
  }
}
type Fresh = Awaited<ReturnType<typeof fresh>>
type Row = { id: string; external_id: string }

async function idOf({ rows }: Fresh, table: string, externalId: string): Promise<string> {
  const found = (await rows<Row>(table)).find((row) => row.external_id === externalId)
  if (!found) throw new Error(`no ${externalId} in ${table}`)
  return found.id
}

async function promised({ backend }: Fresh, delivery: object) {
  const common = {
    workspaceId: backend.workspaceId,
    backendId: backend.id,
    ticketId: null,
    input: {},
    tokenName: 'tests',
  }
  return promiseDelivery(db, { ...common, ...delivery } as never)
}

const settle = (id: string) =>
  db.execute(sql`update deliveries set state = 'SETTLED', settled_at = now() where id = ${id}`)

function draft(externalId: string) {
  return {
    ...{ externalId, type: 'REPLY_OUTBOUND' as const, body: { text: 'soon' }, contentType: 'TEXT' as const },
    updatedAt: minute(3),
  }
}

test("a draft written here outlives pulls that do not know it; one of the vendor's goes with the vendor's", async () => {
  const made = await fresh()
  const { backend, store, rows } = made
  await store({ tickets: [ticket('1', { drafts: [draft('theirs')] })] })
  const [{ id: ticketId } = { id: '' }] = await rows<Row>('tickets')
  await db.execute(sql`
    insert into drafts (workspace_id, id, backend_id, ticket_id, external_id, type, content_type, created_at, updated_at,
      content_hash)
    values (${backend.workspaceId}, ${randomUUID()}, ${backend.id}, ${ticketId}, 'deskgraph:ours', 'NOTE_PRIVATE', 'TEXT',
      now(), now(), '')`)
  const names = async () => (await rows<Row>('drafts')).map((row) => row.external_id).sort()

  await store({ tickets: [ticket('1', { drafts: [draft('theirs')], subject: 'Two', updatedAt: minute(2) })] })
  expect(await names()).toEqual(['deskgraph:ours', 'theirs'])
  await store({ tickets: [ticket('1', { drafts: [], subject: 'Three', updatedAt: minute(3) })] })
  expect(await names()).toEqual(['deskgraph:ours'])
  expect(await rows('tickets')).toMatchObject([{ subject: 'Three', has_draft: true }])
  // Also where the vendor says nothing of drafts, or that there are none.
  await store({ tickets: [ticket('1', { hasDraft: false, subject: 'Four', updatedAt: minute(4) })] })
  expect(await rows('tickets')).toMatchObject([{ subject: 'Four', has_draft: true }])

  await db.execute(sql`delete from drafts where external_id = 'deskgraph:ours'`)
  await store({ tickets: [ticket('1', { drafts: [], subject: 'Five', updatedAt: minute(5) })] })
  expect(await rows('tickets')).toMatchObject([{ has_draft: false }])
})

test('a contact and a tag with a change under way stay as they are here until it is settled', async () => {
  const made = await fresh()
  const { store, rows } = made
  const cache = newReferenceCache()
  const page = (count: number) => ({
    contacts: [
      { type: 'CONTACT' as const, externalId: 'c', displayName: `Vendor ${count}`, updatedAt: minute(count), raw: {} },
    ],
    tags: [{ externalId: 't', name: `vendor-${count}` }],
  })
  await store(page(1), 1000, { cache })
  const [contactId, tagId] = [await idOf(made, 'actors', 'c'), await idOf(made, 'tags', 't')]
  await db.execute(sql`
    update actors set display_name = 'Here', content_hash = '', updated_at = now() where id = ${contactId}`)
  await db.execute(sql`update tags set name = 'here', content_hash = '' where id = ${tagId}`)
  const contact = await promised(made, { lanes: [contactId], operation: 'updateContact' })
  const tag = await promised(made, { lanes: [tagId], operation: 'updateTag' })

  await store(page(2), 1001, { cache })
  await store(page(3), 1002)
  expect(await rows('actors')).toMatchObject([{ display_name: 'Here' }])
  expect(await rows('tags')).toMatchObject([{ name: 'here' }])
  await settle(contact)
  await settle(tag)
  // The same words as before: now they count, also with what this run has read already.
  await store(page(3), 1003, { cache })
  expect(await rows('actors')).toMatchObject([{ display_name: 'Vendor 3' }])
  expect(await rows('tags')).toMatchObject([{ name: 'vendor-3' }])
})

test('a tag removed here does not come back with an answer from before', async () => {
  const made = await fresh()
  const { store, rows, backend } = made
  const cache = newReferenceCache()
  const tags = [
    { externalId: 't', name: 'gone' },
    { externalId: 'u', name: 'stays' },
  ]
  await store({ tickets: [ticket('1', { tags })] }, 1000, { cache })
  const tagId = await idOf(made, 'tags', 't')
  await db.execute(sql`delete from tags where id = ${tagId}`)
  const delivery = await promised(made, { lanes: [tagId], operation: 'deleteTag', input: { externalId: 't' } })
  const names = async () => (await rows<{ name: string }>('tags')).map(({ name }) => name)
  const tagged = async () => {
    const { rows: found } = await db.execute<{ name: string }>(sql`
      select name from ticket_tags join tags on tags.id = tag_id where ticket_tags.workspace_id = ${backend.workspaceId}`)
    return found.map(({ name }) => name)
  }
  await store({ tags, tickets: [ticket('1', { tags, subject: 'Two', updatedAt: minute(2) })] }, 1001, { cache })
  await store({ tags, tickets: [ticket('1', { tags, subject: 'Three', updatedAt: minute(3) })] }, 1002)
  expect(await names()).toEqual(['stays'])
  expect(await tagged()).toEqual(['stays'])
  expect(await rows('tickets')).toMatchObject([{ subject: 'Three' }])
  // Refused there: it is a tag like any other.
  await db.execute(sql`update deliveries set state = 'REFUSED' where id = ${delivery}`)
  await store({ tags, tickets: [ticket('1', { tags, subject: 'Four', updatedAt: minute(4) })] }, 1003)
  expect((await tagged()).sort()).toEqual(['gone', 'stays'])
})

test('a merged contact never comes back as a requester, whatever a page or its cache says', async () => {
  const made = await fresh()
  const { store, rows, backend } = made
  const cache = newReferenceCache()
  const ann = { type: 'CONTACT', externalId: 'ann', name: 'Ann' } as const
  const bob = { type: 'CONTACT', externalId: 'bob', name: 'Bob' } as const
  await store({ tickets: [ticket('1', { requester: ann }), ticket('2', { requester: bob })] }, 1000, { cache })
  const [annId, bobId] = [await idOf(made, 'actors', 'ann'), await idOf(made, 'actors', 'bob')]
  const moved = await moveContacts(db, backend.workspaceId, { targetId: bobId, sourceIds: [annId], at: new Date() })
  expect(moved.tickets).toMatchObject([{ requesterId: annId, version: 2 }])
  const requesters = async () =>
    (await rows<{ requester_id: string }>('tickets')).map((row) => row.requester_id === bobId)

  const contacts = [{ type: 'CONTACT' as const, externalId: 'ann', displayName: 'Ann again', raw: {} }]
  const changed = [
    ticket('1', { requester: ann, subject: 'New', updatedAt: minute(2) }),
    ticket('3', { requester: ann }),
  ]
  await store({ contacts, tickets: changed }, 1001, { cache })
  expect(await requesters()).toEqual([true, true, true])
  await store({ tickets: [ticket('1', { requester: ann, subject: 'Newer', updatedAt: minute(3) })] }, 1002)
  expect(await requesters()).toEqual([true, true, true])
  expect(
    (await rows<{ external_id: string; merged_into_id: string | null }>('actors')).map((row) => [
      row.external_id,
      row.merged_into_id,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['ann', bobId],
      ['bob', null],
    ]),
  )
})

test('a contact made here without a call of its own is the one that turns up with its address', async () => {
  const made = await fresh()
  const { store, rows, backend } = made
  await store({ tickets: [] })
  const own = async (name: string) => {
    const id = randomUUID()
    await db.execute(sql`
      insert into actors (workspace_id, id, backend_id, type, external_id, display_name, email)
      values (${backend.workspaceId}, ${id}, ${backend.id}, 'CONTACT', ${`deskgraph:${id}`}, ${name},
        ${`${name}@example.org`})`)
    return id
  }
  const [ann, eve] = [await own('Ann'), await own('Eve')]
  // Eve is on her way by a call of her own: its answer will say who she is.
  await promised(made, { lanes: [eve], operation: 'createContact', input: { contactId: eve } })
  const requester = (externalId: string, email: string) => ({
    type: 'CONTACT' as const,
    externalId,
    name: email,
    email,
  })
  await store({
    tickets: [
      thread('1', [], { requester: requester('7', 'ann@EXAMPLE.org') }),
      thread('2', [], { requester: requester('8', 'eve@example.org') }),
    ],
  })
  const actors = await rows<Row & { email: string }>('actors')
  expect(actors.find(({ id }) => id === ann)).toMatchObject({ external_id: '7' })
  expect(actors.find(({ id }) => id === eve)).toMatchObject({ external_id: `deskgraph:${eve}` })
  expect(actors).toHaveLength(3)
  expect((await rows<{ requester_id: string }>('tickets'))[0]?.requester_id).toBe(ann)
})

test('a ticket being removed stays away while its removal is under way, without a line in the log for every pull', async () => {
  const made = await fresh()
  const { store, rows } = made
  await store({ tickets: [ticket('1')] })
  const ticketId = await idOf(made, 'tickets', '1')
  await db.execute(sql`update tickets set vanished_at = now(), content_hash = '' where id = ${ticketId}`)
  const delivery = await promised(made, { ticketId, operation: 'deleteTicket', fields: ['existence'] })
  const lines = (await rows('changes')).length
  for (const askedAt of [1001, 1002]) await store({ tickets: [ticket('1')] }, askedAt)
  expect(await rows('tickets')).toMatchObject([{ vanished_at: expect.anything() }])
  expect(await rows('changes')).toHaveLength(lines)
  // The vendor kept it after all.
  await db.execute(sql`update deliveries set state = 'REFUSED' where id = ${delivery}`)
  await store({ tickets: [ticket('1')] }, 1003)
  expect(await rows('tickets')).toMatchObject([{ vanished_at: null }])
  expect((await rows<{ kind: string }>('changes')).at(-1)?.kind).toBe('CREATED')
})

/** Saving and deleting views, and marking mentions, over GraphQL. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from './people.ts'

const { askAs, save, db, elsewhere, ids, workspaceId } = await servePeople()

type UserError = { __typename: string; code: string; message: string; path: string[] | null }
type View = { id: string; name: string; position: number; filter: object; orderBy: object[] | null }
type Saved = { view: View | null; errors: UserError[]; clientMutationId: string | null }

const fields = `id name icon color isShared isOwn isEditable isBuiltIn owner { id } filter orderBy groupBy position
  problem ticketCount createdAt updatedAt`
const errors = 'errors { __typename code message path } clientMutationId'
async function saveAs(name: string, input: object): Promise<Saved> {
  const document = `mutation ($input: ViewSaveInput!) { viewSave(input: $input) { view { ${fields} } ${errors} } }`
  const answer = await askAs(name, document, { input })
  expect(answer.errors).toBeUndefined()
  return (answer.data as { viewSave: Saved }).viewSave
}
async function deleteAs(name: string, id: string) {
  const document = `mutation ($id: ID!) { viewDelete(input: { id: $id, clientMutationId: "c" }) { deletedId ${errors} } }`
  const answer = await askAs(name, document, { id })
  expect(answer.errors).toBeUndefined()
  return (answer.data as { viewDelete: { deletedId: string | null; errors: UserError[] } }).viewDelete
}
const read = async (name: string, id: string) =>
  ((await askAs(name, `query ($id: ID!) { view(id: $id) { ${fields} } }`, { id })).data as { view: View | null }).view

/** A filter with everything that looks different as an object and as JSON. */
const filter = {
  status: ['NEW', 'PENDING_INTERNAL'],
  createdAt: { from: '2000-01-01T00:00:00.000Z', within: 'PT90000000S' },
  contactLanguages: ['de', 'pt-BR'],
  or: [{ isUnread: true }, { not: { hasTags: true, customFields: [{ key: 'a', eq: { b: [1, null, 'x'] } }] } }],
}

describe('viewSave', () => {
  test('makes a view of the viewer, that is read again as it was sent', async () => {
    const input = {
      ...{ name: '  My \n work ', icon: 'star', color: '#1f93ff', filter, groupBy: 'STATUS', position: 7 },
      ...{ orderBy: [{ field: 'PRIORITY', direction: 'DESC' }, { field: 'NUMBER' }], clientMutationId: 'mine' },
    }
    const saved = await saveAs('ana', input)
    expect(saved).toMatchObject({ errors: [], clientMutationId: 'mine' })
    expect(saved.view).toMatchObject({
      ...{ name: 'My work', icon: 'star', color: '#1f93ff', filter, groupBy: 'STATUS', position: 7 },
      orderBy: [
        { field: 'PRIORITY', direction: 'DESC' },
        { field: 'NUMBER', direction: 'DESC' },
      ],
      ...{ isShared: false, isOwn: true, isEditable: true, isBuiltIn: false, problem: null },
      owner: { id: nodeIdOf('Agent', ids.ana) },
    })
    expect(await read('ana', saved.view?.id as string)).toEqual(saved.view)
    const list = `query ($viewId: ID, $filter: TicketFilter) { tickets(viewId: $viewId, filter: $filter) { totalCount } }`
    const [byView, byFilter] = [
      await askAs('ana', list, { viewId: saved.view?.id }),
      await askAs('ana', list, { filter: saved.view?.filter }),
    ]
    expect(byView.data).toEqual(byFilter.data)
  })

  test('puts a new view behind the others, not shared', async () => {
    const [one, two] = [await saveAs('bob', { name: 'a', filter: {} }), await saveAs('bob', { name: 'b', filter: {} })]
    expect((two.view as View).position).toBe((one.view as View).position + 1)
    expect(await read('ana', one.view?.id as string)).toBeNull()
  })

  test('changes an own view: what is left out stays, null clears', async () => {
    const { view } = await saveAs('ana', {
      name: 'before',
      filter,
      icon: 'x',
      color: 'red',
      isShared: true,
      position: 3,
    })
    const id = view?.id as string
    const { view: after } = await saveAs('ana', { id, name: 'after', filter: { isSpam: true }, icon: null })
    expect(after).toMatchObject({
      ...{ id, name: 'after', filter: { isSpam: true }, icon: null, color: 'red', isShared: true, position: 3 },
    })
    const ordered = await saveAs('ana', { id, name: 'after', filter: {}, orderBy: [{ field: 'NUMBER' }] })
    expect(ordered.view?.orderBy).toHaveLength(1)
    expect((await saveAs('ana', { id, name: 'after', filter: {}, orderBy: null })).view?.orderBy).toBeNull()
  })

  const deep = Array.from({ length: 7 }).reduce<object>((inner) => ({ not: inner }), {})
  test.each([
    ['an empty name', { name: '  ' }, 'name', 'REQUIRED'],
    ['a name without end', { name: 'x'.repeat(101) }, 'name', 'VALIDATION_FAILED'],
    ['a colour without end', { color: 'x'.repeat(51) }, 'color', 'VALIDATION_FAILED'],
    ['a place before the first', { position: -1 }, 'position', 'VALIDATION_FAILED'],
    [
      'ids of another kind',
      { filter: { tagIds: [nodeIdOf('Ticket', crypto.randomUUID())] } },
      'filter',
      'VALIDATION_FAILED',
    ],
    ['a filter too deep', { filter: deep }, 'filter', 'VALIDATION_FAILED'],
    [
      'too many steps',
      { orderBy: Array.from({ length: 4 }, () => ({ field: 'NUMBER' })) },
      'orderBy',
      'VALIDATION_FAILED',
    ],
    ['text that cannot be kept', { filter: { keywords: 'a\0b' } }, 'filter', 'VALIDATION_FAILED'],
  ])('refuses %s', async (_what, said, field, code) => {
    const { view, errors: problems } = await saveAs('ana', { name: 'x', filter: {}, ...said })
    expect(view).toBeNull()
    expect(problems).toMatchObject([{ __typename: 'ValidationError', code }])
    expect(problems[0]?.path?.slice(0, 2)).toEqual(['input', field])
  })

  test('of a contact is refused, and so is the deletion', async () => {
    const { errors: problems } = await saveAs('customer', { name: 'x', filter: {} })
    expect(problems).toMatchObject([{ __typename: 'ForbiddenError', code: 'FORBIDDEN' }])
    expect((await deleteAs('customer', await save())).errors[0]?.code).toBe('FORBIDDEN')
  })

  test('makes at most two hundred views of one viewer', async () => {
    await db.execute(sql`insert into saved_views (workspace_id, id, owner_token_name, name, is_shared, position, filter)
      select ${workspaceId}, gen_random_uuid(), 'bob', 'x', false, 0, '{}' from generate_series(1, 200)`)
    const { view, errors: problems } = await saveAs('bob', { name: 'x', filter: {} })
    expect([view, problems[0]?.code]).toEqual([null, 'LIMIT_EXCEEDED'])
    await db.execute(sql`delete from saved_views where owner_token_name = 'bob'`)
  })
})

describe('viewDelete', () => {
  test('deletes an own view, once', async () => {
    const id = await save({ ownerTokenName: 'ana' })
    expect(await deleteAs('ana', id)).toEqual({ deletedId: id, errors: [], clientMutationId: 'c' })
    expect(await read('ana', id)).toBeNull()
    expect(await deleteAs('ana', id)).toMatchObject({ deletedId: null, errors: [{ code: 'NOT_FOUND' }] })
  })
})

describe("somebody else's view", () => {
  test('that is shared can be changed and deleted by administrators only', async () => {
    const id = await save({ ownerTokenName: 'ana', isShared: true })
    expect((await saveAs('bob', { id, name: 'x', filter: {} })).errors).toMatchObject([
      { __typename: 'ForbiddenError', code: 'FORBIDDEN', path: ['input', 'id'] },
    ])
    expect((await deleteAs('bob', id)).errors[0]?.code).toBe('FORBIDDEN')
    expect((await saveAs('program', { id, name: 'renamed', filter: {} })).view).toMatchObject({
      ...{ name: 'renamed', isOwn: false, isEditable: true },
    })
    expect((await deleteAs('program', id)).deletedId).toBe(id)
  })

  test("that is their own, and another company's, look like one that is not there", async () => {
    const hidden = [
      nodeIdOf('View', crypto.randomUUID()),
      await save({ ownerTokenName: 'ana', isShared: false }),
      await save({ ownerTokenName: 'bob', isShared: true, workspaceId: elsewhere }),
      'nonsense',
    ]
    for (const name of ['bob', 'program'])
      for (const id of hidden) {
        const [saved, deleted] = [await saveAs(name, { id, name: 'x', filter: {} }), await deleteAs(name, id)]
        for (const problems of [saved.errors, deleted.errors])
          expect(problems).toMatchObject([{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'id'] }])
      }
  })

  test('that is built in or of a help desk cannot be changed', async () => {
    const { views } = (await askAs('program', '{ views { id isBuiltIn backend { id } } }')).data as {
      views: { id: string; isBuiltIn: boolean; backend: object | null }[]
    }
    for (const id of [views.find(({ isBuiltIn }) => isBuiltIn)?.id, views.find(({ backend }) => backend)?.id]) {
      expect((await saveAs('program', { id, name: 'x', filter: {} })).errors[0]?.code).toBe('FORBIDDEN')
      expect((await deleteAs('program', id as string)).errors[0]?.code).toBe('FORBIDDEN')
    }
  })
})

describe('mentionMarkRead', () => {
  type Marked = {
    mentions: { id: string; isRead: boolean; readAt: string | null; ticket: { id: string; version: number } }[]
    unreadCounts: { mentionedCount: number } | null
    errors: UserError[]
  }
  async function markAs(name: string, input: object): Promise<Marked> {
    const document = `mutation ($input: MentionReadInput!) { mentionMarkRead(input: $input) {
      mentions { id isRead readAt ticket { id version } } unreadCounts { mentionedCount } ${errors} } }`
    const answer = await askAs(name, document, { input })
    expect(answer.errors).toBeUndefined()
    return (answer.data as { mentionMarkRead: Marked }).mentionMarkRead
  }
  async function unreadOf(name: string) {
    const query = `{ viewer { mentions(unreadOnly: true, first: 100) { unreadCount nodes { id ticket { id version isRecycled } } } }
      unreadCounts { mentionedCount } }`
    const { viewer, unreadCounts } = (await askAs(name, query)).data as {
      viewer: {
        mentions: {
          unreadCount: number
          nodes: { id: string; ticket: { id: string; version: number; isRecycled: boolean } }[]
        }
      }
      unreadCounts: { mentionedCount: number }
    }
    return { ...viewer.mentions, ...unreadCounts }
  }

  test('by ticket marks those of the viewer there, and the badge falls by one; back again it rises', async () => {
    const before = await unreadOf('ana')
    const { ticket } = before.nodes.find((node) => !node.ticket.isRecycled) as (typeof before.nodes)[0]
    const marked = await markAs('ana', { ticketId: ticket.id })
    expect(marked.errors).toEqual([])
    expect(marked.mentions.length).toBeGreaterThan(0)
    for (const mention of marked.mentions)
      expect(mention).toMatchObject({
        isRead: true,
        readAt: expect.any(String),
        ticket: { ...{ id: ticket.id, version: ticket.version } },
      })
    expect(marked.unreadCounts?.mentionedCount).toBe(before.mentionedCount - 1)
    const listed = await askAs(
      'ana',
      `{ tickets(filter: { hasUnreadMention: true, ids: ["${ticket.id}"] }) { totalCount } }`,
    )
    expect(listed.data).toEqual({ tickets: { totalCount: 0 } })
    const back = await markAs('ana', { ticketId: ticket.id, isRead: false })
    expect(back.mentions.every(({ isRead, readAt }) => !isRead && readAt === null)).toBe(true)
    expect(back.unreadCounts?.mentionedCount).toBe(before.mentionedCount)
  })

  test('by id marks each once, and says so in the log of changes', async () => {
    const before = await unreadOf('ana')
    const { id } = before.nodes[0] as (typeof before.nodes)[0]
    const lines = async () =>
      (await db.execute(sql`select changed_fields, token_name from changes where source = 'COMMAND'`)).rows
    const earlier = (await lines()).length
    expect((await markAs('ana', { ids: [id, id] })).mentions).toMatchObject([{ id, isRead: true }])
    expect((await markAs('ana', { ids: [id] })).mentions).toMatchObject([{ id, isRead: true }])
    expect((await lines()).slice(earlier)).toEqual([{ changed_fields: ['mentions'], token_name: 'ana' }])
    expect((await unreadOf('ana')).unreadCount).toBe(before.unreadCount - 1)
    await markAs('ana', { ids: [id], isRead: false })
  })

  test("refuses somebody else's as it refuses one that is not there, and then marks none", async () => {
    const before = await unreadOf('ana')
    const { id, ticket } = before.nodes[0] as (typeof before.nodes)[0]
    const missing = nodeIdOf('Mention', crypto.randomUUID())
    for (const name of ['bob', 'stranger'])
      expect(await markAs(name, { ids: [id] })).toMatchObject({
        ...{ mentions: [], unreadCounts: null },
        errors: [{ __typename: 'NotFoundError', code: 'NOT_FOUND', path: ['input', 'ids', '0'] }],
      })
    expect((await markAs('customer', { ids: [id] })).errors).toMatchObject([{ code: 'FORBIDDEN' }])
    const mixed = await markAs('ana', { ids: [id, missing, 'nonsense'] })
    expect(mixed.errors.map(({ path }) => path)).toEqual([
      ['input', 'ids', '1'],
      ['input', 'ids', '2'],
    ])
    expect(await markAs('bob', { ticketId: ticket.id })).toMatchObject({ mentions: [], errors: [] })
    expect((await markAs('stranger', { ticketId: ticket.id })).errors[0]?.code).toBe('NOT_FOUND')
    expect((await unreadOf('ana')).unreadCount).toBe(before.unreadCount)
  })

  test('of a program may be those of any agent', async () => {
    const { nodes } = await unreadOf('ana')
    const id = nodes[0]?.id as string
    expect((await markAs('program', { ids: [id] })).mentions).toMatchObject([{ id, isRead: true }])
    await markAs('program', { ids: [id], isRead: false })
  })

  test.each([
    ['neither ids nor a ticket', {}, 'REQUIRED'],
    ['both', { ids: ['x'], ticketId: 'y' }, 'VALIDATION_FAILED'],
    ['no ids', { ids: [] }, 'REQUIRED'],
    ['too many ids', { ids: Array.from({ length: 101 }, (_, index) => `${index}`) }, 'LIMIT_EXCEEDED'],
  ])('refuses %s', async (_what, input, code) => {
    expect((await markAs('ana', input)).errors).toMatchObject([{ __typename: 'ValidationError', code }])
  })
})

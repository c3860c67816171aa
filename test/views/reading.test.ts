/** Views as they are read: what they hold, who sees them, and what they refuse. */
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from './people.ts'

const { askAs, save, elsewhere, statementsDuring, backends } = await servePeople()

type View = {
  id: string
  name: string
  isBuiltIn: boolean
  isShared: boolean
  isOwn: boolean
  backend: { id: string } | null
  filter: object | null
  orderBy: object[] | null
  condition: unknown
  problem: string | null
  tickets: { totalCount: number; nodes: { id: string }[] } | null
  ticketCount: number | null
}
const fields = 'id name isBuiltIn isShared isOwn backend { id } filter orderBy condition problem ticketCount'

async function viewsAs(name: string, variables: object = {}): Promise<View[]> {
  const answer = await askAs(name, `query ($s: Boolean! = true) { views(includeShared: $s) { ${fields} } }`, variables)
  expect(answer.errors).toBeUndefined()
  return (answer.data as { views: View[] }).views
}

const list = `query ($viewId: ID, $filter: TicketFilter, $orderBy: [TicketOrder!]) {
  tickets(viewId: $viewId, filter: $filter, orderBy: $orderBy, first: 100) { totalCount nodes { id status } } }`
async function ticketsAs(name: string, variables: object) {
  const answer = await askAs(name, list, variables)
  expect(answer.errors).toBeUndefined()
  return (answer.data as { tickets: { totalCount: number; nodes: { id: string; status: string }[] } }).tickets
}

describe('the list of views', () => {
  test('starts with the built-in ones, then has the saved ones and those of help desks', async () => {
    const saved = await save({ name: 'First saved' })
    const views = await viewsAs('ana')
    expect(views.map(({ isBuiltIn, backend }) => (isBuiltIn ? 0 : backend ? 2 : 1))).toEqual(
      views.map(({ isBuiltIn, backend }) => (isBuiltIn ? 0 : backend ? 2 : 1)).toSorted(),
    )
    expect(views.filter(({ isBuiltIn }) => isBuiltIn).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Mine', 'Unassigned', 'Unread', 'Recycle bin']),
    )
    expect(views.map(({ id }) => id)).toContain(saved)
    expect(views.some(({ backend }) => backend)).toBe(true)
  })

  test('gives built-in views ids that stay, other ones in another workspace', async () => {
    const [before, after] = [await viewsAs('ana'), await viewsAs('bob')]
    const strangers = await viewsAs('stranger')
    const builtIn = (views: View[]) => views.filter(({ isBuiltIn }) => isBuiltIn).map(({ id }) => id)
    expect(builtIn(before)).toEqual(builtIn(after))
    expect(builtIn(strangers).filter((id) => builtIn(before).includes(id))).toEqual([])
  })

  test('has the own and the shared ones, without includeShared the own and built-in ones', async () => {
    const own = await save({ ownerTokenName: 'bob', isShared: false, name: "Bob's" })
    const shared = await save({ ownerTokenName: 'ana', isShared: true, name: "Ana's" })
    const [bobs, anas] = [await viewsAs('bob'), await viewsAs('ana')]
    const idsOf = (views: View[]) => views.map(({ id }) => id)
    expect(idsOf(bobs)).toEqual(expect.arrayContaining([own, shared]))
    expect(idsOf(anas)).toContain(shared)
    expect(idsOf(anas)).not.toContain(own)
    expect(bobs.find(({ id }) => id === own)?.isOwn).toBe(true)
    expect(bobs.find(({ id }) => id === shared)?.isOwn).toBe(false)
    const few = await viewsAs('bob', { s: false })
    expect(idsOf(few)).toContain(own)
    expect(idsOf(few)).not.toContain(shared)
    expect(few.every(({ isBuiltIn, isOwn }) => isBuiltIn || isOwn)).toBe(true)
  })

  test("shows a help desk's own filter that is not shared to those who look after it only", async () => {
    const isHidden = ({ backend, isShared }: View) => backend && !isShared
    expect((await viewsAs('program')).some(isHidden)).toBe(true)
    expect((await viewsAs('ana')).some(isHidden)).toBe(false)
  })

  test('is empty for a contact', async () => {
    expect(await viewsAs('customer')).toEqual([])
  })
})

type Page = { totalCount: number; nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }

describe('tickets of a view', () => {
  test('are those of its filter, sent back unchanged, in its order', async () => {
    await save({
      filter: { statusCategory: ['OPEN'], createdAt: { from: '2000-01-01T00:00:00.000Z', within: 'PT90000000S' } },
      orderBy: [{ field: 'NUMBER', direction: 'ASC' }],
    })
    let count = 0
    for (const { id, filter, orderBy, problem, ticketCount, name } of await viewsAs('ana')) {
      if (problem) continue
      const [byView, byFilter] = [
        await ticketsAs('ana', { viewId: id }),
        await ticketsAs('ana', { filter, orderBy: orderBy ?? null }),
      ]
      expect(byView, name).toEqual(byFilter)
      expect(ticketCount, name).toBe(byFilter.totalCount)
      count += byView.totalCount
    }
    expect(count).toBeGreaterThan(100)
  })

  test('match the filter of the client too, also when both say something of the same field', async () => {
    const viewId = await save({ filter: { status: ['NEW', 'RESOLVED'] } })
    const both = await ticketsAs('ana', { viewId, filter: { status: ['RESOLVED', 'ON_HOLD'] } })
    expect(both.nodes.length).toBeGreaterThan(0)
    expect(both).toEqual(await ticketsAs('ana', { filter: { status: ['RESOLVED'] } }))
    const unread = await ticketsAs('ana', { viewId, filter: { isUnread: true } })
    expect(unread).toEqual(await ticketsAs('ana', { filter: { status: ['NEW', 'RESOLVED'], isUnread: true } }))
  })

  test('of the recycle bin stay those of the recycle bin when a client narrows them', async () => {
    const bin = (await viewsAs('ana')).find(({ name }) => name === 'Recycle bin') as View
    const all = await ticketsAs('ana', { viewId: bin.id })
    const status = all.nodes[0]?.status as string
    const some = await ticketsAs('ana', { viewId: bin.id, filter: { status: [status] } })
    expect(some.nodes).toEqual(all.nodes.filter((node) => node.status === status))
    expect(some.nodes.length).toBeGreaterThan(0)
  })

  test('can be paged from the view itself', async () => {
    const viewId = await save({ filter: { isAssigned: true } })
    const query = `query ($id: ID!, $after: String) { view(id: $id) { tickets(first: 7, after: $after) {
      totalCount nodes { id } pageInfo { endCursor hasNextPage } } } }`
    const seen: string[] = []
    let after: string | null = null
    do {
      const answer = await askAs('ana', query, { id: viewId, after })
      const { tickets } = (answer.data as { view: { tickets: Page } }).view
      seen.push(...tickets.nodes.map(({ id }) => id))
      after = tickets.pageInfo.hasNextPage ? tickets.pageInfo.endCursor : null
      if (!after) expect(new Set(seen).size).toBe(tickets.totalCount)
    } while (after)
    expect(seen.length).toBeGreaterThan(7)
  })

  test('match nothing where an id of the filter is gone', async () => {
    const viewId = await save({ filter: { tagIds: [nodeIdOf('Tag', crypto.randomUUID())] } })
    expect(await ticketsAs('ana', { viewId })).toEqual({ totalCount: 0, nodes: [] })
  })
})

describe('views of a help desk', () => {
  test('whose conditions can be told in our words list what the help desk lists itself', async () => {
    const backend = backends.find(({ connector }) => connector.key === 'comm100') as (typeof backends)[0]
    const views = (await viewsAs('ana')).filter((view) => view.backend?.id === nodeIdOf('Backend', backend.backendId))
    expect(views.map(({ name, problem }) => [name, problem === null])).toEqual(
      expect.arrayContaining([
        ['Urgent or tagged', true],
        ['Unassigned and open', true],
        ['Order numbers', false],
      ]),
    )
    const [, tagged] = (views.find(({ name }) => name === 'Urgent or tagged') as Told).condition.viewCondition
      .conditions
    const all = (await ticketsOf(backend.backendId)).map((row) => ({
      ...row,
      isTagged: row.tags.some(({ externalId }) => externalId === tagged?.value.toLowerCase()),
    }))
    expect(all.some(({ isTagged }) => isTagged)).toBe(true)
    for (const { name, id, filter } of views.filter(({ problem }) => problem === null)) {
      const listed = await ticketsAs('ana', { viewId: id })
      const fitting = all.filter(fits[name] as (typeof fits)[string])
      expect([name, listed.totalCount], name).toEqual([name, fitting.length])
      expect(listed.nodes.map((node) => node.id).toSorted()).toEqual(fitting.map((row) => row.id).toSorted())
      expect(await ticketsAs('ana', { filter })).toEqual(listed)
    }
  })

  type Fact = {
    id: string
    status: string
    priority: string | null
    assignee: object | null
    tags: { externalId: string }[]
  }
  type Told = View & { condition: { viewCondition: { conditions: { value: string }[] } } }

  const fits: Record<string, (row: Fact & { isTagged: boolean }) => boolean> = {
    'New tickets': ({ status }) => status === 'NEW',
    'Waiting for us': ({ status }) => status === 'PENDING_INTERNAL',
    'On hold': ({ status }) => status === 'ON_HOLD',
    'Urgent or tagged': ({ priority, isTagged }) => ['URGENT', 'HIGH'].includes(priority ?? '') || isTagged,
    'Unassigned and open': ({ assignee, status, priority }) =>
      assignee === null && (status !== 'RESOLVED' || priority === 'URGENT'),
  }

  async function ticketsOf(backendId: string): Promise<Fact[]> {
    const filter = { backendIds: [nodeIdOf('Backend', backendId)] }
    const query = `query ($filter: TicketFilter, $after: String) { tickets(filter: $filter, first: 100, after: $after) {
      nodes { id status priority assignee { __typename } tags { externalId } } pageInfo { endCursor hasNextPage } } }`
    const rows: Fact[] = []
    let after: string | null = null
    do {
      const { data } = await askAs('ana', query, { filter, after })
      const { tickets } = data as { tickets: { nodes: Fact[]; pageInfo: Page['pageInfo'] } }
      rows.push(...tickets.nodes)
      after = tickets.pageInfo.hasNextPage ? tickets.pageInfo.endCursor : null
    } while (after)
    return rows
  }
})

describe('a view that cannot be used here', () => {
  const asked = `query ($id: ID!) { view(id: $id) { ${fields} unreadCount mentionedUnreadCount tickets { totalCount } } }`

  test("of a help desk's own says so, with its condition, and lists nothing", async () => {
    const { id } = (await viewsAs('ana')).find(({ backend, problem }) => backend && problem) as View
    const { data, errors } = await askAs('ana', asked, { id })
    expect(errors).toBeUndefined()
    expect((data as { view: View }).view).toMatchObject({
      ...{
        filter: null,
        condition: expect.anything(),
        problem: expect.stringContaining('known to its help desk only'),
      },
      ...{ tickets: null, ticketCount: null, unreadCount: null, mentionedUnreadCount: null },
    })
    const refused = await askAs('ana', list, { viewId: id })
    expect(refused.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argument: 'viewId' } })
  })

  test.each([
    ['a field that is no more', { isPurple: true }, 'isPurple'],
    ['a word that is no more', { status: ['SLEEPING'] }, 'SLEEPING'],
    ['an id of another kind', { tagIds: [nodeIdOf('Ticket', crypto.randomUUID())] }, 'expected ids of Tag'],
    ['a list that is none', { or: 7 }, 'or'],
  ])('because of %s says so, and the others go on', async (_what, filter, said) => {
    const id = await save({ filter })
    const { data, errors } = await askAs('ana', asked, { id })
    expect(errors).toBeUndefined()
    expect((data as { view: View }).view).toMatchObject({
      filter,
      problem: expect.stringContaining(said),
      tickets: null,
    })
    const refused = await askAs('ana', list, { viewId: id })
    expect([refused.status, refused.errors?.[0]?.extensions?.code]).toEqual([200, 'BAD_USER_INPUT'])
    expect(refused.errors?.[0]?.message).toContain(said)
    expect((await viewsAs('ana')).filter(({ problem }) => problem === null).length).toBeGreaterThan(5)
  })

  test('in its order only falls back to the latest activity', async () => {
    const viewId = await save({ filter: { isAssigned: true }, orderBy: [{ field: 'MOOD' }] })
    expect(await ticketsAs('ana', { viewId })).toEqual(await ticketsAs('ana', { filter: { isAssigned: true } }))
  })
})

test("a foreign view, somebody else's own, and a damaged id look like one that is not there", async () => {
  const foreign = await save({ workspaceId: elsewhere })
  const private_ = await save({ ownerTokenName: 'bob', isShared: false })
  const missing = nodeIdOf('View', crypto.randomUUID())
  const answers = []
  for (const id of [missing, foreign, private_, 'nonsense', nodeIdOf('Ticket', crypto.randomUUID())]) {
    const read = await askAs('ana', 'query ($id: ID!) { view(id: $id) { id } node(id: $id) { id } }', { id })
    const counted = await askAs('ana', 'query ($id: ID!) { unreadCounts(viewIds: [$id]) { views { unreadCount } } }', {
      id,
    })
    const listed = await askAs('ana', list, { viewId: id })
    const text = JSON.stringify([read.data, read.errors, counted.data, counted.errors, listed.data, listed.errors])
    answers.push(text.replaceAll(id, 'ID').replaceAll(JSON.stringify(id).slice(1, -1), 'ID'))
  }
  expect(new Set(answers).size).toBe(1)
  expect(answers[0]).toContain('BAD_USER_INPUT')
})

test('thirty views with their counts cost as many statements as three', async () => {
  const query = (ids: string[]) =>
    `{ ${ids.map((id, index) => `v${index}: view(id: "${id}") { name ticketCount unreadCount mentionedUnreadCount }`).join(' ')} }`
  const ids = await Promise.all(
    Array.from({ length: 30 }, (_, index) => save({ name: `${index}`, filter: { keywords: `word${index}` } })),
  )
  const few = await statementsDuring(() => askAs('ana', query(ids.slice(0, 3))))
  const many = await statementsDuring(() => askAs('ana', query(ids)))
  expect([few.result.errors, many.result.errors]).toEqual([undefined, undefined])
  expect(many.statements.length).toBe(few.statements.length)
  expect(many.statements.length).toBeLessThanOrEqual(5)
})

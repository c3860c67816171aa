/** Mentions as a viewer reads them: their own, with a read state of their own. */
import { expect, test } from 'vitest'
import { servePeople } from './people.ts'

const { askAs, db } = await servePeople()

type Mention = { id: string; isRead: boolean; createdAt: string; agent: { id: string }; ticket: { id: string } }
type Connection = {
  totalCount: number
  unreadCount: number
  nodes: Mention[]
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
}
const query = `query ($unreadOnly: Boolean! = false, $first: Int, $after: String) { viewer { actor { id }
  mentions(unreadOnly: $unreadOnly, first: $first, after: $after) { totalCount unreadCount
    nodes { id isRead createdAt agent { id } ticket { id } } pageInfo { endCursor hasNextPage } } } }`
async function mentionsAs(name: string, variables: object = {}) {
  const answer = await askAs(name, query, variables)
  expect(answer.errors).toBeUndefined()
  return (answer.data as { viewer: { actor: { id: string } | null; mentions: Connection } }).viewer
}
const everything = (await db.execute('select is_read from mentions')).rows

test('are the own ones, newest first, page by page, with what is unread of all pages', async () => {
  const { actor, mentions } = await mentionsAs('ana', { first: 100 })
  expect(mentions.nodes.length).toBeGreaterThan(1)
  expect(mentions.nodes.every(({ agent }) => agent.id === actor?.id)).toBe(true)
  expect(mentions.totalCount).toBe(mentions.nodes.length)
  expect(mentions.unreadCount).toBe(mentions.nodes.filter(({ isRead }) => !isRead).length)
  const times = mentions.nodes.map(({ createdAt }) => createdAt)
  expect(times).toEqual(times.toSorted().toReversed())
  const first = (await mentionsAs('ana', { first: 1 })).mentions
  expect(first).toMatchObject({ totalCount: mentions.totalCount, unreadCount: mentions.unreadCount })
  const second = (await mentionsAs('ana', { first: 1, after: first.pageInfo.endCursor })).mentions
  expect([...first.nodes, ...second.nodes]).toEqual(mentions.nodes.slice(0, 2))
})

test('can be the unread ones only', async () => {
  const [all, unread] = [
    (await mentionsAs('ana', { first: 100 })).mentions,
    (await mentionsAs('ana', { unreadOnly: true, first: 100 })).mentions,
  ]
  expect(unread.nodes).toEqual(all.nodes.filter(({ isRead }) => !isRead))
  expect(unread).toMatchObject({ totalCount: all.unreadCount, unreadCount: all.unreadCount })
})

test("are nobody's for a contact and everybody's for a program", async () => {
  expect((await mentionsAs('customer')).mentions).toMatchObject({ totalCount: 0, unreadCount: 0, nodes: [] })
  expect((await mentionsAs('program')).mentions).toMatchObject({
    totalCount: everything.length,
    unreadCount: everything.filter((row) => !row.is_read).length,
  })
})

test('select tickets: mentionsMe and hasUnreadMention are about the viewer, assignedToMe too', async () => {
  const all = '{ or: [{ isRecycled: true }, { isRecycled: false }] }'
  const counts = (filter: string) =>
    `{ yes: tickets(first: 100, filter: { ${filter}: true, and: [${all}] }) { totalCount nodes { id assignee { ... on Agent { id } } } }
       no: tickets(filter: { ${filter}: false, and: [${all}] }) { totalCount } all: tickets(filter: ${all}) { totalCount } }`
  type Counts = {
    yes: { totalCount: number; nodes: { id: string; assignee: { id: string } | null }[] }
    no: { totalCount: number }
    all: { totalCount: number }
  }
  for (const name of ['ana', 'bob', 'program', 'customer']) {
    const { actor, mentions } = await mentionsAs(name, { first: 100 })
    const ticketsOf = (list: Mention[]) => new Set(list.map(({ ticket }) => ticket.id))
    for (const [filter, expected] of [
      ['mentionsMe', ticketsOf(mentions.nodes)],
      ['hasUnreadMention', ticketsOf(mentions.nodes.filter(({ isRead }) => !isRead))],
      ['assignedToMe', null],
    ] as const) {
      const { yes, no, all } = (await askAs(name, counts(filter))).data as Counts
      expect(yes.totalCount + no.totalCount, `${name} ${filter}`).toBe(all.totalCount)
      // Spam, merged and vanished ones are left out of both lists.
      if (expected) expect(yes.nodes.every(({ id }) => expected.has(id))).toBe(true)
      else expect(yes.nodes.every(({ assignee }) => assignee?.id === actor?.id)).toBe(true)
      const isSome = filter === 'assignedToMe' ? ['ana', 'bob'].includes(name) : ['ana', 'program'].includes(name)
      if (isSome) expect(yes.totalCount, `${name} ${filter}`).toBeGreaterThan(0)
      else expect(yes.totalCount, `${name} ${filter}`).toBe(0)
    }
  }
})

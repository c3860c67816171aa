/** Timelines page by page, and what they cost. */
import { expect, test } from 'vitest'
import { answer, message, minute, thread } from '../syncing/scripted.ts'
import { type Item, openTimelines } from './desk.ts'

const { during, newDesk, ask } = await openTimelines()
const desk = await newDesk()

const event = (id: string, at: Date, said: object = {}) => ({
  ...{ externalId: id, kind: 'ticketViewed', at, label: `Event ${id}`, detail: { id } },
  ...said,
})
const ids = (items: Item[]) => items.map(({ id }) => id)

/** Messages every minute, some of them at the very same time, with events between, before and at the same time. */
const messages = Array.from({ length: 40 }, (_, index) =>
  (index % 2 === 0 ? message : answer)(`${index}`, { sequence: index, at: minute(Math.floor(index / 4)) }),
)
const events = Array.from({ length: 15 }, (_, index) => event(`e${index}`, minute(index - 2)))
await desk.store({ tickets: [thread('1', messages, { events })] })

test('messages and events stand in one order, and paging from both ends meets each once', async () => {
  const whole = await desk.timeline('1', { first: 100 })
  expect(whole.totalCount).toBe(55)
  expect(whole.nodes).toHaveLength(55)
  const times = whole.nodes.map(({ at }) => at)
  expect(times).toEqual([...times].sort())
  for (const size of [1, 7, 54]) {
    const forward: Item[] = []
    for (let after: string | null = null, more = true; more; ) {
      const page = await desk.timeline('1', { first: size, after })
      forward.push(...page.nodes)
      ;[after, more] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage]
    }
    expect(ids(forward)).toEqual(ids(whole.nodes))
    const backward: Item[] = []
    for (let before: string | null = null, more = true; more; ) {
      const page = await desk.timeline('1', { last: size, before })
      backward.unshift(...page.nodes)
      ;[before, more] = [page.pageInfo.startCursor, page.pageInfo.hasPreviousPage]
    }
    expect(ids(backward)).toEqual(ids(whole.nodes))
  }
})

test('types and time narrow the list and its count', async () => {
  const said = await desk.timeline('1', { types: ['MESSAGE'], first: 100 })
  expect(said.totalCount).toBe(40)
  expect(said.nodes.map(({ body }) => body?.text)).toEqual(messages.map(({ body }) => body.text))
  const noted = await desk.timeline('1', { types: ['OTHER', 'MERGED'], since: minute(10), first: 100 })
  expect(noted.totalCount).toBe(3)
  expect(noted.nodes).toMatchObject([
    { __typename: 'GenericEventItem', itemType: 'OTHER', label: 'Event e12', detail: { id: 'e12' } },
    { label: 'Event e13' },
    { label: 'Event e14' },
  ])
  expect((await desk.timeline('1', { types: [] })).totalCount).toBe(0)
})

const opening = `query ($id: ID!, $last: Int, $before: String, $withFirst: Boolean = true) { ticket(id: $id) {
  id firstMessage @include(if: $withFirst) { ...Entry }
  timeline(last: $last, before: $before) { totalCount updatedAt pageInfo { startCursor hasPreviousPage } edges { cursor node {
    __typename id itemType at actor { id type displayName } ...Entry
    ... on StatusChangedItem { from to }
    ... on AssignmentChangedItem { toAssignee { __typename ... on Agent { id displayName } } toDepartment { name } }
    ... on TagsChangedItem { added { name } removed { name } }
    ... on MergeItem { source { id number } target { id number } movedMessageCount }
    ... on GenericEventItem { label detail } } } } } }
fragment Entry on Message {
  id type direction contentType subject clientMessageId isInternal isRead isEdited isSuggested
  body { html quotedText readMinutes editorjs { blocks { id type data } } }
  sender { id type displayName avatarUrl } senderName
  emailAddresses { email name direction isOwnAddress }
  attachments(includeInline: false) { id name kind sizeKb status statusMessage downloadUrl }
  mentions { agent { id displayName } isRead }
  delivery { status failReason retryCount } translation { locale text provider }
}`
type Opened = {
  firstMessage: { id: string } | null
  timeline: { pageInfo: { startCursor: string; hasPreviousPage: boolean }; edges: { node: Item }[]; totalCount: number }
}

test('the first message and the newest twenty of a long ticket read about as many rows, in fifteen statements', async () => {
  const person = { type: 'CONTACT', externalId: '1', name: 'Ann', email: 'ann@example.org' } as const
  const bob = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
  const eve = { type: 'AGENT', externalId: '8', name: 'Eve' } as const
  const long = Array.from({ length: 500 }, (_, index) =>
    (index % 2 === 0 ? message : answer)(`l${index}`, {
      ...{ sequence: index, at: minute(index), sender: index % 2 === 0 ? person : bob },
      addresses: [{ email: 'ann@example.org', direction: 'FROM' }],
      attachments: [{ externalId: `f${index}`, name: 'a.pdf', kind: 'FILE', status: 'OK', sizeBytes: 1 }],
    }),
  )
  const mentions = [{ externalId: 'm', messageExternalId: 'l499', agent: eve, isRead: false, createdAt: minute(499) }]
  const tags = (name: string) => [{ externalId: name, name }]
  const state = { updatedAt: minute(499), requester: person, mentions, tags: tags('old') }
  const own = await newDesk()
  await own.store({ tickets: [thread('9', long, state), thread('8', [message('x')])] })
  // Each kind of item at the end of it.
  const changed = {
    ...{ updatedAt: minute(500), assignee: eve, departmentExternalId: 'd', tags: tags('new') },
    ...{ status: 'RESOLVED', statusDetail: { raw: 'resolved', label: 'Resolved' }, subject: 'Another' },
  } as object
  await own.store({ tickets: [thread('9', long, { ...state, ...changed })] }, 1001)
  const [target, source] = [await own.ticketId('9'), await own.ticketId('8')]
  await own.run('ticketMerge', 'TicketMergeInput', { targetId: target, sourceIds: [source] })

  const { result, statements } = await during(() => ask<Opened>(own.admin, opening, { id: target, last: 20 }))
  expect(new Set(result.timeline.edges.map(({ node }) => node.__typename))).toEqual(
    new Set([
      'Message',
      'StatusChangedItem',
      'AssignmentChangedItem',
      'TagsChangedItem',
      'MergeItem',
      'GenericEventItem',
    ]),
  )
  expect(result.timeline).toMatchObject({ totalCount: 501 + 5 })
  expect(statements.length).toBeLessThanOrEqual(15)
  for (const { rowCount } of statements) expect(rowCount).toBeLessThanOrEqual(42)

  // Scrolling up meets the first message exactly once.
  let [seen, before, more] = [
    ids(result.timeline.edges.map(({ node }) => node)),
    result.timeline.pageInfo.startCursor,
    true,
  ]
  while (more) {
    const { timeline } = await ask<Opened>(own.admin, opening, { id: target, last: 100, before, withFirst: false })
    seen = [...ids(timeline.edges.map(({ node }) => node)), ...seen]
    ;[before, more] = [timeline.pageInfo.startCursor, timeline.pageInfo.hasPreviousPage]
  }
  expect(seen).toHaveLength(506)
  expect(new Set(seen).size).toBe(506)
  expect(seen.filter((id) => id === result.firstMessage?.id)).toHaveLength(1)
})

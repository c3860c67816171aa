/** Merging over all five help desks: at the vendor where it can, else here; and nothing of it is undone by a pull. */
import { expect, test } from 'vitest'
import { syncNow } from '#flows/sync/schedule.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db, syncing, backends } = served

type TicketShape = {
  id: string
  number: string
  version: number
  messageCount: number
  mergedInto: { id: string } | null
  mergedFrom: { nodes: { id: string }[] }
  tags: { name: string }[]
  messages: { totalCount: number; nodes: { id: string; at: string; body: { text: string } }[] }
  attachments: { totalCount: number }
  viewerCan?: never
}
const shown = `id number version messageCount mergedInto { id } mergedFrom { nodes { id } } tags { name }
  messages(first: 100) { totalCount nodes { id at body { text } } } attachments { totalCount }`

async function ticketsOf(key: string, count: number): Promise<TicketShape[]> {
  const { data } = (await ask('{ backends { id key } }')) as { data: { backends: { id: string; key: string }[] } }
  const { id } = data.backends.find((backend) => backend.key.startsWith(key)) as { id: string }
  const found = (await ask(
    `query($ids: [ID!]) { tickets(filter: {backendIds: $ids}, first: 60, orderBy: [{field: CREATED_AT, direction: DESC}]) { nodes { ${shown} } } }`,
    { ids: [id] },
  )) as { data: { tickets: { nodes: TicketShape[] } } }
  const used = taken.get(key) ?? 0
  taken.set(key, used + count)
  return found.data.tickets.nodes.filter(({ messageCount }) => messageCount > 0).slice(used, used + count)
}
const taken = new Map<string, number>()

async function ticket(id: string): Promise<TicketShape> {
  const { data } = (await ask(`query($id: ID!) { ticket(id: $id) { ${shown} } }`, { id })) as {
    data: { ticket: TicketShape }
  }
  return data.ticket
}

type MergeShape = {
  target: TicketShape | null
  sources: { id: string; mergedInto: { id: string } | null }[]
  movedMessageCount: number
  undoToken: string | null
  replayed: boolean
  deliveries: { operation: string; state: string }[]
  errors: { __typename: string; code: string; message: string; path: string[] }[]
}
async function merge(input: object): Promise<MergeShape> {
  const { data, errors } = (await ask(
    `mutation($input: TicketMergeInput!) { ticketMerge(input: $input) {
      target { ${shown} } sources { id mergedInto { id } } movedMessageCount undoToken replayed
      deliveries { operation state } errors { __typename code message path } } }`,
    { input },
  )) as { data: { ticketMerge: MergeShape }; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data.ticketMerge
}

async function copyAgain(...vendors: string[]) {
  for (const { backendId, connector } of backends) {
    if (!vendors.includes(connector.key)) continue
    const result = await syncNow(syncing, backendId, { full: true })
    expect(result.outcome).toBe('finished')
  }
}

const sumOf = (tickets: TicketShape[], key: 'messageCount') => tickets.reduce((sum, each) => sum + each[key], 0)
const inOrder = (each: TicketShape) =>
  expect(each.messages.nodes.map(({ at }) => at)).toEqual([...each.messages.nodes.map(({ at }) => at)].sort())

test.for(['chatwoot', 'onebox', 'alibaba'])(
  'tickets of %s, which cannot merge, are merged here and come apart again',
  async (key) => {
    const [target, one, two] = (await ticketsOf(key, 3)) as [TicketShape, TicketShape, TicketShape]
    const merged = await merge({ targetId: target.id, sourceIds: [one.id, two.id] })
    expect(merged.errors).toEqual([])
    expect(merged.deliveries.filter(({ operation }) => operation === 'mergeTickets')).toEqual([])
    expect(merged.movedMessageCount).toBe(sumOf([one, two], 'messageCount'))
    expect(merged.target?.messageCount).toBe(sumOf([target, one, two], 'messageCount'))
    expect(merged.sources.map(({ mergedInto }) => mergedInto?.id)).toEqual([target.id, target.id])
    inOrder(merged.target as TicketShape)
    const names = new Set([target, one, two].flatMap(({ tags }) => tags.map(({ name }) => name)))
    expect(new Set(merged.target?.tags.map(({ name }) => name))).toEqual(names)

    const { settled } = deliverDuringTest(served)
    await settled()
    await copyAgain(key)
    const later = await ticket(target.id)
    expect(later.messages.nodes.map(({ id }) => id)).toEqual(merged.target?.messages.nodes.map(({ id }) => id))
    expect(new Set(later.mergedFrom.nodes.map(({ id }) => id))).toEqual(new Set([one.id, two.id]))
    expect((await ticket(one.id)).messageCount).toBe(0)

    const back = (await ask(
      `mutation($token: String!) { undo(input: {token: $token}) { tickets { id messageCount mergedInto { id } } errors { code message } } }`,
      { token: merged.undoToken },
    )) as { data: { undo: { errors: unknown[] } } }
    expect(back.data.undo.errors).toEqual([])
    await settled()
    // The help desk loses the tags again too: a pull would bring them back.
    await copyAgain(key)
    for (const each of [target, one, two]) {
      const now = await ticket(each.id)
      expect(now.messages.nodes).toEqual(each.messages.nodes)
      expect(now.tags).toEqual(each.tags)
      expect(now.mergedInto).toBeNull()
    }
  },
)

test.for(['comm100', 'deskhero'])('%s merges by itself, and a pull leaves it so', async (key) => {
  const [target, one, two] = (await ticketsOf(key, 3)) as [TicketShape, TicketShape, TicketShape]
  const merged = await merge({
    targetId: target.id,
    sourceIds: [one.id, two.id],
    note: 'They are about the same order.',
  })
  expect(merged.errors).toEqual([])
  expect(merged.undoToken).toBeNull()
  expect(merged.deliveries[0]).toMatchObject({ operation: 'mergeTickets', state: 'QUEUED' })
  const { settled } = deliverDuringTest(served)
  await settled()
  await copyAgain(key)
  const { rows } = await db.execute("select operation, state, problem from deliveries where state <> 'SETTLED'")
  expect(rows).toEqual([])
  const later = await ticket(target.id)
  expect(later.messageCount).toBe(sumOf([target, one, two], 'messageCount') + 1)
  expect(later.messages.nodes.filter(({ body }) => body.text.includes('about the same order'))).toHaveLength(1)
  inOrder(later)
  for (const each of [one, two]) {
    const now = await ticket(each.id)
    expect(now.mergedInto?.id).toBe(target.id)
    expect(now.messageCount).toBe(0)
  }
})

test('a merge of two different help desks works, and answers go where the conversation lives', async () => {
  const [target] = (await ticketsOf('chatwoot', 1)) as [TicketShape]
  const [source] = (await ticketsOf('comm100', 1)) as [TicketShape]
  const merged = await merge({ targetId: target.id, sourceIds: [source.id] })
  expect(merged.errors).toEqual([])
  expect(merged.movedMessageCount).toBe(source.messageCount)
  const { settled } = deliverDuringTest(served)
  const conversations = (await ask(
    `query($id: ID!) { ticket(id: $id) { conversations { nodes { id messages { nodes { id } } } } } }`,
    { id: target.id },
  )) as { data: { ticket: { conversations: { nodes: { id: string; messages: { nodes: { id: string }[] } }[] } } } }
  const moved = conversations.data.ticket.conversations.nodes.find(({ messages }) =>
    messages.nodes.some(({ id }) => id === source.messages.nodes[0]?.id),
  )
  const sent = (await ask(
    `mutation($input: MessageSendInput!) { messageSend(input: $input) { message { id } deliveries { backend { vendor { key } } } errors { message } } }`,
    { input: { ticketId: target.id, conversationId: moved?.id, entry: { body: { text: 'To the old thread.' } } } },
  )) as { data: { messageSend: { errors: unknown[]; deliveries: unknown[] } } }
  expect(sent.data.messageSend).toMatchObject({ errors: [], deliveries: [{ backend: { vendor: { key: 'comm100' } } }] })
  await settled()
  await copyAgain('chatwoot', 'comm100')
  const later = await ticket(target.id)
  expect(later.messageCount).toBe(target.messageCount + source.messageCount + 1)
  expect(later.messages.nodes.filter(({ body }) => body.text === 'To the old thread.')).toHaveLength(1)
  expect((await ticket(source.id)).mergedInto?.id).toBe(target.id)

  const apart = (await ask(
    `mutation($id: ID!) { ticketUnmerge(input: {id: $id}) { target { id messageCount } sources { id messageCount } movedMessageCount errors { message } } }`,
    { id: source.id },
  )) as { data: { ticketUnmerge: { errors: unknown[]; movedMessageCount: number } } }
  expect(apart.data.ticketUnmerge).toMatchObject({ errors: [], movedMessageCount: source.messageCount + 1 })
  expect((await ticket(target.id)).messageCount).toBe(target.messageCount)
})

test('what makes no sense is refused and changes nothing', async () => {
  const [one, two, three] = (await ticketsOf('chatwoot', 3)) as [TicketShape, TicketShape, TicketShape]
  const codes = async (input: object) =>
    (await merge(input)).errors.map(({ code, path }) => `${code} ${path.join('.')}`)
  expect(await codes({ targetId: one.id, sourceIds: [one.id] })).toEqual(['VALIDATION_FAILED input.sourceIds.0'])
  expect(await codes({ targetId: one.id, sourceIds: [] })).toEqual(['REQUIRED input.sourceIds'])
  expect(await codes({ targetId: 'nonsense', sourceIds: [two.id, 'nothing'] })).toEqual([
    'NOT_FOUND input.targetId',
    'NOT_FOUND input.sourceIds.1',
  ])
  expect((await merge({ targetId: one.id, sourceIds: [two.id] })).errors).toEqual([])
  expect(await codes({ targetId: three.id, sourceIds: [two.id] })).toEqual(['ALREADY_DONE input.sourceIds.0'])
  // In a circle: the one that took it in cannot go into it.
  expect(await codes({ targetId: two.id, sourceIds: [one.id] })).toEqual(['VALIDATION_FAILED input.targetId'])
  expect((await ticket(three.id)).version).toBe(three.version)
})

test('a dry run says what would move and leaves no trace', async () => {
  const [target, source] = (await ticketsOf('chatwoot', 2)) as [TicketShape, TicketShape]
  const merged = await merge({ targetId: target.id, sourceIds: [source.id], dryRun: true, idempotencyKey: 'dry' })
  expect(merged).toMatchObject({ errors: [], movedMessageCount: source.messageCount, deliveries: [] })
  expect(await ticket(target.id)).toEqual(target)
  expect(await ticket(source.id)).toEqual(source)
})

test('the chain of merges holds together and comes apart link by link', async () => {
  const [one, two, three] = (await ticketsOf('chatwoot', 3)) as [TicketShape, TicketShape, TicketShape]
  await merge({ targetId: two.id, sourceIds: [one.id] })
  const second = await merge({ targetId: three.id, sourceIds: [two.id] })
  expect(second.target?.messageCount).toBe(sumOf([one, two, three], 'messageCount'))
  await copyAgain('chatwoot')
  expect((await ticket(three.id)).messageCount).toBe(sumOf([one, two, three], 'messageCount'))
  await ask(`mutation($id: ID!) { ticketUnmerge(input: {id: $id}) { errors { message } } }`, { id: two.id })
  expect((await ticket(two.id)).messageCount).toBe(sumOf([one, two], 'messageCount'))
  expect((await ticket(three.id)).messageCount).toBe(three.messageCount)
})

test('a link of the chain comes out of the middle, and what it said is counted where it is', async () => {
  const [one, two, three] = (await ticketsOf('chatwoot', 3)) as [TicketShape, TicketShape, TicketShape]
  await merge({ targetId: two.id, sourceIds: [one.id] })
  await merge({ targetId: three.id, sourceIds: [two.id] })
  await ask(`mutation($id: ID!) { ticketUnmerge(input: {id: $id}) { errors { message } } }`, { id: one.id })
  expect((await ticket(one.id)).messageCount).toBe(one.messageCount)
  const last = await ticket(three.id)
  expect(last.messageCount).toBe(sumOf([two, three], 'messageCount'))
  expect(last.messageCount).toBe(last.messages.totalCount)
})

test('the same merge under the same key is done once', async () => {
  const [target, source] = (await ticketsOf('onebox', 2)) as [TicketShape, TicketShape]
  const input = { targetId: target.id, sourceIds: [source.id], idempotencyKey: 'merge once' }
  const answers = await Promise.all(Array.from({ length: 10 }, () => merge(input)))
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  for (const answer of answers) expect(answer).toMatchObject({ errors: [], movedMessageCount: source.messageCount })
})

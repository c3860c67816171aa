/** Changing tickets: fields, versions, keys, undo; each at the vendor and here. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { runOver } from '../support/asking.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { gatewayForTest, openTestGateway } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db } = served
const run = runOver(ask)

type Failure = {
  __typename: string
  code: string
  message: string
  path: string[] | null
  currentVersion?: number
  changedFields?: string[]
  currentTicket?: { id: string; version: number } | null
}
const failures = `errors { __typename code message path
  ... on ConflictError { currentVersion changedFields currentTicket { id version } } }`
const shown = `id version status priority subject isReadByAgent isRecycled recycledAt snoozedUntil resolvedAt
  assignee { ... on Agent { id } } tags { id name } sync { pendingWrites }`
type Shown = {
  id: string
  version: number
  status: string
  priority: string | null
  subject: string
  isReadByAgent: boolean
  isRecycled: boolean
  snoozedUntil: string | null
  resolvedAt: string | null
  assignee: { id: string } | null
  tags: { id: string; name: string }[]
  sync: { pendingWrites: number }
}

type Updated = { ticket: Shown | null; undoToken: string | null; replayed: boolean; errors: Failure[] }
const update = (input: object) =>
  run<Updated>(
    `mutation($input: TicketUpdateInput!) { ticketUpdate(input: $input) { ticket { ${shown} } undoToken replayed ${failures} } }`,
    { input },
  )
const ticket = (id: string) => run<Shown>(`query($id: ID!) { ticket(id: $id) { ${shown} } }`, { id })
const undo = (token: string) =>
  run<{ tickets: Shown[]; errors: Failure[] }>(
    `mutation($token: String!) { undo(input: {token: $token}) { tickets { ${shown} } ${failures} } }`,
    { token },
  )

const backendIds = new Map(
  (await run<{ id: string; vendor: { key: string } }[]>('{ backends { id vendor { key } } }', {})).map(
    ({ id, vendor }) => [vendor.key, id],
  ),
)
const used = new Set<string>()
async function fresh(vendor: string): Promise<Shown> {
  const { nodes } = await run<{ nodes: Shown[] }>(
    `query($ids: [ID!]) { tickets(filter: {backendIds: $ids, statusCategory: [OPEN, WAITING]}, first: 100) { nodes { ${shown} } } }`,
    { ids: [backendIds.get(vendor)] },
  )
  const found = nodes.find(({ id }) => !used.has(id)) as Shown
  used.add(found.id)
  return found
}

test('what is absent stays, null clears, and a change that changes nothing leaves no trace', async () => {
  const before = await fresh('chatwoot')
  const agent = (
    await run<{ nodes: { id: string }[] }>('query($id: ID) { agents(backendId: $id, first: 1) { nodes { id } } }', {
      id: backendIds.get('chatwoot'),
    })
  ).nodes[0] as { id: string }
  const set = await update({ id: before.id, patch: { assignee: { id: agent.id }, priority: 'URGENT' } })
  expect(set).toMatchObject({
    errors: [],
    ticket: { version: before.version + 1, priority: 'URGENT', assignee: { id: agent.id }, status: before.status },
  })
  const again = await update({ id: before.id, patch: { priority: 'URGENT' } })
  expect(again.ticket?.version).toBe(before.version + 1)
  const cleared = await update({ id: before.id, patch: { assignee: null, priority: null } })
  expect(cleared).toMatchObject({ errors: [], ticket: { assignee: null, priority: null, version: before.version + 2 } })
  const { settled } = deliverDuringTest(served)
  await settled()
  expect(await ticket(before.id)).toMatchObject({ assignee: null, priority: null, sync: { pendingWrites: 0 } })
})

test('a stale version is a conflict only where both changed the same', async () => {
  const { id, version, priority } = await fresh('comm100')
  const [first, last] = ['LOW', 'HIGH', 'URGENT'].filter((word) => word !== priority)
  await update({ id, patch: { priority: first } })
  const other = await update({ id, patch: { status: 'ON_HOLD' }, ifVersion: version })
  expect(other).toMatchObject({ errors: [], ticket: { status: 'ON_HOLD', priority: first } })
  const same = await update({ id, patch: { priority: last }, ifVersion: version })
  expect(same).toMatchObject({
    ticket: null,
    errors: [
      {
        ...{ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'ifVersion'] },
        ...{ currentVersion: version + 2, currentTicket: { id, version: version + 2 } },
      },
    ],
  })
  expect(same.errors[0]?.changedFields).toEqual(expect.arrayContaining(['priority', 'status']))
  const strict = await update({ id, patch: { subject: 'Another' }, ifVersion: version, mergeNonConflicting: false })
  expect(strict.errors[0]?.code).toBe('CONFLICT')
  expect(await ticket(id)).toMatchObject({ priority: first, version: version + 2 })
  const ahead = await update({ id, patch: { subject: 'Another' }, ifVersion: version + 99 })
  expect(ahead.errors[0]?.code).toBe('CONFLICT')
})

test('two agents who change the same field at once do not overwrite each other unseen', async () => {
  const { id, version, priority: earlier } = await fresh('deskhero')
  const wanted = ['LOW', 'NORMAL', 'HIGH', 'URGENT'].filter((word) => word !== earlier).slice(0, 3)
  const answers = await Promise.all(wanted.map((priority) => update({ id, patch: { priority }, ifVersion: version })))
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1)
  expect(answers.flatMap(({ errors }) => errors.map(({ code }) => code))).toEqual(['CONFLICT', 'CONFLICT'])
})

test('what a help desk cannot change is refused whole, with every field named', async () => {
  const before = await fresh('onebox')
  const refused = await update({ id: before.id, patch: { status: 'RESOLVED', subject: 'New', snoozedUntil: null } })
  expect(refused.ticket).toBeNull()
  expect(refused.errors.map(({ __typename, path }) => [__typename, path?.join('.')])).toEqual(
    expect.arrayContaining([
      ['UnsupportedError', 'input.patch.status'],
      ['UnsupportedError', 'input.patch.subject'],
    ]),
  )
  expect(await ticket(before.id)).toEqual(before)
})

test('what only we keep changes at once and never goes out', async () => {
  const before = await fresh('onebox')
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const parked = await update({ id: before.id, patch: { snoozedUntil: until } })
  expect(parked).toMatchObject({ errors: [], ticket: { snoozedUntil: until, sync: { pendingWrites: 0 } } })
  expect(await undo(parked.undoToken as string)).toMatchObject({ errors: [], tickets: [{ snoozedUntil: null }] })
})

test('status, assignment and tags are taken back by their token, once, while it lives', async () => {
  const before = await fresh('chatwoot')
  const done = await update({ id: before.id, patch: { status: 'RESOLVED' } })
  expect(done.ticket?.resolvedAt).not.toBeNull()
  const token = done.undoToken as string
  const back = await undo(token)
  expect(back).toMatchObject({ errors: [], tickets: [{ id: before.id, status: before.status, resolvedAt: null }] })
  expect((await undo(token)).errors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'token'] }])
  const { settled } = deliverDuringTest(served)
  await settled()
  expect(await ticket(before.id)).toMatchObject({ status: before.status })

  const late = await update({ id: before.id, patch: { status: 'RESOLVED' } })
  await db.execute("update undos set expires_at = now() - interval '1 second'")
  expect((await undo(late.undoToken as string)).errors).toMatchObject([{ code: 'NOT_FOUND' }])

  const third = await update({ id: before.id, patch: { status: 'PENDING_INTERNAL' } })
  await update({ id: before.id, patch: { status: 'RESOLVED' } })
  const overtaken = await undo(third.undoToken as string)
  expect(overtaken.errors).toMatchObject([{ __typename: 'ConflictError' }])
  expect((await ticket(before.id)).status).toBe('RESOLVED')
})

test('what takes a change back is answered again, and stands in the database for nobody who reads it', async () => {
  const key = { id: 'one', key: randomBytes(32) }
  const secretKeys = { newest: key, byId: new Map([[key.id, key.key]]) }
  const sealing = await gatewayForTest(db, {
    workspaceId: served.workspaceId,
    webhooks: { secretKeys, localAddresses: false },
  })
  const { id } = await fresh('deskhero')
  const close = () =>
    runOver(sealing.ask)<Updated>(
      'mutation($id: ID!) { ticketUpdate(input: { id: $id, patch: { status: RESOLVED }, idempotencyKey: "sealed" }) { undoToken replayed } }',
      { id },
    )
  const { undoToken } = await close()
  expect(await close()).toEqual({ undoToken, replayed: true })
  const { rows } = await served.pool.query(
    `select to_jsonb(known)::text as row from idempotency_keys known where key = 'sealed'
      union all select to_jsonb(undos)::text from undos`,
  )
  expect(rows.length).toBeGreaterThan(1)
  expect(rows.map(({ row }) => row).join()).not.toContain(undoToken)
  expect(await undo(undoToken as string)).toMatchObject({ errors: [] })
})

type Marked = { tickets: Shown[]; unreadCounts: { allCount: number }; undoToken: string | null; errors: Failure[] }
const mark = (name: string, ids: string[]) =>
  run<Marked>(
    `mutation($ids: [ID!]!) { ${name}(input: {ids: $ids}) { tickets { ${shown} } unreadCounts { allCount } undoToken ${failures} } }`,
    { ids },
  )

test('many tickets are marked in one go, each for itself, with the new counts', async () => {
  const tickets = await Promise.all(['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox'].map(fresh))
  const ids = tickets.map(({ id }) => id)
  await mark('ticketMarkRead', ids)
  const counted = await run<{ allCount: number }>('{ unreadCounts { allCount } }', {})
  const unread = await mark('ticketMarkUnread', [...ids.slice(0, 2), 'nothing', ...ids.slice(2)])
  expect(unread.errors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ids', '2'] }])
  expect(unread.tickets.map(({ id }) => id)).toEqual(ids)
  expect(unread.tickets.every(({ isReadByAgent }) => !isReadByAgent)).toBe(true)
  expect(unread.unreadCounts.allCount).toBe(counted.allCount + ids.length)
  const { settled } = deliverDuringTest(served)
  await settled()
  for (const id of ids) expect((await ticket(id)).isReadByAgent).toBe(false)
  const back = await undo(unread.undoToken as string)
  expect(back.errors).toEqual([])
  await settled()
  for (const id of ids) expect((await ticket(id)).isReadByAgent).toBe(true)
})

test.for(['comm100', 'chatwoot'])('a ticket of %s goes into the bin and out again', async (vendor) => {
  const before = await fresh(vendor)
  const recycle = (ifVersion: number) =>
    run<Updated>(
      `mutation($id: ID!, $v: Int) { ticketRecycle(input: {id: $id, ifVersion: $v}) { ticket { ${shown} } undoToken replayed ${failures} } }`,
      { id: before.id, v: ifVersion },
    )
  expect((await recycle(before.version - 1)).errors).toMatchObject([
    { __typename: 'ConflictError', currentVersion: before.version, currentTicket: { id: before.id } },
  ])
  const done = await recycle(before.version)
  expect(done).toMatchObject({ errors: [], ticket: { isRecycled: true } })
  const { settled } = deliverDuringTest(served)
  await settled()
  expect(await ticket(before.id)).toMatchObject({ isRecycled: true })
  const bin = await run<{ nodes: { id: string }[] }>(
    '{ tickets(filter: {isRecycled: true}, first: 100) { nodes { id } } }',
    {},
  )
  expect(bin.nodes.map(({ id }) => id)).toContain(before.id)
  expect((await undo(done.undoToken as string)).errors).toEqual([])
  await settled()
  expect(await ticket(before.id)).toMatchObject({ isRecycled: false })
})

test('tags are added by name and by id, made where missing, and taken away', async () => {
  for (const vendor of ['chatwoot', 'comm100', 'alibaba']) {
    const before = await fresh(vendor)
    const tag = (input: object) =>
      run<Marked>(
        `mutation($input: TicketTagInput!) { ticketTag(input: $input) { tickets { ${shown} } unreadCounts { allCount } undoToken ${failures} } }`,
        { input: { ids: [before.id], ...input } },
      )
    const added = await tag({ addTagNames: ['shiny-new', 'Shiny-New'] })
    expect(added.errors).toEqual([])
    const made = added.tickets[0]?.tags.filter(({ name }) => name === 'shiny-new') as { id: string }[]
    expect(made).toHaveLength(1)
    const { settled, stop } = deliverDuringTest(served)
    await settled()
    expect((await ticket(before.id)).tags.map(({ name }) => name)).toContain('shiny-new')
    const removed = await tag({ removeTagIds: [made[0]?.id] })
    expect(removed.errors).toEqual([])
    await settled()
    expect((await ticket(before.id)).tags.map(({ id }) => id)).toEqual(before.tags.map(({ id }) => id))
    await stop()
  }
})

type Sent = {
  message: { id: string; clientMessageId: string; delivery: { status: string } } | null
  ticket: { id: string; status: string; version: number } | null
  newerMessages: { id: string; body: { plainPreview: string } }[]
  replayed: boolean
  undoToken: string | null
  errors: Failure[]
}
const send = (input: object, through = ask) =>
  through(
    `mutation($input: MessageSendInput!) { messageSend(input: $input) {
      message { id clientMessageId delivery { status } } ticket { id status version } replayed undoToken
      newerMessages { id body { plainPreview } } ${failures} } }`,
    { input },
  ).then(({ data, errors }) => {
    if (errors) throw new Error(JSON.stringify(errors))
    return (data as { messageSend: Sent }).messageSend
  })

test('the same key fifty times at once over two gateways sends one message', async () => {
  const { id } = await fresh('chatwoot')
  const second = await openTestGateway(db, { workspaceId: served.workspaceId })
  const input = {
    ticketId: id,
    entry: { body: { html: '<p>Once &amp; only</p>' } },
    patch: { status: 'RESOLVED' },
    idempotencyKey: 'fifty',
  }
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send(input, index % 2 ? second.ask : ask)))
  await second.close()
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(answers.map(({ message }) => message?.id)).size).toBe(1)
  expect(answers[0]).toMatchObject({
    errors: [],
    ticket: { status: 'RESOLVED' },
    message: { clientMessageId: 'fifty' },
  })
  const other = await send({ ...input, entry: { body: { text: 'Something else' } } })
  expect(other).toMatchObject({
    message: null,
    errors: [{ __typename: 'IdempotencyError', code: 'IDEMPOTENCY_KEY_REUSED', path: ['input', 'idempotencyKey'] }],
  })
  const { settled } = deliverDuringTest(served)
  await settled()
  const { rows } = await db.execute("select external_id, delivery from messages where client_message_id = 'fifty'")
  expect(rows).toMatchObject([{ delivery: { status: 'SENT' } }])
  expect(rows[0]?.external_id).not.toContain('deskgraph')
})

test('who was overtaken sends nothing and learns what was said', async () => {
  const { id } = await fresh('comm100')
  const { lastMessage } = await run<{ lastMessage: { id: string } }>(
    'query($id: ID!) { ticket(id: $id) { lastMessage(includeInternal: true) { id } } }',
    { id },
  )
  const first = await send({
    ticketId: id,
    entry: { body: { text: 'I was faster.' } },
    ifLastMessageId: lastMessage.id,
  })
  expect(first.errors).toEqual([])
  const second = await send({
    ...{ ticketId: id, entry: { body: { text: 'Too late.' } }, ifLastMessageId: lastMessage.id },
    idempotencyKey: 'overtaken',
  })
  expect(second).toMatchObject({
    message: null,
    newerMessages: [{ id: first.message?.id, body: { plainPreview: 'I was faster.' } }],
    errors: [{ __typename: 'ConflictError', path: ['input', 'ifLastMessageId'] }],
  })
  const third = await send({
    ...{ ticketId: id, entry: { body: { text: 'Too late.' } }, ifLastMessageId: first.message?.id },
    idempotencyKey: 'overtaken',
  })
  expect(third).toMatchObject({ errors: [], replayed: false })
})

test('a closed channel and a used-up quota send nothing and keep a draft', async () => {
  const { id } = await fresh('chatwoot')
  await db.execute(`update conversations set can_reply = false where ticket_id in (
    select id from tickets where encode(convert_to('Ticket:' || id, 'LATIN1'), 'base64') = '${Buffer.from(id, 'base64url').toString('base64')}')`)
  const closed = await send({ ticketId: id, entry: { body: { text: 'Still there?' } } })
  expect(closed).toMatchObject({ message: null, errors: [{ code: 'REPLY_WINDOW_CLOSED' }] })
  // Whoever tries again and again has one draft all the same.
  await send({ ticketId: id, entry: { body: { text: 'Still there?' } } })
  const { rows: drafts } = await db.execute(
    "select count(*)::int as count from drafts where body_text = 'Still there?'",
  )
  expect(drafts).toEqual([{ count: 1 }])
  const resetsAt = new Date(Date.now() + 3_600_000).toISOString()
  await db.execute(
    `update backends set health = 'QUOTA_EXHAUSTED', problem = '${JSON.stringify({
      ...{ kind: 'WAIT_FOR_QUOTA', message: 'time limit reached', code: null, requestId: null, httpStatus: 401 },
      retryAt: resetsAt,
    })}' where vendor = 'onebox'`,
  )
  const other = await fresh('onebox')
  const waiting = await run<{ errors: (Failure & { resetsAt: string })[] }>(
    `mutation($input: MessageSendInput!) { messageSend(input: $input) { errors { __typename code ... on QuotaExceededError { resetsAt } } } }`,
    { input: { ticketId: other.id, entry: { body: { text: 'Later, then.' } } } },
  )
  expect(waiting.errors).toMatchObject([{ __typename: 'QuotaExceededError', code: 'QUOTA_EXCEEDED', resetsAt }])
  await db.execute("update backends set health = 'OK', problem = null where vendor = 'onebox'")
  for (const [ticketId, text] of [
    [id, 'Still there?'],
    [other.id, 'Later, then.'],
  ]) {
    const { draft } = await run<{ draft: { body: { text: string } } }>(
      'query($id: ID!) { ticket(id: $id) { draft { body { text } } } }',
      { id: ticketId },
    )
    expect(draft.body.text).toBe(text)
  }
})

test.for([
  ['an unknown id', { id: 'VGlja2V0Om5v', patch: { priority: 'LOW' } }, 'NOT_FOUND', 'input.id'],
  ['an id of something else', { id: 'BACKEND', patch: { priority: 'LOW' } }, 'NOT_FOUND', 'input.id'],
  ['an empty patch', { patch: {} }, 'REQUIRED', 'input.patch'],
  ['an empty subject', { patch: { subject: '  ' } }, 'REQUIRED', 'input.patch.subject'],
  ['a subject that is too long', { patch: { subject: 'x'.repeat(1001) } }, 'VALIDATION_FAILED', 'input.patch.subject'],
  ['a NUL', { patch: { subject: 'a\0b' } }, 'VALIDATION_FAILED', 'input.patch.subject'],
  [
    'JSON without end',
    { patch: { message: { body: { text: 'Hi' }, metadata: JSON.parse(`${'['.repeat(52)}${']'.repeat(52)}`) } } },
    'VALIDATION_FAILED',
    'input.patch.message.metadata',
  ],
  ['a lone surrogate', { patch: { subject: 'a\ud800b' } }, 'VALIDATION_FAILED', 'input.patch.subject'],
  ['a status nobody can set', { patch: { status: 'UNKNOWN' } }, 'VALIDATION_FAILED', 'input.patch.status'],
  [
    'a moment that has passed',
    { patch: { snoozedUntil: '2001-01-01T00:00:00Z' } },
    'VALIDATION_FAILED',
    'input.patch.snoozedUntil',
  ],
  [
    'a moment far out',
    { patch: { snoozedUntil: '9000-01-01T00:00:00Z' } },
    'VALIDATION_FAILED',
    'input.patch.snoozedUntil',
  ],
  [
    'an agent of another help desk',
    { patch: { assignee: { id: 'FOREIGN' } } },
    'VALIDATION_FAILED',
    'input.patch.assignee.id',
  ],
  ['no such agent', { patch: { assignee: { id: 'zzz' } } }, 'NOT_FOUND', 'input.patch.assignee.id'],
  ['an empty message', { patch: { message: { body: { text: ' ' } } } }, 'REQUIRED', 'input.patch.message.body'],
  [
    'a mail address that is none',
    { patch: { message: { body: { text: 'Hi' }, emailAddresses: [{ email: 'nobody', direction: 'CC' }] } } },
    'VALIDATION_FAILED',
    'input.patch.message.emailAddresses.0.email',
  ],
  [
    'a private note that calls nobody known',
    { patch: { message: { type: 'NOTE_PRIVATE', body: { text: 'Hi' }, mentionAgentIds: ['x'] } } },
    'NOT_FOUND',
    'input.patch.message.mentionAgentIds.0',
  ],
  [
    'a key that is too long',
    { patch: { priority: 'LOW' }, idempotencyKey: 'k'.repeat(256) },
    'VALIDATION_FAILED',
    'input.idempotencyKey',
  ],
] as const)('%s is told with its path, and nothing changes', async ([, input, code, path]) => {
  const before = await fresh('chatwoot')
  const foreign = (
    await run<{ nodes: { id: string }[] }>('query($id: ID) { agents(backendId: $id, first: 1) { nodes { id } } }', {
      id: backendIds.get('comm100'),
    })
  ).nodes[0]?.id
  const filled = JSON.parse(
    JSON.stringify({ id: before.id, ...input })
      .replace('FOREIGN', foreign as string)
      .replace('BACKEND', backendIds.get('chatwoot') as string),
  )
  const { rows: rowsBefore } = await db.execute('select count(*) from deliveries')
  const { errors, ticket: changed } = await update(filled)
  expect(errors.map((error) => [error.code, error.path?.join('.')])).toEqual([[code, path]])
  expect(changed).toBeNull()
  expect(await ticket(before.id)).toEqual(before)
  expect((await db.execute('select count(*) from deliveries')).rows).toEqual(rowsBefore)
})

test('emoji and every other script survive', async () => {
  const before = await fresh('comm100')
  const subject = 'Größe 👩‍👩‍👧 是的 ไทย \u202eright'
  expect((await update({ id: before.id, patch: { subject } })).ticket?.subject).toBe(subject)
})

test('deliveries are listed, filtered, and found again by their ids', async () => {
  const { id } = await fresh('comm100')
  await update({ id, patch: { priority: 'URGENT', subject: 'To be listed' } })
  type Listed = {
    totalCount: number
    nodes: { id: string; state: string; operation: string; ticket: { id: string } }[]
  }
  const list = (filter: object) =>
    run<Listed>(
      'query($filter: DeliveryFilter) { deliveries(filter: $filter, first: 100) { totalCount nodes { id state operation ticket { id } } } }',
      { filter },
    )
  const { settled, stop } = deliverDuringTest(served)
  await settled()
  await stop()
  const mine = await list({ ticketIds: [id] })
  expect(mine).toMatchObject({
    totalCount: 1,
    nodes: [{ state: 'SETTLED', operation: 'updateTicket', ticket: { id } }],
  })
  const node = await run<object>('query($id: ID!) { node(id: $id) { __typename ... on Delivery { id attempts } } }', {
    id: mine.nodes[0]?.id,
  })
  expect(node).toEqual({ __typename: 'Delivery', id: mine.nodes[0]?.id, attempts: 1 })
  const all = await list({})
  const open = await list({ states: ['QUEUED', 'SENDING'] })
  const merged = await list({ operations: ['mergeTickets'] })
  expect(all.totalCount).toBeGreaterThan(10)
  expect([open.totalCount, merged.totalCount]).toEqual([0, 0])
})

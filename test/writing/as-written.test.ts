/** Whole documents as a client sends them, over all five help desks: what each does, what it refuses, and what is left there. */
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { syncNow } from '#flows/sync/schedule.ts'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

const vendors = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox'] as const
type Vendor = (typeof vendors)[number]

const viewers = new Map<string, Viewer>()
const served = await serveBuiltIn({ authenticate: (token) => viewers.get(token ?? '') ?? null })
const { db, syncing, workspaceId, url } = served
const uuidOf = (nodeId: string) => nodeKeyOf(nodeId)?.id ?? ''
const rowsOf = async <Row>(query: ReturnType<typeof sql>) => (await db.execute(query)).rows as Row[]
const backendIdOf = (vendor: Vendor) =>
  served.backends.find(({ connector }) => connector.key === vendor)?.backendId as string

/** Two people of each help desk: who writes, and a colleague. */
const people = Object.fromEntries(
  await Promise.all(
    vendors.map(async (vendor) => {
      const agents = await rowsOf<{ id: string }>(
        sql`select id from actors where backend_id = ${backendIdOf(vendor)} and type = 'AGENT' order by id limit 2`,
      )
      for (const [index, { id }] of agents.entries()) {
        const tokenName = `${vendor}-${index === 0 ? 'writer' : 'colleague'}`
        viewers.set(tokenName, { workspaceId, actorId: id, role: 'AGENT', scopes: usualScopes('AGENT'), tokenName })
      }
      return [vendor, { writer: agents[0]?.id as string, colleague: agents[1]?.id as string }] as const
    }),
  ),
) as Record<Vendor, { writer: string; colleague: string }>

async function askAs<Answer>(token: string, document: string, variables: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ query: document, variables })
  const { data, errors } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as {
    data: object
    errors?: unknown
  }
  if (errors) throw new Error(JSON.stringify(errors))
  return Object.values(data)[0] as Answer
}

/** What the help desk itself has. */
async function deskOf<Answer>(vendor: Vendor, what: 'counts' | 'messages'): Promise<Answer> {
  const { settings } = served.sandboxes.backends.find((backend) => backend.vendor === vendor) as {
    settings: Record<string, unknown>
  }
  const address = Object.values(settings).find((value) => typeof value === 'string' && URL.canParse(value)) as string
  return (await (await fetch(`${new URL(address).origin}/__sandbox/${what}`)).json()) as Answer
}
const saidThere = async (vendor: Vendor, text: string) =>
  (await deskOf<{ text: string }[]>(vendor, 'messages')).filter((message) => message.text.includes(text)).length
const ticketsThere = async (vendor: Vendor) => (await deskOf<{ tickets: number }>(vendor, 'counts')).tickets

const used = new Set<string>()
/** Open tickets that no other test has touched and that can be answered; by mail where the help desk says so. */
async function fresh(vendor: Vendor, count = 1): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(sql`
    select t.id from tickets t left join channels c on c.id = t.channel_id
    where t.backend_id = ${backendIdOf(vendor)} and not t.is_recycled and not t.is_spam and t.vanished_at is null
      and t.merged_into_id is null and t.merged_into_external_id is null and t.status <> 'RESOLVED'
      and coalesce(c.type, 'OTHER') in ('EMAIL', 'OTHER')
      and not exists (select from conversations x where x.ticket_id = t.id and not x.can_reply)
      and not exists (select from mentions x where x.ticket_id = t.id)
      and exists (select from messages x where x.ticket_id = t.id and x.direction = 'INBOUND')
    order by (c.type = 'EMAIL') desc nulls last, t.created_at desc, t.id`)
  const found = rows.filter(({ id }) => !used.has(id)).slice(0, count)
  if (found.length < count) throw new Error(`too few tickets of ${vendor} are left`)
  for (const { id } of found) used.add(id)
  return found.map(({ id }) => nodeIdOf('Ticket', id))
}
async function freshOne(vendor: Vendor): Promise<string> {
  return (await fresh(vendor))[0] as string
}
type Problem = { __typename: string; code: string; path: string[] | null; message: string }
type Shown = { version: number; status: string; isRecycled: boolean; isReadByAgent: boolean; assignee: object | null }
const ticket = (vendor: Vendor, id: string) =>
  askAs<Shown | null>(
    `${vendor}-writer`,
    'query ($id: ID!) { ticket(id: $id) { version status isRecycled isReadByAgent assignee { __typename } } }',
    { id },
  )
/** Everything that was promised to the help desk about a ticket, as the API tells it. */
const promised = async (vendor: Vendor, id: string) =>
  (
    await askAs<{ nodes: { id: string; operation: string; state: string }[] }>(
      `${vendor}-writer`,
      'query ($ids: [ID!]) { deliveries(filter: { ticketIds: $ids }) { nodes { id operation state } } }',
      { ids: [id] },
    )
  ).nodes
async function readAgain(vendor: Vendor) {
  expect((await syncNow(syncing, backendIdOf(vendor), { full: true })).outcome).toBe('finished')
}

describe('an answer with a copy that closes the ticket', () => {
  const document = `mutation AnswerAndClose($ticket: ID!, $html: String!, $seen: ID, $key: String!) {
    messageSend(input: {
      ticketId: $ticket
      entry: { type: REPLY_OUTBOUND, body: { html: $html }, emailAddresses: [{ email: "copy@example.org", direction: CC }] }
      patch: { status: RESOLVED }
      ifLastMessageId: $seen
      idempotencyKey: $key
    }) {
      message { id clientMessageId at emailAddresses { email direction } delivery { status } }
      ticket { id version status lastRepliedAt lastRepliedBy { id displayName } }
      newerMessages { id sender { displayName } body { plainPreview } }
      replayed undoToken undoableUntil
      errors {
        __typename code message path
        ... on ConflictError { currentVersion changedFields }
        ... on BackendError { retryable retryAfter }
        ... on UnsupportedError { capability backend { name } }
      }
    }
  }`
  type Sent = {
    message: { id: string; clientMessageId: string; emailAddresses: object[]; delivery: { status: string } } | null
    ticket: { version: number; status: string; lastRepliedAt: string; lastRepliedBy: { id: string } } | null
    newerMessages: { id: string; sender: { displayName: string }; body: { plainPreview: string } }[]
    replayed: boolean
    errors: (Problem & { backend?: { name: string } })[]
  }
  const lastMessageOf = async (vendor: Vendor, id: string) =>
    (
      await askAs<{ lastMessage: { id: string } }>(
        `${vendor}-writer`,
        'query ($id: ID!) { ticket(id: $id) { lastMessage(includeInternal: true) { id } } }',
        { id },
      )
    ).lastMessage.id

  test.each(['comm100', 'chatwoot', 'deskhero'] as const)(
    'reaches %s once however often it is sent, and who comes later learns of it',
    async (vendor) => {
      const id = await freshOne(vendor)
      const seen = await lastMessageOf(vendor, id)
      const text = `Your parcel is found, says ${vendor}.`
      const variables = { ticket: id, html: `<p>${text}</p>`, seen, key: `${vendor} once` }
      const twice = () => askAs<Sent>(`${vendor}-writer`, document, variables)
      const answers = await Promise.all([twice(), twice()])
      expect(answers.map(({ replayed }) => replayed).sort()).toEqual([false, true])
      for (const answer of answers)
        expect(answer).toMatchObject({
          errors: [],
          message: {
            ...{ id: answers[0]?.message?.id, clientMessageId: `${vendor} once` },
            emailAddresses: expect.arrayContaining([{ email: 'copy@example.org', direction: 'CC' }]),
          },
          ticket: { status: 'RESOLVED', lastRepliedBy: { id: nodeIdOf('Agent', people[vendor].writer) } },
        })
      const other = await askAs<Sent>(`${vendor}-writer`, document, { ...variables, html: '<p>Other words.</p>' })
      expect(other).toMatchObject({
        message: null,
        errors: [{ __typename: 'IdempotencyError', path: ['input', 'idempotencyKey'] }],
      })
      const tooLate = { ...variables, html: '<p>I was too late.</p>', key: `${vendor} late` }
      expect(await askAs<Sent>(`${vendor}-colleague`, document, tooLate)).toMatchObject({
        message: null,
        newerMessages: [{ id: answers[0]?.message?.id, body: { plainPreview: text } }],
        errors: [{ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'ifLastMessageId'] }],
      })

      await deliverDuringTest(served).settled()
      await readAgain(vendor)
      expect(await saidThere(vendor, text)).toBe(1)
      expect(await saidThere(vendor, 'I was too late.')).toBe(0)
      expect(await saidThere(vendor, 'Other words.')).toBe(0)
      expect(await ticket(vendor, id)).toMatchObject({ status: 'RESOLVED' })
      const again = await twice()
      expect(again).toMatchObject({ replayed: true, message: { id: answers[0]?.message?.id } })
      expect(again.message?.delivery.status).toMatch(/^(SENT|DELIVERED|READ)$/)
    },
  )

  test.each([
    ['alibaba', 'input.entry.emailAddresses'],
    ['onebox', 'input.patch.status'],
  ] as const)('is refused whole by %s, at the part it cannot do', async (vendor, path) => {
    const id = await freshOne(vendor)
    const before = await ticket(vendor, id)
    const text = `Nobody at ${vendor} reads this.`
    const variables = { ticket: id, html: text, key: `${vendor} refused` }
    const { message, errors } = await askAs<Sent>(`${vendor}-writer`, document, variables)
    expect(message).toBeNull()
    expect(errors).toMatchObject([{ __typename: 'UnsupportedError', code: 'UNSUPPORTED_BY_BACKEND' }])
    expect([errors[0]?.path?.join('.'), errors[0]?.backend?.name]).toEqual([path, expect.stringMatching(/\w/)])
    expect(await ticket(vendor, id)).toEqual(before)
    expect(await promised(vendor, id)).toEqual([])
    expect(await saidThere(vendor, text)).toBe(0)
  })
})

describe('a note with a file that calls a colleague', () => {
  const announce = `mutation AnnounceFile($ticket: ID!, $bytes: Int!) {
    attachmentUploadCreate(input: { ticketId: $ticket, name: "trace.txt", contentType: "text/plain", sizeBytes: $bytes }) {
      attachment { id status } uploadUrl uploadMethod expiresAt errors { code message path }
    }
  }`
  const note = `mutation NoteForColleague($ticket: ID!, $agent: ID!, $file: ID!, $key: String!) {
    noteAdd(input: {
      ticketId: $ticket, body: { markdown: "Please **look** at this" }
      mentionAgentIds: [$agent], attachmentIds: [$file], idempotencyKey: $key
    }) {
      message {
        id type isInternal
        mentions { id agent { id displayName } isRead }
        attachments { id name status downloadUrl }
      }
      errors { __typename code message path }
    }
  }`
  const read = `mutation ReadThem($ticket: ID!) {
    mentionMarkRead(input: { ticketId: $ticket, isRead: true }) {
      mentions { id isRead } unreadCounts { mentionedCount } errors { code }
    }
  }`
  type Noted = {
    message: {
      id: string
      mentions: { id: string }[]
      attachments: { name: string; status: string; downloadUrl: string }[]
    } | null
    errors: Problem[]
  }
  const text = 'what the machine said'
  async function uploaded(vendor: Vendor, id: string): Promise<string> {
    const { attachment, uploadUrl, errors } = await askAs<{
      attachment: { id: string }
      uploadUrl: string
      errors: Problem[]
    }>(`${vendor}-writer`, announce, { ticket: id, bytes: text.length })
    expect(errors).toEqual([])
    expect((await fetch(uploadUrl, { method: 'PUT', body: text })).status).toBe(201)
    return attachment.id
  }
  const badge = async (vendor: Vendor, who = 'colleague') =>
    (await askAs<{ mentionedCount: number }>(`${vendor}-${who}`, '{ unreadCounts { mentionedCount } }', {}))
      .mentionedCount
  const isCalling = async (vendor: Vendor, id: string) =>
    (
      await askAs<{ totalCount: number }>(
        `${vendor}-colleague`,
        'query ($ids: [ID!]) { tickets(filter: { hasUnreadMention: true, ids: $ids }) { totalCount } }',
        { ids: [id] },
      )
    ).totalCount === 1
  const variablesOf = (vendor: Vendor, id: string, file: string) => ({
    ...{ ticket: id, file, key: `${vendor} note` },
    agent: nodeIdOf('Agent', people[vendor].colleague),
  })

  test.each(['comm100', 'chatwoot', 'deskhero'] as const)(
    "reaches %s, and the colleague's badge rises by one until it is read",
    async (vendor) => {
      const id = await freshOne(vendor)
      const [before, writers] = [await badge(vendor), await badge(vendor, 'writer')]
      const variables = variablesOf(vendor, id, await uploaded(vendor, id))
      const { message, errors } = await askAs<Noted>(`${vendor}-writer`, note, variables)
      expect(errors).toEqual([])
      expect(message).toMatchObject({
        ...{ type: 'NOTE_PRIVATE', isInternal: true },
        mentions: [{ agent: { id: variables.agent }, isRead: false }],
        attachments: [{ id: variables.file, name: 'trace.txt', status: 'OK' }],
      })
      expect([await badge(vendor), await isCalling(vendor, id)]).toEqual([before + 1, true])
      expect(await badge(vendor, 'writer')).toBe(writers)

      await deliverDuringTest(served, { bytesOf: async () => new TextEncoder().encode(text) }).settled()
      await readAgain(vendor)
      expect(await saidThere(vendor, 'at this')).toBe(1)
      const kept = await askAs<NonNullable<Noted['message']>>(
        `${vendor}-writer`,
        `query ($id: ID!) { node(id: $id) { ... on Message { id type mentions { id } attachments { name status downloadUrl } } } }`,
        { id: message?.id },
      )
      expect(kept).toMatchObject({
        ...{ type: 'NOTE_PRIVATE', mentions: [{ id: message?.mentions[0]?.id }] },
        attachments: [{ name: 'trace.txt', status: 'OK' }],
      })
      expect(await (await fetch(kept.attachments[0]?.downloadUrl as string)).text()).toBe(text)
      expect([await badge(vendor), await isCalling(vendor, id)]).toEqual([before + 1, true])

      const marked = await askAs<object>(`${vendor}-colleague`, read, { ticket: id })
      expect(marked).toEqual({
        ...{ mentions: [{ id: message?.mentions[0]?.id, isRead: true }], errors: [] },
        unreadCounts: { mentionedCount: before },
      })
      await readAgain(vendor)
      expect([await badge(vendor), await isCalling(vendor, id)]).toEqual([before, false])
    },
  )

  test.each(['alibaba', 'onebox'] as const)('is refused by %s, calls nobody and is never an answer', async (vendor) => {
    const id = await freshOne(vendor)
    const before = await badge(vendor)
    const variables = variablesOf(vendor, id, await uploaded(vendor, id))
    const { message, errors } = await askAs<Noted>(`${vendor}-writer`, note, variables)
    expect(message).toBeNull()
    expect(errors).toMatchObject([{ __typename: 'UnsupportedError', path: ['input', 'ticketId'] }])
    await deliverDuringTest(served).settled()
    expect([await badge(vendor), await isCalling(vendor, id), await promised(vendor, id)]).toEqual([before, false, []])
    expect(await saidThere(vendor, 'at this')).toBe(0)
  })
})

test('a view of tickets of all five is closed in one go: each goes its own way, and who cannot is named', async () => {
  const ids: Record<string, string[]> = {}
  for (const vendor of vendors) ids[vendor] = await fresh(vendor, 2)
  const all = Object.values(ids).flat()
  const { view } = await askAs<{ view: { id: string } }>(
    'comm100-writer',
    'mutation ($input: ViewSaveInput!) { viewSave(input: $input) { view { id } errors { code } } }',
    { input: { name: 'To close', filter: { ids: all } } },
  )
  type Closed = {
    matchedCount: number
    succeededCount: number
    failedCount: number
    results: { ticketId: string; ticket: { status: string } | null; errors: Problem[] }[]
    undoToken: string | null
    replayed: boolean
    errors: Problem[]
  }
  const close = () =>
    askAs<Closed>(
      'comm100-writer',
      `mutation CloseAllOf($view: ID!, $shown: Int!, $key: String!) {
        ticketsBulkUpdate(input: {
          selector: { viewId: $view }
          patch: { status: RESOLVED, addTagIds: [], assignee: null }
          mode: BEST_EFFORT, expectedCount: $shown, idempotencyKey: $key
        }) {
          matchedCount succeededCount failedCount replayed undoToken
          results { ticketId ticket { id version status } errors { code path message } }
          job { id state } errors { code message }
        }
      }`,
      { view: view.id, shown: all.length, key: 'close all' },
    )
  const closed = await close()
  expect(closed).toMatchObject({ matchedCount: 10, succeededCount: 8, failedCount: 2, replayed: false, errors: [] })
  const failed = closed.results.filter(({ errors }) => errors.length > 0)
  expect(failed.map(({ ticketId }) => ticketId).sort()).toEqual([...(ids.onebox as string[])].sort())
  for (const { errors } of failed)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['UNSUPPORTED_BY_BACKEND']))
  expect(await close()).toMatchObject({ replayed: true, succeededCount: 8, failedCount: 2 })

  await deliverDuringTest(served).settled()
  for (const vendor of vendors) {
    await readAgain(vendor)
    for (const id of ids[vendor] as string[]) {
      const { status, assignee } = (await ticket(vendor, id)) as Shown
      if (vendor === 'onebox')
        expect([status, await promised(vendor, id)]).toEqual([expect.not.stringMatching('RESOLVED'), []])
      else expect([vendor, status, assignee]).toEqual([vendor, 'RESOLVED', null])
    }
  }
})

describe('read, unread, bin, undo, removal', () => {
  const documents = {
    unread: `mutation Unread($ids: [ID!]!) { ticketMarkUnread(input: { ids: $ids }) {
      tickets { id version isUnread isReadByAgent } unreadCounts { allCount } undoToken errors { code message path } } }`,
    read: `mutation Read($ids: [ID!]!) { ticketMarkRead(input: { ids: $ids, side: AGENT }) {
      tickets { id isUnread isReadByAgent } errors { code } } }`,
    recycle: `mutation IntoBin($id: ID!, $seen: Int) { ticketRecycle(input: { id: $id, ifVersion: $seen }) {
      ticket { id version isRecycled recycledAt } undoToken undoableUntil
      errors { __typename code message ... on ConflictError { currentVersion changedFields currentTicket { id version status } } } } }`,
    undo: `mutation TakeBack($token: String!) { undo(input: { token: $token }) {
      tickets { id version isRecycled status } errors { code message } } }`,
    bin: `query Bin($after: String) { tickets(filter: { isRecycled: true }, first: 25, after: $after) {
      totalCount nodes { id number subject recycledAt } pageInfo { endCursor hasNextPage } } }`,
    remove: `mutation ForGood($id: ID!) { ticketDelete(input: { id: $id }) { deletedTicketId errors { code message path } } }`,
  }
  /** What each does itself; all else is kept here and never told. */
  const native: Record<Vendor, { read?: true; recycle?: true; remove?: true }> = {
    comm100: { read: true, recycle: true, remove: true },
    chatwoot: { read: true, remove: true },
    deskhero: { remove: true },
    alibaba: {},
    onebox: { remove: true },
  }

  test.each(vendors)('%s is told what it does itself, and the rest is kept here', async (vendor) => {
    const run = <Answer>(name: keyof typeof documents, variables: object) =>
      askAs<Answer>(`${vendor}-writer`, documents[name], variables)
    const id = await freshOne(vendor)
    const does = native[vendor]
    const { settled } = deliverDuringTest(served)
    const seen = new Set<string>()
    /** What was promised since this was called last, and arrived. */
    const arrived = async () => {
      await settled()
      const news = (await promised(vendor, id)).filter((delivery) => !seen.has(delivery.id))
      for (const delivery of news) seen.add(delivery.id)
      expect(news.filter(({ state }) => state !== 'SETTLED')).toEqual([])
      return news.map(({ operation }) => operation)
    }
    const readByAgent = async () => (await ticket(vendor, id))?.isReadByAgent
    const levels = await askAs<{ vendor: { key: string }; capabilities: { name: string; level: string }[] }[]>(
      `${vendor}-writer`,
      '{ backends { vendor { key } capabilities { name level } } }',
      {},
    )
    const levelOf = (capability: string) =>
      levels.find((backend) => backend.vendor.key === vendor)?.capabilities.find(({ name }) => name === capability)
        ?.level
    expect([levelOf('TICKET_READ_STATE'), levelOf('TICKET_RECYCLE'), levelOf('TICKET_DELETE')]).toEqual([
      does.read ? 'NATIVE' : 'EMULATED',
      does.recycle ? 'NATIVE' : 'EMULATED',
      does.remove ? 'NATIVE' : 'UNSUPPORTED',
    ])

    await run('read', { ids: [id] })
    await arrived()
    expect(await run('unread', { ids: [id] })).toMatchObject({
      tickets: [{ id, isUnread: true, isReadByAgent: false }],
    })
    expect(await arrived()).toEqual(does.read ? ['markTicket'] : [])
    await readAgain(vendor)
    expect(await readByAgent()).toBe(false)
    expect(await run('read', { ids: [id] })).toMatchObject({ tickets: [{ id, isUnread: false, isReadByAgent: true }] })
    expect(await arrived()).toEqual(does.read ? ['markTicket'] : [])
    await readAgain(vendor)
    expect(await readByAgent()).toBe(true)

    const { version } = (await ticket(vendor, id)) as Shown
    expect(await run('recycle', { id, seen: version - 1 })).toMatchObject({
      ticket: null,
      errors: [{ __typename: 'ConflictError', currentVersion: version, currentTicket: { id, version } }],
    })
    const binned = await run<{ undoToken: string }>('recycle', { id, seen: version })
    expect(binned).toMatchObject({ ticket: { id, isRecycled: true, recycledAt: expect.any(String) }, errors: [] })
    expect(await arrived()).toEqual(does.recycle ? ['recycleTicket'] : [])
    expect(await run('undo', { token: binned.undoToken })).toMatchObject({ tickets: [{ id, isRecycled: false }] })
    expect(await arrived()).toEqual(does.recycle ? ['restoreTicket'] : [])
    await readAgain(vendor)
    expect(await ticket(vendor, id)).toMatchObject({ isRecycled: false })

    const there = await ticketsThere(vendor)
    const outside = await run<{ errors: Problem[] }>('remove', { id })
    expect(outside).toMatchObject({ deletedTicketId: null })
    expect(outside.errors.map(({ code, path }) => [code, path?.join('.')])).toEqual([
      does.remove ? ['VALIDATION_FAILED', 'input.skipRecycleBin'] : ['UNSUPPORTED_BY_BACKEND', 'input.id'],
    ])
    expect([await arrived(), await ticketsThere(vendor)]).toEqual([[], there])

    await run('recycle', { id })
    type Bin = { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    const inBin: string[] = []
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo }: Bin = await run<Bin>('bin', { after })
      inBin.push(...nodes.map((node) => node.id))
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    expect(inBin.filter((each) => each === id)).toHaveLength(1)
    await arrived()
    expect(await ticketsThere(vendor)).toBe(there)
    const removed = await run<{ errors: Problem[] }>('remove', { id })
    expect(await arrived()).toEqual(does.remove ? ['deleteTicket'] : [])
    await readAgain(vendor)
    if (does.remove) {
      expect(removed).toEqual({ deletedTicketId: id, errors: [] })
      expect(await ticketsThere(vendor)).toBe(there - 1)
      expect(await ticket(vendor, id)).toBeNull()
      expect(await rowsOf(sql`select from messages where ticket_id = ${uuidOf(id)}`)).toEqual([])
    } else {
      expect(removed).toMatchObject({ deletedTicketId: null, errors: [{ code: 'UNSUPPORTED_BY_BACKEND' }] })
      expect(await ticketsThere(vendor)).toBe(there)
      expect(await ticket(vendor, id)).toMatchObject({ isRecycled: true })
    }
  })
})

/** What a query costs in statements, and that two workspaces on one database never see each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { records } from '#connectors/contract.ts'
import { storePage } from '#flows/sync/store.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile, newBackend } from '../syncing/backend.ts'
import { answer, message, minute, thread } from '../syncing/scripted.ts'

const database = await createTestDatabase()
const { during } = watchStatements(database.pool)
const cleaner = cleanerOfFile()

/** A backend with 120 tickets of several people, tags, channels, departments, files and mails, in a workspace of its own. */
async function company(name: string) {
  const backend = await newBackend(database.db, 'chatwoot')
  const tickets = Array.from({ length: 120 }, (_, index) => {
    const id = `${name}-${index}`
    const person = {
      type: 'CONTACT',
      externalId: `c${index % 40}`,
      name: `${name} ${index % 40}`,
      email: `c${index % 40}@${name}.example`,
    } as const
    const agent = { type: 'AGENT', externalId: `a${index % 7}`, name: `Agent ${index % 7}` } as const
    const messages = Array.from({ length: index === 0 ? 60 : 3 }, (_, place) => {
      const said = {
        sequence: place,
        at: minute(index + place),
        body: { html: `<p>${name} says <b>${place}</b></p>` },
        addresses: [
          { email: person.email, direction: 'FROM' as const },
          { email: `desk@${name}.example`, direction: 'TO' as const },
        ],
        attachments: [
          {
            externalId: `${id}-${place}`,
            name: `${name}.pdf`,
            kind: 'FILE' as const,
            status: 'OK' as const,
            sizeBytes: 10,
          },
        ],
        channel: { externalId: 'mail' },
      }
      return place % 2 === 0
        ? message(`${id}-${place}`, { ...said, sender: person })
        : answer(`${id}-${place}`, { ...said, sender: agent })
    })
    return thread(id, messages, {
      number: String(index),
      requester: person,
      assignee: agent,
      department: { externalId: `d${index % 3}` },
      channel: { externalId: 'mail' },
      tags: [{ externalId: `t${index % 5}`, name: `tag ${index % 5}` }],
      url: `https://desk.example/${name}/${index}`,
    } as object)
  })
  const page = records({
    channels: [
      {
        externalId: 'mail',
        type: 'EMAIL',
        name: `${name} mail`,
        accounts: [{ externalId: 'box', name: `${name} box`, address: `desk@${name}.example` }],
      },
    ],
    departments: [0, 1, 2].map((number) => ({
      externalId: `d${number}`,
      name: `${name} ${number}`,
      agentExternalIds: ['a1', 'a2'],
    })),
    tickets,
  })
  await storePage({ db: database.db, backend, records: page, fetchedAt: minute(1000), cleaner })
  return { name, ...backend }
}

type Company = Awaited<ReturnType<typeof company>>
type Gateway = Awaited<ReturnType<typeof openTestGateway>>
let [red, blue]: (Company & { ask: Gateway['ask'] })[] = []
beforeAll(async () => {
  const companies = [await company('red'), await company('blue')]
  const viewers = new Map(
    companies.map(({ name, workspaceId }): [string, Viewer] => [
      name,
      { workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: name },
    ]),
  )
  const gateway = await openTestGateway(database.db, {
    workspaceId: companies[0]?.workspaceId as string,
    authenticate: (token) => viewers.get(token ?? '') ?? null,
  })
  afterAll(() => gateway.close())
  ;[red, blue] = companies.map((own) => ({
    ...own,
    async ask(query: string, variables: object = {}) {
      const headers = { ...gateway.headers, authorization: `Bearer ${own.name}` }
      const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Awaited<
        ReturnType<Gateway['ask']>
      >
    },
  }))
}, 60_000)

async function cost(company: typeof red, query: string, variables: object = {}) {
  const { result, statements } = await during(async () =>
    (company as Company & { ask: Gateway['ask'] }).ask(query, variables),
  )
  expect(result.errors).toBeUndefined()
  return { data: result.data as never, statements }
}

const inbox = `query ($first: Int, $after: String, $filter: TicketFilter) { tickets(first: $first, after: $after, filter: $filter) {
  pageInfo { endCursor hasNextPage }
  nodes {
    id version number subject preview status statusCategory statusDetail { label backgroundColor textColor }
    priority isUnread unreadMessageCount hasDraft messageCount waitingSince lastActivityAt snoozedUntil
    requester { __typename id displayName avatarUrl } assignee { __typename ... on Agent { id displayName avatarUrl } ... on Bot { id displayName } }
    department { id name } channel { type } tags { id name color } sla { state dueAt }
    lastMessage { id at sender { displayName } }
  } } }`
const detail = `query ($id: ID!, $last: Int = 50) { ticket(id: $id) { id subject requester { displayName } assignee { ... on Agent { displayName } } tags { name } channel { type }
  messages(last: $last) { nodes {
    id type at body { html text quotedText } sender { __typename displayName avatarUrl }
    emailAddresses { email name direction isOwnAddress } attachments { id name status downloadUrl } channel { type }
  } pageInfo { startCursor hasPreviousPage } } } }`

describe('statements', () => {
  test('of an inbox page are at most 8, and as many for 5 tickets as for 100', async () => {
    const [few, many] = [await cost(red, inbox, { first: 5 }), await cost(red, inbox, { first: 100 })]
    expect((many.data as { tickets: { nodes: object[] } }).tickets.nodes.length).toBe(100)
    expect(many.statements.length, many.statements.map(({ text }) => text.slice(0, 80)).join('\n')).toBeLessThanOrEqual(
      8,
    )
    expect(few.statements.length).toBe(many.statements.length)
  })

  test('of a ticket with 50 messages, senders, files and addresses are at most 10, and as many for 5', async () => {
    const { data } = await cost(
      red,
      '{ tickets(first: 1, orderBy: [{ field: NUMBER, direction: ASC }]) { nodes { id messageCount } } }',
    )
    const [{ id, messageCount }] = (data as { tickets: { nodes: [{ id: string; messageCount: number }] } }).tickets
      .nodes
    expect(messageCount).toBe(60)
    const [few, many] = [await cost(red, detail, { id, last: 5 }), await cost(red, detail, { id })]
    const { messages } = (
      many.data as {
        ticket: { messages: { nodes: { attachments: object[]; emailAddresses: object[]; sender: object }[] } }
      }
    ).ticket
    expect(messages.nodes.length).toBe(50)
    for (const { attachments, emailAddresses, sender } of messages.nodes)
      expect([attachments.length, emailAddresses.length, typeof sender]).toEqual([1, 2, 'object'])
    expect(many.statements.length, many.statements.map(({ text }) => text.slice(0, 80)).join('\n')).toBeLessThanOrEqual(
      10,
    )
    expect(few.statements.length).toBe(many.statements.length)
  })

  test('have the same text and name when only the values differ, and never hold a value', async () => {
    const first = await cost(red, inbox, {
      first: 7,
      filter: { status: ['NEW'], createdAt: { from: '2025-01-01T00:00:00Z' }, keywords: 'red' },
    })
    const other = await cost(blue, inbox, {
      first: 93,
      filter: {
        status: ['PENDING_INTERNAL'],
        createdAt: { from: '2026-01-01T00:00:01Z' },
        keywords: "it's",
      },
    })
    const [list, listAgain] = [first.statements[0], other.statements[0]]
    expect(list?.name).toBeDefined()
    expect([listAgain?.name, listAgain?.text]).toEqual([list?.name, list?.text])
    for (const { text } of [...first.statements, ...other.statements])
      expect(text).not.toMatch(/NEW|2025|2026|it's|\bred\b/)

    const pages = await cost(red, inbox, { first: 5 })
    const { endCursor } = (pages.data as { tickets: { pageInfo: { endCursor: string } } }).tickets.pageInfo
    const next = await cost(red, inbox, { first: 5, after: endCursor })
    const nextOfOther = await cost(blue, inbox, { first: 50, after: endCursor })
    expect(nextOfOther.statements[0]).toMatchObject({ name: next.statements[0]?.name, text: next.statements[0]?.text })
  })

  test('have one text for each name, and every one of a list has a name', async () => {
    const names = new Map<string, string>()
    const id = (
      (await cost(red, '{ tickets(first: 1) { nodes { id } } }')).data as { tickets: { nodes: [{ id: string }] } }
    ).tickets.nodes[0].id
    for (const direction of ['ASC', 'DESC']) {
      for (const filter of [null, { isUnread: true }, { isUnread: false }, { hasTags: true }, { isRecycled: true }]) {
        const { statements } = await cost(red, inbox, { first: 3, filter })
        const { statements: details } = await cost(red, detail, { id })
        const { statements: raws } = await cost(
          red,
          `query ($id: ID!) { ticket(id: $id) { raw requester { ... on Contact { raw tickets(first: 2, orderBy: [{ field: NUMBER, direction: ${direction} }]) { totalCount nodes { id } } } } conversations { nodes { raw } totalCount } messages(first: 2, orderBy: { direction: ${direction} }) { nodes { raw metadata } totalCount } notes { totalCount } mergedFrom { totalCount } attachments { totalCount } } }`,
          { id },
        )
        for (const { name, text } of [...statements, ...details, ...raws]) {
          if (name === undefined) continue
          expect(names.get(name) ?? text, name).toBe(text)
          expect(name.length, 'Postgres cuts names at 63 bytes').toBeLessThanOrEqual(63)
          names.set(name, text)
        }
        for (const { name, text } of statements) if (text.includes('order by')) expect(name, text).toBeDefined()
      }
    }
    expect(names.size).toBeGreaterThan(20)
  })

  test('of filters that clients nest as they like are not kept', async () => {
    for (const parts of [1, 2, 3]) {
      const filter = { or: Array.from({ length: parts }, () => ({ isUnread: true })) }
      const { statements } = await cost(red, inbox, { first: 3, filter })
      expect(statements[0]?.name).toBeUndefined()
    }
  })
})

test('Postgres is told how long tickets are, which it cannot see in a sample of a big store', async () => {
  await database.pool.query('analyze messages')
  const { rows } = await database.pool.query(`select attname, n_distinct from pg_stats
    where tablename = 'messages' and attname in ('ticket_id', 'conversation_id') order by attname`)
  // A tenth of the rows: what it sees here is another part of them.
  expect(rows).toEqual([
    { attname: 'conversation_id', n_distinct: expect.closeTo(-0.1) },
    { attname: 'ticket_id', n_distinct: expect.closeTo(-0.1) },
  ])
})

describe('two workspaces', () => {
  const everyList = `{
    tickets(first: 100) { totalCount nodes { id number url externalId backend { id } department { id } channel { id } tags { id } requester { id } assignee { ... on Agent { id } }
      conversations { nodes { id externalId } } messages(first: 1) { nodes { id attachments { id } } } } }
    contacts(first: 100) { totalCount nodes { id email externalId } } agents(first: 100, onlyActive: false) { totalCount nodes { id } }
    departments { id agents { id } } tags(first: 100) { totalCount nodes { id } } channels { id name accounts { id } } backends { id name channels { id } }
    viewer { tenant { id name } tokenName myTickets { totalCount } } }`
  const idsIn = (value: unknown): string[] =>
    typeof value !== 'object' || value === null
      ? []
      : [...('id' in value ? [value.id as string] : []), ...Object.values(value).flatMap(idsIn)]

  test('have nothing in common in any list, count or node', async () => {
    const [ofRed, ofBlue] = [await cost(red, everyList), await cost(blue, everyList)]
    const [redIds, blueIds] = [new Set(idsIn(ofRed.data)), new Set(idsIn(ofBlue.data))]
    expect(redIds.size).toBeGreaterThan(300)
    expect([...redIds].filter((id) => blueIds.has(id))).toEqual([])
    expect(JSON.stringify(ofBlue.data)).not.toMatch(/red/)
    expect((ofRed.data as { tickets: { totalCount: number } }).tickets.totalCount).toBe(120)
    const list = [...redIds]
    for (let start = 0; start < list.length; start += 100) {
      const ids = list.slice(start, start + 100)
      const { data } = await cost(blue, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })
      expect((data as { nodes: unknown[] }).nodes).toEqual(ids.map(() => null))
    }
  })

  test('do not find each other by any look-up or reference', async () => {
    const { data } = await cost(red, everyList)
    const { tickets, contacts } = data as {
      tickets: {
        nodes: {
          id: string
          number: string
          url: string
          externalId: string
          backend: { id: string }
          requester: { id: string }
          conversations: { nodes: { id: string; externalId: string }[] }
          messages: { nodes: { id: string }[] }
        }[]
      }
      contacts: { nodes: { id: string; email: string; externalId: string }[] }
    }
    const [ticket, contact] = [tickets.nodes[0], contacts.nodes[0]]
    const backendId = ticket?.backend.id
    const found = await cost(
      blue,
      `query ($ticket: ID!, $message: ID!, $conversation: ID!, $contact: ID!, $backend: ID!, $url: URL!, $email: String!, $externalTicket: ExternalRef!, $externalConversation: ExternalRef!, $externalContact: ExternalRef!) {
        ticket(id: $ticket) { id } message(id: $message) { id } conversation(id: $conversation) { id } contact(id: $contact) { id } backend(id: $backend) { id } node(id: $ticket) { id }
        a: ticketByRef(ref: { external: $externalTicket }) { id } b: ticketByRef(ref: { url: $url }) { id } c: conversationByRef(ref: { external: $externalConversation }) { id }
        d: contactByRef(ref: { email: $email }) { id } e: contactByRef(ref: { external: $externalContact }) { id } }`,
      {
        ticket: ticket?.id,
        message: ticket?.messages.nodes[0]?.id,
        conversation: ticket?.conversations.nodes[0]?.id,
        contact: contact?.id,
        backend: backendId,
        url: ticket?.url,
        email: contact?.email,
        externalTicket: { backendId, externalId: ticket?.externalId },
        externalConversation: { backendId, externalId: ticket?.conversations.nodes[0]?.externalId },
        externalContact: { backendId, externalId: contact?.externalId },
      },
    )
    expect(Object.values(found.data).filter((value) => value !== null)).toEqual([])
    const result = await cost(
      blue,
      'query ($id: ID!) { ticketResult(id: $id) { __typename ... on NotFoundError { message } } }',
      { id: ticket?.id },
    )
    const unknown = await cost(
      blue,
      'query ($id: ID!) { ticketResult(id: $id) { __typename ... on NotFoundError { message } } }',
      { id: 'unknown' },
    )
    expect(result.data).toEqual(unknown.data)
  })

  test('do not find each other by filters, keywords, cursors or counts', async () => {
    const { data } = await cost(red, everyList)
    const all = idsIn(data)
    const of = (typeName: string) =>
      all.filter((id) => Buffer.from(id, 'base64url').toString().startsWith(`${typeName}:`)).slice(0, 50)
    for (const filter of [
      { ids: of('Ticket') },
      { backendIds: of('Backend') },
      { assigneeIds: of('Agent') },
      { departmentIds: of('Department') },
      { requesterIds: of('Contact') },
      { channelAccountIds: of('ChannelAccount') },
      { tagIds: of('Tag') },
      { allTagIds: of('Tag') },
      { keywords: 'red' },
      { or: [{ tagIds: of('Tag') }, { keywords: 'red says' }] },
    ]) {
      const found = await cost(
        blue,
        'query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount nodes { id } } }',
        { filter },
      )
      expect(found.data, JSON.stringify(filter).slice(0, 60)).toEqual({ tickets: { totalCount: 0, nodes: [] } })
    }
    for (const args of [`query: "red"`, `filter: { backendIds: ["${of('Backend')[0]}"] }`])
      expect((await cost(blue, `{ contacts(${args}) { totalCount nodes { id } } }`)).data).toEqual({
        contacts: { totalCount: 0, nodes: [] },
      })
    for (const query of [
      `agents(departmentId: "${of('Department')[0]}")`,
      `agents(backendId: "${of('Backend')[0]}")`,
      `tags(backendId: "${of('Backend')[0]}")`,
    ])
      expect(Object.values((await cost(blue, `{ ${query} { totalCount nodes { id } } }`)).data)).toEqual([
        { totalCount: 0, nodes: [] },
      ])
    for (const query of ['channels', 'departments'])
      expect((await cost(blue, `{ ${query}(backendId: "${of('Backend')[0]}") { id } }`)).data).toEqual({ [query]: [] })
    // A cursor of the other is a place in time and no more.
    const { endCursor } = (
      (await cost(red, inbox, { first: 5 })).data as { tickets: { pageInfo: { endCursor: string } } }
    ).tickets.pageInfo
    const behind = (await cost(blue, inbox, { first: 100, after: endCursor })).data as {
      tickets: { nodes: { requester: { displayName: string } }[] }
    }
    for (const { requester } of behind.tickets.nodes) expect(requester.displayName).toMatch(/^blue/)
  })

  test('asking at the same moment keep their loaders apart', async () => {
    const id = Buffer.from(
      ((await cost(red, '{ tickets(first: 1) { nodes { id } } }')).data as { tickets: { nodes: [{ id: string }] } })
        .tickets.nodes[0].id,
    ).toString()
    const asks = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? red : blue)?.ask(
        'query ($id: ID!) { node(id: $id) { id } tickets(first: 20) { nodes { requester { displayName } messages(first: 2) { nodes { body { text } } } } } }',
        { id },
      ),
    )
    for (const [index, answered] of (await Promise.all(asks)).entries()) {
      expect(answered?.errors).toBeUndefined()
      expect(JSON.stringify(answered?.data)).not.toMatch(index % 2 === 0 ? /blue/ : /red/)
    }
  })
})

import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { ask, db, statementsDuring } = served

type Row = {
  id: string
  number: string
  status: string
  statusCategory: string
  statusDetail: { raw: string }
  priority: string | null
  isUnread: boolean
  isReadByContact: boolean
  hasDraft: boolean
  attachmentCount: number
  isRecycled: boolean
  isSpam: boolean
  vanishedAt: string | null
  snoozedUntil: string | null
  replyingAgentMode: string | null
  contactLanguage: string | null
  createdAt: string
  updatedAt: string
  lastActivityAt: string
  lastRepliedAt: string | null
  lastStatusChangedAt: string | null
  waitingSince: string | null
  resolvedAt: string | null
  backend: { id: string; vendor: { key: string } }
  assignee: { id: string } | null
  department: { id: string } | null
  requester: { id: string; type: string } | null
  channel: { type: string } | null
  channelAccount: { id: string } | null
  tags: { id: string }[]
  mergedInto: { id: string } | null
  sla: { state: string; dueAt: string | null }
  mentions: { isRead: boolean }[]
  customFields: { key: string; value: unknown }[]
  subject: string
}

const fields = `id number subject status statusCategory statusDetail { raw } priority isUnread isReadByContact hasDraft
  attachmentCount isRecycled isSpam vanishedAt snoozedUntil replyingAgentMode contactLanguage
  createdAt updatedAt lastActivityAt lastRepliedAt lastStatusChangedAt waitingSince resolvedAt
  backend { id vendor { key } } assignee { ... on Agent { id } ... on Bot { id } } department { id }
  requester { id type } channel { type } channelAccount { id } tags { id } mergedInto { id } sla { state dueAt }
  mentions { isRead } customFields { key value }`

const everything = { isRecycled: null, or: [{ isRecycled: true }, { isRecycled: false }] }
/** A filter that hides nothing. */
const all = {
  and: ['isMerged', 'isSpam', 'isVanished'].map((field) => ({ or: [{ [field]: true }, { [field]: false }] })),
  ...everything,
}

type Page = {
  nodes: Row[]
  totalCount: number
  pageInfo: { endCursor: string; startCursor: string; hasNextPage: boolean; hasPreviousPage: boolean }
}

async function page(
  variables: object,
  selection = 'id',
  pageInfo = 'endCursor startCursor hasNextPage hasPreviousPage',
): Promise<Page> {
  const answer = await ask(
    `query ($filter: TicketFilter, $orderBy: [TicketOrder!], $first: Int, $after: String, $last: Int, $before: String) {
      tickets(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        nodes { ${selection} } pageInfo { ${pageInfo} } } }`,
    variables,
  )
  if (answer.errors) throw new Error(JSON.stringify(answer.errors))
  return (answer.data as { tickets: Page }).tickets
}

/** Every ticket a filter lets through, page by page. */
async function walk(variables: object, selection = 'id', size = 100): Promise<Row[]> {
  const rows: Row[] = []
  let after: string | null = null
  for (;;) {
    const { nodes, pageInfo }: Page = await page({ ...variables, first: size, after }, selection)
    rows.push(...nodes)
    if (!pageInfo.hasNextPage) return rows
    after = pageInfo.endCursor
  }
}

async function walkBack(variables: object, size: number): Promise<Row[]> {
  const rows: Row[] = []
  let before: string | null = null
  for (;;) {
    const { nodes, pageInfo }: Page = await page({ ...variables, last: size, before })
    rows.unshift(...nodes)
    if (!pageInfo.hasPreviousPage) return rows
    before = pageInfo.startCursor
  }
}

async function refusal(query: string, variables: object = {}) {
  const { errors = [] } = await ask(query, variables)
  return {
    code: errors[0]?.extensions?.code,
    message: errors[0]?.message ?? '',
    argument: errors[0]?.extensions?.argument,
  }
}
const refusedFilter = (filter: object) =>
  refusal('query ($filter: TicketFilter) { tickets(first: 1, filter: $filter) { nodes { id } } }', { filter })

const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
const sorted = (rows: { id: string }[]) => ids(rows).sort()

let tickets: Row[]
beforeAll(async () => {
  // What the built-in data cannot show: these states are the gateway's own.
  await db.execute(sql`update tickets set is_spam = true where id in (select id from tickets order by id limit 2)`)
  await db.execute(
    sql`update tickets set vanished_at = now() where id in (select id from tickets order by id offset 2 limit 2)`,
  )
  await db.execute(sql`update tickets set sla_state = 'BREACHED', sla = jsonb_build_object('state', 'BREACHED', 'dueAt', created_at + interval '1 day', 'events', '[]'::jsonb)
    where id in (select id from tickets order by id desc limit 9)`)
  tickets = await walk({ filter: all }, fields)
}, 60_000)

const isHidden = (row: Row) => row.isRecycled || row.isSpam || row.vanishedAt !== null || row.mergedInto !== null

describe('one list', () => {
  test('holds the tickets of all five vendors, none twice', () => {
    expect(new Set(tickets.map(({ backend }) => backend.vendor.key))).toEqual(
      new Set(['alibaba', 'chatwoot', 'comm100', 'deskhero', 'onebox']),
    )
    expect(new Set(ids(tickets)).size).toBe(tickets.length)
    expect(tickets.length).toBeGreaterThan(300)
  })

  test('leaves out recycled, merged, vanished tickets and spam unless asked', async () => {
    const shown = await walk({})
    expect(sorted(shown)).toEqual(sorted(tickets.filter((row) => !isHidden(row))))
    expect(shown.length).toBeLessThan(tickets.length - 4)
  })

  test('shows a hidden kind when it is asked for at any depth, and the other kinds stay hidden', async () => {
    const recycled = tickets.filter((row) => row.isRecycled && !row.isSpam && !row.vanishedAt && !row.mergedInto)
    expect(recycled.length).toBeGreaterThan(0)
    expect(sorted(await walk({ filter: { isRecycled: true } }))).toEqual(sorted(recycled))
    expect(sorted(await walk({ filter: { not: { and: [{ isRecycled: false }] } } }))).toEqual(sorted(recycled))
  })
})

/** Each field of the filter: a value of it, and what it should let through. */
const values = <Key extends keyof Row>(key: Key) => [
  ...new Set(tickets.map((row) => row[key]).filter((value) => value != null)),
]
const first = <Value>(list: Value[], count = 2) => list.slice(0, count)
const middle = (
  key: 'createdAt' | 'updatedAt' | 'lastActivityAt' | 'lastRepliedAt' | 'resolvedAt' | 'waitingSince',
) => {
  const times = tickets
    .map((row) => row[key])
    .filter((time) => time !== null)
    .sort()
  return times[Math.floor(times.length / 2)] as string
}
const has = <Value>(list: readonly Value[], value: Value | undefined | null) => value != null && list.includes(value)
type Case = () => { filter: object; fits: (row: Row) => boolean }

const cases: Record<string, Case[]> = {
  ids: [
    () => {
      const some = first(ids(tickets), 3)
      return { filter: { ids: some }, fits: (row) => has(some, row.id) }
    },
  ],
  backendIds: [
    () => {
      const [one] = tickets.map(({ backend }) => backend.id)
      return { filter: { backendIds: [one] }, fits: (row) => row.backend.id === one }
    },
  ],
  status: [() => ({ filter: { status: ['RESOLVED', 'NEW'] }, fits: (row) => has(['RESOLVED', 'NEW'], row.status) })],
  statusCategory: ['OPEN', 'WAITING', 'DONE'].map(
    (category): Case =>
      () => ({ filter: { statusCategory: [category] }, fits: (row) => row.statusCategory === category }),
  ),
  rawStatus: [
    () => {
      const some = first([...new Set(tickets.map((row) => row.statusDetail.raw))])
      return { filter: { rawStatus: some }, fits: (row) => has(some, row.statusDetail.raw) }
    },
  ],
  priority: [() => ({ filter: { priority: ['URGENT', 'LOW'] }, fits: (row) => has(['URGENT', 'LOW'], row.priority) })],
  assigneeIds: [
    () => {
      const some = first([...new Set(tickets.flatMap((row) => row.assignee?.id ?? []))])
      return { filter: { assigneeIds: some }, fits: (row) => has(some, row.assignee?.id) }
    },
  ],
  isAssigned: [true, false].map(
    (given): Case =>
      () => ({ filter: { isAssigned: given }, fits: (row) => (row.assignee !== null) === given }),
  ),
  // The token of these tests is a program's: nothing is assigned to it.
  assignedToMe: [true, false].map(
    (given): Case =>
      () => ({ filter: { assignedToMe: given }, fits: () => !given }),
  ),
  departmentIds: [
    () => {
      const some = first([...new Set(tickets.flatMap((row) => row.department?.id ?? []))], 1)
      return { filter: { departmentIds: some }, fits: (row) => has(some, row.department?.id) }
    },
  ],
  requesterIds: [
    () => {
      const some = first(
        tickets.flatMap((row) => row.requester?.id ?? []),
        3,
      )
      return { filter: { requesterIds: some }, fits: (row) => has(some, row.requester?.id) }
    },
  ],
  requesterTypes: [
    () => ({ filter: { requesterTypes: ['VISITOR'] }, fits: (row) => row.requester?.type === 'VISITOR' }),
  ],
  channelTypes: [
    () => ({
      filter: { channelTypes: ['EMAIL', 'WHATSAPP'] },
      fits: (row) => has(['EMAIL', 'WHATSAPP'], row.channel?.type),
    }),
  ],
  channelAccountIds: [
    () => {
      const some = first([...new Set(tickets.flatMap((row) => row.channelAccount?.id ?? []))])
      return { filter: { channelAccountIds: some }, fits: (row) => has(some, row.channelAccount?.id) }
    },
  ],
  tagIds: [
    () => {
      const some = first([...new Set(tickets.flatMap((row) => ids(row.tags)))])
      return { filter: { tagIds: some }, fits: (row) => row.tags.some(({ id }) => has(some, id)) }
    },
  ],
  allTagIds: [
    () => {
      const some = ids(tickets.find((row) => row.tags.length > 1)?.tags ?? [])
      return {
        filter: { allTagIds: some },
        fits: (row) => some.length > 1 && some.every((id) => has(ids(row.tags), id)),
      }
    },
  ],
  hasTags: [true, false].map(
    (given): Case =>
      () => ({ filter: { hasTags: given }, fits: (row) => row.tags.length > 0 === given }),
  ),
  isUnread: [true, false].map(
    (given): Case =>
      () => ({ filter: { isUnread: given }, fits: (row) => row.isUnread === given }),
  ),
  isReadByContact: [true, false].map(
    (given): Case =>
      () => ({ filter: { isReadByContact: given }, fits: (row) => row.isReadByContact === given }),
  ),
  hasDraft: [true, false].map(
    (given): Case =>
      () => ({ filter: { hasDraft: given }, fits: (row) => row.hasDraft === given }),
  ),
  hasAttachments: [true, false].map(
    (given): Case =>
      () => ({ filter: { hasAttachments: given }, fits: (row) => row.attachmentCount > 0 === given }),
  ),
  mentionsMe: [true, false].map(
    (given): Case =>
      () => ({ filter: { mentionsMe: given }, fits: (row) => row.mentions.length > 0 === given }),
  ),
  hasUnreadMention: [true, false].map(
    (given): Case =>
      () => ({
        filter: { hasUnreadMention: given },
        fits: (row) => row.mentions.some(({ isRead }) => !isRead) === given,
      }),
  ),
  isRecycled: [() => ({ filter: { isRecycled: true }, fits: (row) => row.isRecycled })],
  isMerged: [() => ({ filter: { isMerged: true }, fits: (row) => row.mergedInto !== null })],
  isSpam: [() => ({ filter: { isSpam: true }, fits: (row) => row.isSpam })],
  isVanished: [() => ({ filter: { isVanished: true }, fits: (row) => row.vanishedAt !== null })],
  isSnoozed: [true, false].map(
    (given): Case =>
      () => ({
        filter: { isSnoozed: given },
        fits: (row) => (row.snoozedUntil !== null && new Date(row.snoozedUntil) > new Date()) === given,
      }),
  ),
  replyingAgentMode: [
    () => {
      const some = first(values('replyingAgentMode') as string[], 1)
      return { filter: { replyingAgentMode: some }, fits: (row) => has(some, row.replyingAgentMode) }
    },
  ],
  contactLanguages: [
    () => {
      const some = first(values('contactLanguage') as string[])
      return { filter: { contactLanguages: some }, fits: (row) => has(some, row.contactLanguage) }
    },
  ],
  isFollowed: [() => ({ filter: { isFollowed: true }, fits: () => false })],
  subjectContains: [
    () => {
      const some = (tickets.find(({ subject }) => subject.length > 12)?.subject ?? '').slice(4, 10).toUpperCase()
      return { filter: { subjectContains: some }, fits: ({ subject }) => subject.toUpperCase().includes(some) }
    },
  ],
  slaState: [
    () => {
      const some = [...new Set(tickets.map(({ sla }) => sla.state))].filter((state) => state !== 'NONE')
      return { filter: { slaState: some }, fits: (row) => has(some, row.sla.state) }
    },
  ],
  without: [
    () => ({ filter: { without: ['ASSIGNEE'] }, fits: (row) => row.assignee === null }),
    () => ({
      filter: { without: ['PRIORITY', 'TAG'] },
      fits: (row) => row.priority === null && row.tags.length === 0,
    }),
  ],
  customFields: [
    ...['eq', 'in', 'contains', 'isNull'].map(
      (operator): Case =>
        () => {
          const { key, value } = tickets
            .flatMap(({ customFields }) => customFields)
            .find((field) => typeof field.value === 'string' && field.value.length > 2) as {
            key: string
            value: string
          }
          const given = { eq: value, in: [value, 'other'], contains: value.slice(1, -1).toUpperCase(), isNull: false }[
            operator
          ]
          const fitting = (field: { key: string; value: unknown }) =>
            operator === 'isNull'
              ? field.value !== null
              : operator === 'contains'
                ? String(field.value).includes(value.slice(1, -1))
                : field.value === value
          return {
            filter: { customFields: [{ key, [operator]: given }] },
            fits: (row) => row.customFields.some((field) => field.key === key && fitting(field)),
          }
        },
    ),
  ],
}
for (const key of [
  'createdAt',
  'updatedAt',
  'lastActivityAt',
  'lastRepliedAt',
  'resolvedAt',
  'waitingSince',
] as const) {
  cases[key] = [
    () => ({ filter: { [key]: { from: middle(key) } }, fits: (row) => row[key] !== null && row[key] >= middle(key) }),
    () => ({ filter: { [key]: { to: middle(key) } }, fits: (row) => row[key] !== null && row[key] < middle(key) }),
    () => ({ filter: { [key]: { isNull: false } }, fits: (row) => row[key] !== null }),
    () => {
      const since = Date.now() - 10 * 86_400_000
      return {
        filter: { [key]: { within: 'P10D' } },
        fits: (row) => row[key] !== null && Date.parse(row[key]) >= since,
      }
    },
  ]
}

describe('the filter', () => {
  test('has no field without a case here', async () => {
    const { data } = await ask('{ __type(name: "TicketFilter") { inputFields { name } } }')
    const names = (data as { __type: { inputFields: { name: string }[] } }).__type.inputFields.map(({ name }) => name)
    const nested = ['and', 'or', 'not', 'keywords']
    expect(names.filter((name) => !nested.includes(name)).sort()).toEqual(Object.keys(cases).sort())
  })

  test.each(Object.keys(cases))('%s lets through what fits, counts it, and its opposite is the rest', async (name) => {
    for (const make of cases[name] as Case[]) {
      const { filter, fits } = make()
      const [fitting, rest] = [tickets.filter(fits), tickets.filter((row) => !fits(row))]
      // A case that fits nothing or everything proves nothing.
      if (!['lastActivityAt', 'createdAt', 'updatedAt', 'assignedToMe', 'isFollowed'].includes(name))
        expect(fitting.length, JSON.stringify(filter)).toBeGreaterThan(0)
      expect(sorted(await walk({ filter: { and: [all, filter] } })), JSON.stringify(filter)).toEqual(sorted(fitting))
      expect(sorted(await walk({ filter: { and: [all, { not: filter }] } })), JSON.stringify(filter)).toEqual(
        sorted(rest),
      )
      const { data } = await ask(
        'query ($filter: TicketFilter) { tickets(first: 0, filter: $filter) { totalCount } }',
        { filter: { and: [all, filter] } },
      )
      expect((data as { tickets: { totalCount: number } }).tickets.totalCount).toBe(fitting.length)
    }
  })

  test('joins with and, or, not, nested', async () => {
    const filter = {
      and: [
        all,
        { or: [{ status: ['RESOLVED'] }, { and: [{ isUnread: true }, { not: { priority: ['LOW', 'NORMAL'] } }] }] },
      ],
      not: { or: [{ hasAttachments: true }, { not: { isAssigned: true } }] },
    }
    const fits = (row: Row) =>
      (row.status === 'RESOLVED' || (row.isUnread && !has(['LOW', 'NORMAL'], row.priority))) &&
      !(row.attachmentCount > 0 || row.assignee === null)
    const fitting = tickets.filter(fits)
    expect(fitting.length).toBeGreaterThan(3)
    expect(sorted(await walk({ filter }))).toEqual(sorted(fitting))
  })

  test('of an empty list lets nothing through, of null everything', async () => {
    expect(await walk({ filter: { status: [] } })).toEqual([])
    expect(await walk({ filter: { or: [] } })).toEqual([])
    expect(
      (await walk({ filter: { status: null, and: null, or: null, not: null, createdAt: null, customFields: null } }))
        .length,
    ).toBe((await walk({})).length)
  })

  test('of keywords finds a number, words of a subject, and words of a message in any order', async () => {
    const one = tickets.find((row) => !isHidden(row) && row.subject.length > 10) as Row
    expect(ids(await walk({ filter: { keywords: one.number } }))).toContain(one.id)
    expect(ids(await walk({ filter: { keywords: one.subject.toUpperCase() } }))).toContain(one.id)
    const found = await walk(
      { filter: { keywords: 'cookers pressure' } },
      'id subject messages(first: 100) { nodes { body { text } } }',
    )
    const texts = found.map((row) =>
      (row as unknown as { messages: { nodes: { body: { text: string } }[] } }).messages.nodes
        .map(({ body }) => body.text)
        .join(' ')
        .toLowerCase(),
    )
    for (const text of texts) expect(text).toMatch(/pressure/)
    // Marks are no words.
    expect(await walk({ filter: { keywords: '%%' } })).toEqual([])
  })

  test('of keywords costs one look at each table, not one at each ticket', async () => {
    const query = '{ tickets(first: 5, filter: { keywords: "invoice" }) { totalCount nodes { id } } }'
    const { statements } = await statementsDuring(() => ask(query))
    const searching = statements.filter(({ text }) => text.includes('tsquery'))
    expect(searching.length).toBe(2)
    // A subquery that looks at the row outside would run once for every row.
    for (const { text } of searching) expect(text).not.toMatch(/[ms]\.workspace_id = "tickets"/)
  })

  const refused: [string, object, string][] = [
    ['an id of another type', { ids: ['QWdlbnQ6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw'] }, 'filter.ids'],
    ['a damaged id', { and: [{ tagIds: ['nonsense'] }] }, 'filter.and.tagIds'],
    [
      'six levels',
      { and: [{ and: [{ and: [{ and: [{ and: [{ and: [{ isUnread: true }] }] }] }] }] }] },
      'filter.and.and.and.and.and.and',
    ],
    ['a thousand parts', { or: Array.from({ length: 1000 }, () => ({ isUnread: true })) }, 'filter'],
    ['too many values', { rawStatus: Array.from({ length: 1001 }, () => 'open') }, 'filter.rawStatus'],
    ['too many tags', { allTagIds: Array.from({ length: 1001 }, () => 'x') }, 'filter.allTagIds'],
    [
      'too many custom fields',
      { customFields: Array.from({ length: 21 }, () => ({ key: 'a', eq: 1 })) },
      'filter.customFields',
    ],
    [
      'a deep value',
      { customFields: [{ key: 'a', eq: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) }] },
      'filter.customFields',
    ],
  ]
  test.each(refused)('refuses %s and names the argument', async (_what, filter, argument) => {
    expect(await refusedFilter(filter)).toMatchObject({ code: 'BAD_USER_INPUT', argument })
  })

  test('takes five levels, and moments and durations of any size', async () => {
    for (const filter of [
      { and: [{ and: [{ and: [{ and: [{ and: [{ isUnread: true }] }] }] }] }] },
      { createdAt: { from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59-14:00' } },
      { createdAt: { within: 'P999999999999999W' } },
    ])
      expect((await walk({ filter })).length).toBeGreaterThan(0)
  })
})

describe('text that means something to Postgres', () => {
  const texts = {
    quotes: `'; drop table tickets; --"`,
    like: '%_\\',
    'a trailing escape': 'a\\',
    'query operators': `a & | ! ( ) :* <-> '' \\`,
    'a regular expression': '(a+)+$ .* [[:alpha:]]',
    json: '{"a": "\\u0000"} [] $.key',
    'array braces': '{NULL,"x",\\}',
    placeholders: '$1 \u0024{filter0} ?',
    emoji: '👩🏽‍🚀 🩷',
    'right to left': 'שלום مرحبًا \u202e',
    'a lone surrogate': 'a\ud800b',
    nul: 'a\u0000b',
    'very long': 'wort '.repeat(20_000),
    proto: '__proto__',
  }
  const external = (text: string) => ({ backendId: served.backends[0]?.backendId, externalId: text })
  const questions: Record<string, (text: string) => Promise<Awaited<ReturnType<typeof ask>>>> = {
    'filter of tickets': (text) =>
      ask(
        'query ($a: TicketFilter, $b: TicketFilter, $c: TicketFilter) { a: tickets(filter: $a) { totalCount } b: tickets(filter: $b) { totalCount } c: tickets(filter: $c) { totalCount } }',
        {
          a: { keywords: text },
          b: { rawStatus: [text] },
          c: {
            customFields: [
              { key: text, eq: text, in: [text, { [text]: [text] }], contains: text, gte: text, lt: text },
            ],
          },
        },
      ),
    'filter of messages': (text) =>
      ask(
        'query ($text: String!) { tickets(first: 2) { nodes { messages(filter: { query: $text }) { totalCount } customFields(keys: [$text]) { key } } } }',
        { text },
      ),
    people: (text) =>
      ask(
        'query ($text: String!) { contacts(query: $text) { totalCount } agents(query: $text) { totalCount } tags(query: $text) { totalCount } }',
        { text },
      ),
    references: (text) =>
      ask(
        `query ($text: String!, $external: ExternalRef!) {
          a: ticketByRef(ref: { number: { number: $text } }) { id } b: ticketByRef(ref: { external: $external }) { id }
          c: conversationByRef(ref: { uuid: $text }) { id } d: conversationByRef(ref: { external: $external }) { id }
          e: conversationByRef(ref: { originalConversationId: $external }) { id } f: contactByRef(ref: { email: $text }) { id }
          g: contactByRef(ref: { identifier: $text }) { id } h: contactByRef(ref: { phone: $text }) { id }
          i: contactByRef(ref: { external: $external }) { id } }`,
        { text, external: external(text) },
      ),
    ids: (text) =>
      ask(
        'query ($text: ID!) { node(id: $text) { id } nodes(ids: [$text]) { id } ticket(id: $text) { id } message(id: $text) { id } contact(id: $text) { id } conversation(id: $text) { id } backend(id: $text) { id } ticketResult(id: $text) { __typename } }',
        { text },
      ),
    cursors: (text) => ask('query ($text: String!) { tickets(after: $text) { nodes { id } } }', { text }),
  }
  test.each(Object.keys(texts))('%s is text everywhere, or refused with a code', async (name) => {
    const text = texts[name as keyof typeof texts]
    for (const [place, question] of Object.entries(questions)) {
      const { errors = [], data, status } = await question(text)
      expect(status, place).toBe(200)
      for (const { message, extensions } of errors) {
        expect(`${place}: ${message}`).not.toMatch(/Unexpected|does not answer/)
        expect(extensions?.code, `${place}: ${message}`).toBe('BAD_USER_INPUT')
      }
      if (place === 'people' && !errors.length) expect(data, place).toMatchObject({ agents: { totalCount: 0 } })
      if (place === 'references') for (const found of Object.values(data ?? {})) expect(found).toBeNull()
    }
    expect(Number((await db.execute(sql`select count(*) from tickets`)).rows[0]?.count)).toBe(tickets.length)
  })
})

describe('every order', () => {
  const timeOrNever = (time: string | null) => (time === null ? '~' : time)
  const rank = (priority: string | null) => String(['LOW', 'NORMAL', 'HIGH', 'URGENT'].indexOf(priority ?? ''))
  const keyOf: Record<string, (row: Row) => string> = {
    LAST_ACTIVITY_AT: (row) => row.lastActivityAt,
    CREATED_AT: (row) => row.createdAt,
    UPDATED_AT: (row) => row.updatedAt,
    LAST_REPLIED_AT: (row) => timeOrNever(row.lastRepliedAt),
    WAITING_SINCE: (row) => timeOrNever(row.waitingSince),
    PRIORITY: (row) => String(Number(rank(row.priority)) + 1),
    STATUS_CHANGED_AT: (row) => timeOrNever(row.lastStatusChangedAt),
    SLA_DUE_AT: (row) => timeOrNever(row.sla.dueAt),
    NUMBER: (row) => `${String(row.number.length).padStart(3, '0')} ${row.number}`,
  }
  const orders = Object.keys(keyOf).flatMap((field) => ['ASC', 'DESC'].map((direction) => ({ field, direction })))

  test('is tried here', async () => {
    const { data } = await ask('{ __type(name: "TicketOrderField") { enumValues { name } } }')
    const names = (data as { __type: { enumValues: { name: string }[] } }).__type.enumValues.map(({ name }) => name)
    expect(names.sort()).toEqual(Object.keys(keyOf).sort())
  })

  test.each(orders)('$field $direction gives each ticket once, in order, forward as backward', async (order) => {
    const variables = { filter: all, orderBy: [order] }
    const forward = await walk(variables, fields, 67)
    expect(sorted(forward)).toEqual(sorted(tickets))
    const keys = forward.map(keyOf[order.field] as (row: Row) => string)
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
    const expected = [...keys].sort((a, b) => (order.direction === 'ASC' ? compare(a, b) : compare(b, a)))
    expect(keys).toEqual(expected)
    expect(ids(await walkBack(variables, 89))).toEqual(ids(forward))
  })

  test('by several steps lets the next one decide among equals, either way', async () => {
    const orderBy = [
      { field: 'PRIORITY', direction: 'DESC' },
      { field: 'WAITING_SINCE', direction: 'ASC' },
      { field: 'NUMBER', direction: 'DESC' },
    ]
    const forward = await walk({ filter: all, orderBy }, fields, 41)
    const key = (row: Row) => [5 - Number(rank(row.priority)), timeOrNever(row.waitingSince)].join(' ')
    expect(forward.map(key)).toEqual(forward.map(key).sort())
    expect(sorted(forward)).toEqual(sorted(tickets))
    expect(ids(await walkBack({ filter: all, orderBy }, 41))).toEqual(ids(forward))
  })
})

describe('a page', () => {
  test('is counted only when asked, and holds 25 rows unless said otherwise', async () => {
    const silent = await statementsDuring(() => ask('{ tickets { nodes { id } } }'))
    expect((silent.result.data as { tickets: Page }).tickets.nodes.length).toBe(25)
    expect(silent.statements.filter(({ text }) => text.includes('count(*)'))).toEqual([])
    const counting = await statementsDuring(() => ask('{ tickets { totalCount } }'))
    expect(counting.statements.filter(({ text }) => text.includes('count(*)')).length).toBe(1)
  })

  test('says what lies around it', async () => {
    const [one, two, three] = await walk({ filter: all }, 'id')
    const start = await page({ filter: all, first: 2 })
    expect(start.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    const next = await page({ filter: all, first: 1, after: start.pageInfo.endCursor })
    expect(ids(next.nodes)).toEqual([three?.id])
    expect(next.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    // `before` alone means the rows just before it.
    const back = await page({ filter: all, before: next.pageInfo.startCursor })
    expect(ids(back.nodes)).toEqual([one?.id, two?.id])
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
    expect((await page({ filter: { status: [] } })).pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: null,
      endCursor: null,
    })
    expect((await page({ filter: all, first: 0 })).nodes).toEqual([])
  })

  test('can be had between two cursors, from either end', async () => {
    const rows = await walk({ filter: all }, 'id')
    const { data } = await ask(
      'query ($filter: TicketFilter) { tickets(filter: $filter, first: 10) { edges { cursor node { id } } } }',
      { filter: all },
    )
    const { edges } = (data as { tickets: { edges: { cursor: string; node: { id: string } }[] } }).tickets
    expect(edges.map(({ node }) => node.id)).toEqual(ids(rows.slice(0, 10)))
    const between = { filter: all, after: edges[1]?.cursor, before: edges[8]?.cursor }
    expect(ids((await page({ ...between, first: 3 })).nodes)).toEqual(ids(rows.slice(2, 5)))
    expect(ids((await page({ ...between, last: 3 })).nodes)).toEqual(ids(rows.slice(5, 8)))
    expect(ids((await page({ ...between, first: 50 })).nodes)).toEqual(ids(rows.slice(2, 8)))
  })

  test('stays right while tickets move, are new, or go', async () => {
    const variables = { filter: all, orderBy: [{ field: 'UPDATED_AT', direction: 'DESC' }] }
    const before = ids(await walk(variables))
    const [seen, after]: [string[], { value: string | null }] = [[], { value: null }]
    const moved = new Set<string>()
    const uuidOf = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[1]
    for (let number = 0; ; number += 1) {
      const { nodes, pageInfo } = await page({ ...variables, first: 40, after: after.value })
      seen.push(...ids(nodes))
      if (!pageInfo.hasNextPage) break
      after.value = pageInfo.endCursor
      // One that was seen and one that is still to come move to the front; the last row of the page goes away.
      const [old, coming] = [nodes[3] as Row, before.at(-1 - number) as string]
      for (const id of [old.id, coming].filter((id) => !moved.has(id))) {
        moved.add(id)
        await db.execute(
          sql`update tickets set updated_at = now() + ${number} * interval '1 second' where id = ${uuidOf(id)}`,
        )
      }
      await db.execute(sql`update tickets set vanished_at = now() where id = ${uuidOf(nodes.at(-1)?.id as string)}`)
    }
    expect(new Set(seen).size, 'a ticket twice').toBe(seen.length)
    const lost = before.filter((id) => !seen.includes(id) && !moved.has(id))
    expect(lost).toEqual([])
    expect(seen.filter((id) => !moved.has(id))).toEqual(before.filter((id) => !moved.has(id)))
  })

  test('of a place where the row has gone goes on behind it', async () => {
    const variables = {
      filter: { backendIds: [tickets[0]?.backend.id] },
      orderBy: [{ field: 'NUMBER', direction: 'ASC' }],
    }
    const rows = await walk(variables)
    const { pageInfo } = await page({ ...variables, first: 3 })
    await db.execute(
      sql`update tickets set is_spam = true where id = ${
        Buffer.from(rows[2]?.id ?? '', 'base64url')
          .toString()
          .split(':')[1]
      }`,
    )
    expect(ids((await page({ ...variables, first: 2, after: pageInfo.endCursor })).nodes)).toEqual(
      ids(rows.slice(3, 5)),
    )
  })

  const position = (...parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
  const name = 'tickets LAST_ACTIVITY_AT DESC'
  const uuid = '01900000-0000-7000-8000-000000000000'
  const misused: [string, string, string][] = [
    ['first and last together', 'first: 1, last: 1', 'last'],
    ['a negative first', 'first: -1', 'first'],
    ['a negative last', 'last: -1', 'last'],
    ['more than 100', 'first: 101', 'first'],
    ['a million', 'last: 1000000', 'last'],
    ['a cursor that is none', 'after: "nonsense"', 'after'],
    ['an empty cursor', 'before: ""', 'before'],
    [
      'a cursor of another order',
      `after: "${position('tickets CREATED_AT DESC', '2026-01-01 00:00:00+00', uuid)}"`,
      'after',
    ],
    ['a cursor with too little', `after: "${position(name, uuid)}"`, 'after'],
    [
      'a cursor with a moment that does not exist',
      `after: "${position(name, '2026-02-30 00:00:00+00', uuid)}"`,
      'after',
    ],
    [
      'a cursor with a time zone that does not exist',
      `before: "${position(name, '2026-02-03 00:00:00+99', uuid)}"`,
      'before',
    ],
    ['a cursor with a statement in it', `before: "${position(name, `2026-01-01' or true --`, uuid)}"`, 'before'],
  ]
  test.each(misused)('refuses %s and names the argument', async (_what, args, argument) => {
    const refused = await refusal(`{ tickets(${args}) { nodes { id } } }`)
    expect(refused).toMatchObject({ code: 'BAD_USER_INPUT', argument })
    expect(refused.message).toContain(argument)
  })

  test('refuses a cursor with any character changed, cut off or added, or reads it as another place', async () => {
    const { pageInfo } = await page({ first: 1 })
    const cursor = pageInfo.endCursor
    const damaged = [
      cursor.slice(0, -1),
      `${cursor}A`,
      `${cursor}=`,
      ` ${cursor}`,
      ...Array.from({ length: 30 }, (_, index) => {
        const at = Math.floor((index * cursor.length) / 30)
        return `${cursor.slice(0, at)}${cursor[at] === 'x' ? 'y' : 'x'}${cursor.slice(at + 1)}`
      }),
    ]
    for (const after of damaged) {
      const { errors = [] } = await ask(
        'query ($after: String) { tickets(first: 1, after: $after) { nodes { id } } }',
        { after },
      )
      for (const error of errors) expect(error.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'after' })
    }
    expect(
      await refusal('query ($after: String) { tickets(after: $after) { nodes { id } } }', { after: `${cursor}A` }),
    ).toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('cannot be ordered by four things', async () => {
    const orderBy = ['NUMBER', 'PRIORITY', 'CREATED_AT', 'UPDATED_AT'].map((field) => ({ field }))
    expect(
      await refusal('query ($orderBy: [TicketOrder!]) { tickets(orderBy: $orderBy) { nodes { id } } }', { orderBy }),
    ).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'orderBy' })
  })
})

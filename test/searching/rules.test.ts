/** What a search never shows, and to whom; how it pages, narrows, escapes and refuses. */
import { describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openDesk, shown } from './desk.ts'

const desk = await openDesk()
const { find, ask, refused } = desk
const [anna, bert] = [await desk.person({ name: 'Anna Marmot' }), await desk.person({ name: 'Bert Marmot' })]
const elsewhere = await desk.elsewhere()
desk.viewer('program', 'ADMIN')
desk.viewer('anna', 'CONTACT', anna)
desk.viewer('nobody', 'CONTACT')
desk.viewer('stranger', 'ADMIN', null, elsewhere)

await desk.ticket({
  subject: 'marmot of anna',
  requesterId: anna,
  messages: [
    'the marmot speaks',
    { text: 'marmot secret', is_internal: true, type: 'NOTE_PRIVATE', direction: 'INTERNAL' },
  ],
})
await desk.ticket({ subject: 'marmot of bert', requesterId: bert, messages: ['a marmot too'] })
await desk.ticket({ subject: 'marmot abroad', workspace: elsewhere, messages: ['marmot'] })
await desk.person({ name: 'Carl Marmot', workspace: elsewhere })

test('a customer finds their own tickets, what was said to them, and themselves; counts say no more', async () => {
  const found = await find('marmot', {}, 'anna')
  expect(shown(found).toSorted()).toEqual(['Contact Anna Marmot', 'Message marmot of anna', 'Ticket marmot of anna'])
  expect(found.counts).toEqual({ tickets: 1, messages: 1, contacts: 1 })
  expect((await find('secret', {}, 'anna')).totalCount).toBe(0)
  expect((await find('bert', {}, 'anna')).totalCount).toBe(0)
  expect((await find('marmot', {}, 'nobody')).counts).toEqual({ tickets: 0, messages: 0, contacts: 0 })
  expect((await find('marmot secret')).counts.messages).toBe(1)
})

test('a workspace finds nothing of another', async () => {
  expect(shown(await find('marmot', {}, 'stranger')).toSorted()).toEqual([
    'Contact Carl Marmot',
    'Message marmot abroad',
    'Ticket marmot abroad',
  ])
  expect((await find('abroad')).totalCount).toBe(0)
})

test('hidden tickets are left out with their messages, unless asked for; suggestions, deleted texts and system lines always', async () => {
  for (const [name, columns] of Object.entries({
    recycled: { is_recycled: true },
    spam: { is_spam: true },
    merged: { merged_into_external_id: 'other' },
    vanished: { vanished_at: '2026-01-01T00:00:00Z' },
  }))
    await desk.ticket({ subject: `otter ${name}`, columns, messages: ['otter'] })
  await desk.ticket({
    subject: 'plain',
    messages: [
      { text: 'otter', type: 'SUGGESTED_REPLY', direction: 'OUTBOUND' },
      { text: 'otter', is_deleted: true },
      { text: 'otter', direction: 'SYSTEM' },
    ],
  })
  expect((await find('otter')).totalCount).toBe(0)
  expect(shown(await find('otter', { filter: { isRecycled: true } })).toSorted()).toEqual([
    'Message otter recycled',
    'Ticket otter recycled',
  ])
  expect((await find('otter', { filter: { or: [{ isSpam: true }, { isVanished: true }] } })).counts.tickets).toBe(2)
})

test('a filter narrows tickets, messages by their ticket, and contacts to those who asked one', async () => {
  const filter = { requesterIds: [nodeIdOf('Contact', bert)] }
  expect(shown(await find('marmot', { filter })).toSorted()).toEqual([
    'Contact Bert Marmot',
    'Message marmot of bert',
    'Ticket marmot of bert',
  ])
  expect((await find('marmot', { filter: { status: ['RESOLVED'] } })).totalCount).toBe(0)
})

describe('of more than fit on a page', async () => {
  for (let index = 0; index < 130; index++)
    await desk.ticket({
      subject: `badger ${index % 7}`,
      at: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
      messages: ['badger', 'badger badger'],
    })
  await desk.person({ name: 'Badger' })

  test('each is shown once, best first, whatever the size of the pages', async () => {
    for (const first of [7, 100]) {
      const hits = []
      let after: string | null = null
      do {
        const found = await find('badger', { first, after })
        expect(found.totalCount).toBe(391)
        hits.push(...found.nodes)
        after = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null
      } while (after)
      expect(hits.length).toBe(391)
      expect(new Set(hits.map(({ node }) => node.id)).size).toBe(391)
      const scores = hits.map(({ score }) => score)
      expect(scores).toEqual(scores.toSorted((one, other) => other - one))
    }
  })

  test('a page costs the same number of statements, however big', async () => {
    const query = (
      first: number,
    ) => `{ search(query: "badger", first: ${first}) { totalCount counts { messages } nodes { highlights { snippet }
      node { ... on Ticket { requester { displayName } } ... on Message { ticket { subject } sender { displayName } } ... on Contact { ticketCounts { open } } } } } }`
    await ask('program', query(100))
    const [small, big] = [
      await desk.statementsDuring(() => ask('program', query(30))),
      await desk.statementsDuring(() => ask('program', query(100))),
    ]
    expect(big.statements.length).toBeLessThanOrEqual(small.statements.length + 3)
    expect(big.statements.length).toBeLessThan(12)
  })

  test('counts are told of kinds that are not listed too', async () => {
    const found = await find('badger', { types: ['CONTACT'] })
    expect(found.nodes.length).toBe(1)
    expect(found.totalCount).toBe(1)
    expect(found.counts).toEqual({ tickets: 130, messages: 260, contacts: 1 })
  })

  test('a cursor of another search is refused', async () => {
    const { pageInfo } = await find('badger', { first: 5 })
    expect(await refused({ query: 'marmot', after: pageInfo.endCursor })).toMatchObject({ argument: 'after' })
  })

  test('TicketFilter.keywords selects the same tickets, also inside and, or, not', async () => {
    const list = async (filter: object, name = 'program') =>
      (
        (await ask(name, 'query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }', { filter }))
          .data as { tickets: { totalCount: number } }
      ).tickets.totalCount
    expect(await list({ keywords: 'badgers' })).toBe(130)
    expect(await list({ or: [{ keywords: 'marmots' }, { keywords: 'badger 3' }] })).toBe(2 + 19)
    expect(await list({ not: { keywords: 'badger' }, keywords: 'marmot' })).toBe(2)
    expect(await list({ keywords: '"marmot speaks"' })).toBe(1)
    expect(await list({ keywords: 'secret' })).toBe(1)
    expect(await list({ keywords: 'secret' }, 'anna')).toBe(0)
    expect(await list({ keywords: 'speaks' }, 'anna')).toBe(1)
  })
})

test('more than a thousand of a kind are not counted, and the answer says so', async () => {
  const words = `insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'external_id', n, 'body_text', 'walrus'))).*
    from messages m, generate_series(1, 1100) as n where m.body_text = 'the marmot speaks'`
  await desk.db.execute(words)
  await desk.db.execute('analyze') // as autovacuum would: without it each search below takes seconds
  const found = await find('walrus')
  expect(found.counts.messages).toBe(1000)
  expect(found.isCapped).toBe(true)
  expect((await find('marmot secret')).isCapped).toBe(false)
})

test('highlights hold the words in marks and are safe as HTML', async () => {
  await desk.ticket({
    subject: 'Ferret <b>&"\'',
    messages: [
      `${'before '.repeat(60)}<script>alert("Férrets & ferret's")</script> ${'after '.repeat(60)}`,
      '这只雪貂很可爱',
    ],
  })
  const found = await find('ferret')
  const snippets = found.nodes.flatMap(({ highlights }) => highlights.map(({ field, snippet }) => [field, snippet]))
  expect(snippets).toContainEqual(['subject', '<mark>Ferret</mark> &lt;b&gt;&amp;&quot;&#39;'])
  const body = snippets.find(([field]) => field === 'body')?.[1] ?? ''
  expect(body).toContain(
    '&lt;script&gt;alert(&quot;<mark>Férrets</mark> &amp; <mark>ferret</mark>&#39;s&quot;)&lt;/script&gt;',
  )
  expect(body.replace(/<\/?mark>/g, '')).not.toMatch(/[<>"']/)
  expect(body.startsWith('…') && body.endsWith('…')).toBe(true)
  expect(body.length).toBeLessThan(400)
  expect((await find('雪貂')).nodes[0]?.highlights).toEqual([{ field: 'body', snippet: '这只<mark>雪貂</mark>很可爱' }])
})

describe('a search', () => {
  test.each([
    ['of nothing', ''],
    ['of spaces', '   '],
    ['of one letter', 'a'],
    ['of more than 500 characters', 'a'.repeat(501)],
  ])('%s is refused', async (_what, query) => {
    expect(await refused({ query })).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'query' })
  })

  test.each([
    `'; drop table tickets; --`,
    '%_%',
    `a & | ! ( ) :* <-> '' \\`,
    '"" "',
    '$1 ~ \u0001x\u0001:*',
    'a\0b c\ud800d',
    'ʼʼ ½ ŉn',
    '👩🏽‍🚀 🩷',
    'שלום مرحبًا',
    '訂'.repeat(500),
    'ab '.repeat(166),
    '!!',
  ])('takes %j as text', async (query) => {
    const { errors } = await ask(
      'program',
      'query ($q: String!) { search(query: $q) { totalCount nodes { highlights { snippet } } } tickets(filter: { keywords: $q }) { totalCount } }',
      { q: query },
    )
    expect(errors).toBeUndefined()
  })
})

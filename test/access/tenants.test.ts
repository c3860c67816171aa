/** Two companies with the same shape of data: whatever one names of the other is as if nobody had it. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { openCompanies } from './company.ts'
import { documentOf, type Probe, probesFor } from './probes.ts'

/** All of them are asked by `npm run probe`. */
const most = Number(process.env.PROBES ?? 2_000)
const { db, alpha, bravo, answerOf } = await openCompanies()

const tablesOf: Record<string, string> = {
  ...{
    Ticket: 'tickets',
    Conversation: 'conversations',
    Message: 'messages',
    Attachment: 'attachments',
    Draft: 'drafts',
  },
  ...{
    Mention: 'mentions',
    Tag: 'tags',
    Department: 'departments',
    Channel: 'channels',
    ChannelAccount: 'channel_accounts',
  },
  ...{ Backend: 'backends', Delivery: 'deliveries', GenericEventItem: 'ticket_events', View: 'saved_views' },
  ...{ Contact: "actors where type = 'CONTACT'", Agent: "actors where type = 'AGENT'" },
}

async function idsOf(workspaceId: string): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(tablesOf).map(async ([typeName, table]) => {
      const { rows } = await db.execute<{ id: string }>(
        sql`select id from ${sql.raw(table)} ${sql.raw(table.includes(' where ') ? 'and' : 'where')} workspace_id = ${workspaceId} order by id limit 8`,
      )
      return rows.map(({ id }) => nodeIdOf(typeName, id))
    }),
  )
  return [...found.flat(), nodeIdOf('Tenant', workspaceId)]
}

const { word } = alpha
const names = {
  ids: await idsOf(alpha.workspaceId),
  texts: [
    ...[`box${word}`, `mail${word}`, `dep${word}`, `tag${word}`, `bob${word}`, `<${word}11>`, `Bob ${word}`],
    ...[
      word,
      `${word}1`,
      `${word}11`,
      `c${word}1`,
      `uuid-${word}1`,
      `ann${word}`,
      `Ann ${word}`,
      `ann@${word}.example`,
    ],
    ...[
      `https://${word}.example/1`,
      `Order ${word}`,
      `tag ${word}`,
      `View ${word}`,
      `Department ${word}`,
      `psst ${word}`,
    ],
  ],
}

/** Everything of a company in one word. */
async function stateOf(workspaceId: string): Promise<string> {
  const { rows } = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'workspace_id' order by 1`)
  const parts = await Promise.all(
    rows.map(async ({ name }) => {
      const state = await db.execute<{ state: string }>(
        sql`select md5(coalesce(string_agg(t::text, ' ' order by t::text), '')) as state from ${sql.identifier(name)} t where workspace_id = ${workspaceId}`,
      )
      return `${name} ${state.rows[0]?.state}`
    }),
  )
  return parts.join('\n')
}

test('what is named of another company looks like what nobody has, at every place of every root field', async () => {
  const all = probesFor(names)
  const step = Math.max(1, all.length / most)
  const probes = Array.from(
    { length: Math.min(most, all.length) },
    (_, index) => all[Math.floor(index * step)] as Probe,
  )
  const byField = Object.values(Object.groupBy(probes, ({ operation, field }) => `${operation} ${field}`)) as Probe[][]
  const batches = byField.flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / 20) }, (_, index) => same.slice(index * 20, index * 20 + 20)),
  )
  const askers = [bravo.admin, bravo.viewer('CONTACT')]
  const before = await stateOf(alpha.workspaceId)
  const leaks: string[] = []
  let asked = 0
  const ask = async (batch: Probe[], asker: string) => {
    const { document, values, twins } = documentOf(batch)
    const [answer, other] = [await answerOf(asker, document, values), await answerOf(asker, document, twins)]
    const alike = batch.reduce((text, { twin }) => text.replaceAll(twin.instead, twin.value), JSON.stringify(other))
    const came = JSON.stringify(answer)
    asked += batch.length
    if (came !== alike) leaks.push(`${document.slice(0, 300)}\n${differenceOf(came, alike)}`)
  }
  const waiting = batches.map((batch, index) => ({ batch, asker: askers[index % 5 === 4 ? 1 : 0] as string }))
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await ask(next.batch, next.asker)
    }),
  )
  expect(leaks).toEqual([])
  expect(asked).toBeGreaterThanOrEqual(2_000)
  expect(all.length).toBeGreaterThan(10_000)
  expect(await stateOf(alpha.workspaceId)).toBe(before)
}, 300_000)

test('a cursor of another company continues the own list, and shows nothing of the other', async () => {
  const listed = '{ pageInfo { endCursor } nodes { __typename id } }'
  for (const [name, rows] of [
    ['tickets', '{ subject }'],
    ['contacts', '{ displayName }'],
    ['agents', '{ displayName }'],
    ['tags', '{ name }'],
    ['deliveries', '{ tokenName }'],
  ] as const) {
    const { data } = await answerOf(alpha.admin, `{ list: ${name}(first: 1) ${listed} }`)
    const after = (data as { list: { pageInfo: { endCursor: string } } }).list.pageInfo.endCursor
    const answer = await answerOf(
      bravo.admin,
      `query ($after: String) { ${name}(after: $after) { totalCount nodes ${rows} } }`,
      { after },
    )
    expect(answer.errors, name).toBeUndefined()
    expect(JSON.stringify(answer.data), name).not.toContain(word)
  }
  const { data } = await answerOf(alpha.admin, '{ changes { nextCursor } }')
  const after = (data as { changes: { nextCursor: string } }).changes.nextCursor
  const document = 'query ($after: EventCursor) { changes(after: $after) { nodes { __typename } } }'
  expect(await answerOf(bravo.admin, document, { after })).toMatchObject({ data: { changes: {} } })
})

test('requests of two companies that run at once never share what they loaded', async () => {
  const document = `{ tickets { totalCount nodes { number subject requester { displayName } assignee { ... on Agent { email } }
    tags { name } backend { id } messages { nodes { body { text } sender { displayName } attachments { name } } }
    timeline { nodes { id } } mentions { agent { displayName } } } } viewer { tenant { id } } agents { nodes { departments { name } } } }`
  const alone = new Map<string, string>()
  const companies = [alpha, bravo]
  for (const { word: own, admin } of companies) alone.set(own, JSON.stringify(await answerOf(admin, document)))
  expect(alone.get('alpha')).toContain('Order alpha')
  expect(alone.get('alpha')).not.toContain('bravo')
  expect(alone.get('bravo')).not.toContain('alpha')
  const together = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const { word: own, admin } = companies[index % 2] as typeof alpha
      return JSON.stringify(await answerOf(admin, document)) === alone.get(own)
    }),
  )
  expect(together.filter((isSame) => !isSame)).toEqual([])
})

function differenceOf(one: string, other: string): string {
  const at = [...one].findIndex((letter, index) => letter !== other[index])
  return `${one.slice(Math.max(0, at - 150), at + 150)}\n${other.slice(Math.max(0, at - 150), at + 150)}`
}

/** Tickets like another one, what it is usually merged into, and small numbers beside tickets, agents and tags. */
import { beforeAll, expect, test } from 'vitest'
import type { TicketRecord } from '#connectors/contract.ts'
import { answer, message, minute, thread } from '../syncing/scripted.ts'
import { openCompany } from './company.ts'

const { chats, mails, run, runAs, statementsDuring, signIn, pool } = await openCompany()

const ann = { type: 'CONTACT', externalId: 'ann', name: 'Ann' } as const
const tom = { type: 'CONTACT', externalId: 'tom', name: 'Tom' } as const
const bob = { type: 'AGENT', externalId: 'bob', name: 'Bob' } as const
const eve = { type: 'AGENT', externalId: 'eve', name: 'Eve' } as const
const billing = [{ externalId: 'billing', name: 'billing' }]

let sequence = 0
function made(externalId: string, subject: string, said: Partial<TicketRecord> = {}): TicketRecord {
  const requester = said.requester ?? ann
  // Of no two the same letters, so that only the subjects are alike.
  const text = (++sequence * 7919 * 104_729).toString(36)
  return thread(externalId, [message(`${externalId}-1`, { sender: requester, body: { text } })], {
    ...{ subject, requester, createdAt: minute(sequence), lastActivityAt: minute(sequence) },
    ...said,
  })
}

beforeAll(async () => {
  await chats.store({
    contacts: [{ ...ann, displayName: 'Ann', identifier: 'customer-1', raw: {} }],
    tickets: [
      made('main', 'Printer refuses to print invoices', { tags: billing, assignee: bob }),
      made('twin', 'Re: Printer refuses to print invoices', { requester: tom, tags: billing, assignee: bob }),
      made('near', 'Printer refuses to print our invoices', { assignee: bob, lastActivityAt: minute(-5) }),
      made('word', 'Printer refuses to scan', { requester: tom }),
      made('far', 'Where is my parcel?'),
      made('spam', 'Printer refuses to print invoices', { isSpam: true, tags: billing, assignee: bob }),
      made('bin', 'Printer refuses to print invoices', { isRecycled: true }),
      made('part', 'Printer refuses to print invoices', { mergedIntoExternalId: 'main' }),
    ],
  })
  await mails.store({
    contacts: [{ ...ann, externalId: 'ann2', displayName: 'Ann', identifier: 'customer-1', raw: {} }],
    tickets: [
      made('there', 'Invoices by mail', { requester: { ...ann, externalId: 'ann2' } }),
      made('done', 'Invoices by mail', { requester: { ...ann, externalId: 'ann2' }, status: 'RESOLVED' }),
    ],
  })
})

type Similar = { ticket: { externalId: string }; score: number; reason: string }
const ofTicket = <Result>(fields: string, externalId = 'main', ask = run) =>
  ask<Result>(`query ($ref: TicketRef!) { ticketByRef(ref: $ref) { ${fields} } }`, {
    ref: { external: { externalId, backendId: chats.nodeId } },
  })
const similar = async (externalId?: string, first = 5) =>
  (
    await ofTicket<{ similarTickets: Similar[] }>(
      `similarTickets(first: ${first}) { ticket { externalId } score reason }`,
      externalId,
    )
  ).similarTickets

test('similar tickets are those with like subjects, best first, never itself, its parts or hidden ones', async () => {
  const found = await similar()
  expect(found.map(({ ticket }) => ticket.externalId)).toEqual(['twin', 'near', 'word'])
  const scores = found.map(({ score }) => score)
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
  expect(scores.every((score) => score > 0 && score <= 1)).toBe(true)
  expect((await similar('main', 1)).length).toBe(1)
  expect((await similar('part')).map(({ ticket }) => ticket.externalId)).not.toContain('main')
})

test('the reason says in what they are alike; requester and tags count a little', async () => {
  const [twin, near] = await similar()
  expect(twin?.reason).toBe('Subject 100 % alike; tags in common: billing')
  expect(near?.reason).toMatch(/^Subject \d\d % alike; same requester$/)
  expect(twin?.score).toBeCloseTo(0.9, 2)
})

test('an old one is found by a long word of its subject', async () => {
  await chats.store({
    tickets: [
      made('old', 'Kaltwasserpumpe defekt', { lastActivityAt: minute(-1000), requester: tom }),
      made('new', 'Defekt: Kaltwasserpumpe', { lastActivityAt: minute(-900), requester: tom }),
    ],
  })
  await pool.query(
    `insert into tickets select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'external_id', 'n' || n,
      'subject', 'Something else ' || n, 'last_activity_at', now()))).*
     from tickets t, generate_series(1, 600) n where t.external_id = 'far'`,
  )
  expect((await similar('new')).map(({ ticket }) => ticket.externalId)).toEqual(['old'])
  await pool.query(`delete from tickets where subject like 'Something else %'`)
})

const candidates = async (argument = '') =>
  (
    await ofTicket<{ mergeCandidates: { externalId: string }[] }>(`mergeCandidates${argument} { externalId }`)
  ).mergeCandidates.map(({ externalId }) => externalId)

test('merge candidates are what the same person has open, also at another help desk, the nearest first', async () => {
  expect(await candidates()).toEqual(['near', 'far', 'there'])
  expect(await candidates('(first: 1)')).toEqual(['near'])
})

test('a query narrows merge candidates by number or by words', async () => {
  expect(await candidates('(query: "parcel where")')).toEqual(['far'])
  expect(await candidates('(query: "THERE")')).toEqual(['there'])
  expect(await candidates('(query: "%")')).toEqual([])
})

test('a contact is told neither', async () => {
  await signIn('ann', 'CONTACT', chats, 'ann')
  const fields = 'similarTickets { score } mergeCandidates { id }'
  expect(await ofTicket(fields, 'main', runAs('ann'))).toEqual({ similarTickets: [], mergeCandidates: [] })
})

test('participants are the requester, the assignee and whoever wrote; to a contact only those in public', async () => {
  const hidden = { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true } as const
  await chats.store({
    tickets: [
      thread(
        'talk',
        [
          message('talk-1', { sender: tom, at: minute(1) }),
          answer('talk-2', { sender: eve, at: minute(2), ...hidden }),
          answer('talk-3', { sender: { ...bob, externalId: 'pat', name: 'Pat' }, at: minute(3) }),
          answer('talk-4', { sender: { ...bob, externalId: 'bot', name: 'Idea' }, type: 'SUGGESTED_REPLY' }),
        ],
        { requester: ann, assignee: bob },
      ),
    ],
  })
  const names = async (ask = run) =>
    (
      await ofTicket<{ participants: { displayName: string }[] }>('participants { displayName }', 'talk', ask)
    ).participants.map(({ displayName }) => displayName)
  expect(await names()).toEqual(['Ann', 'Bob', 'Tom', 'Eve', 'Pat'])
  expect(await names(runAs('ann'))).toEqual(['Ann', 'Tom', 'Pat'])
})

test('agents and tags count what is shown; a contact is shown neither', async () => {
  const numbers = async (ask = run) => {
    const agents = await ask<{ nodes: { displayName: string; openTicketCount: number }[] }>(
      '{ agents(query: "Bob") { nodes { displayName openTicketCount } } }',
    )
    const tags = await ask<{ nodes: { ticketCount: number }[] }>('{ tags(query: "billing") { nodes { ticketCount } } }')
    return [agents.nodes[0]?.openTicketCount, tags.nodes[0]?.ticketCount]
  }
  expect(await numbers()).toEqual([4, 2])
  expect(await numbers(runAs('ann'))).toEqual([undefined, undefined])
})

test('the size of all files is that of the whole list, inline ones only when they count', async () => {
  const file = (externalId: string, sizeBytes: number | null, isInline = false) => ({
    ...{ externalId, name: `${externalId}.png`, kind: 'IMAGE' as const, status: 'OK' as const, sizeBytes, isInline },
  })
  const attachments = [file('f1', 3_000_000_000), file('f2', 5), file('f3', null), file('f4', 100, true)]
  await chats.store({ tickets: [thread('files', [message('files-1', { attachments })])] })
  expect(
    await ofTicket(
      `attachments(first: 1) { totalCount totalSizeBytes }
       all: attachments(first: 1, includeInline: true) { totalCount totalSizeBytes }`,
      'files',
    ),
  ).toEqual({
    attachments: { totalCount: 3, totalSizeBytes: 3_000_000_005 },
    all: { totalCount: 4, totalSizeBytes: 3_000_000_105 },
  })
})

test('recent tickets are those that the viewer last changed here, each once', async () => {
  await signIn('bob', 'AGENT', chats, 'bob')
  const asBob = runAs('bob')
  const idOf = async (externalId: string) => (await ofTicket<{ id: string }>('id', externalId)).id
  const [far, word, near] = [await idOf('far'), await idOf('word'), await idOf('near')]
  const mark = (ask: typeof run, id: string, mutation: string) =>
    ask(`mutation ($ids: [ID!]!) { ${mutation}(input: { ids: $ids }) { errors { message } } }`, { ids: [id] })
  await mark(asBob, far, 'ticketMarkRead')
  await mark(asBob, word, 'ticketMarkRead')
  await mark(run, near, 'ticketMarkRead')
  await mark(asBob, far, 'ticketMarkUnread')
  const recent = async (ask = asBob) =>
    (await ask<{ recentTickets: { id: string }[] }>('{ viewer { recentTickets { id } } }')).recentTickets
  expect(await recent()).toEqual([{ id: far }, { id: word }])
  expect(await recent(run)).toEqual([{ id: near }])
  expect(await recent(runAs('ann'))).toEqual([])
})

test('a longer page of tickets with all of it costs no more statements', async () => {
  const page = `query ($first: Int!) { tickets(first: $first) { nodes {
    similarTickets { score ticket { number } } mergeCandidates { number } participants { id }
    attachments(first: 2) { totalSizeBytes } tags { ticketCount } assignee { ... on Agent { openTicketCount } } } } }`
  const few = await statementsDuring(() => run(page, { first: 10 }))
  const many = await statementsDuring(() => run<{ nodes: object[] }>(page, { first: 25 }))
  expect(many.result.nodes.length).toBeGreaterThan(10)
  expect(many.statements.length).toBeLessThanOrEqual(few.statements.length + 1)
  expect(many.statements.length).toBeLessThanOrEqual(15)
})

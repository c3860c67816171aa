/** The same person across help desks, what may be done with them, and what a customer sees of others. */
import { beforeAll, expect, test } from 'vitest'
import type { ContactRecord } from '#connectors/contract.ts'
import { openCompany } from '../dashboards/company.ts'
import { message, minute, thread } from '../syncing/scripted.ts'

const { chats, mails, elsewhere, run, runAs, askAs, statementsDuring, signIn, pool } = await openCompany()

const person = (externalId: string, said: Partial<ContactRecord> = {}): ContactRecord => ({
  ...{ type: 'CONTACT', externalId, displayName: `Person ${externalId}`, raw: {} },
  ...said,
})
/** A ticket that somebody opened by a mail from an address. */
function mail(id: string, contact: ContactRecord, from: string) {
  const { externalId, displayName: name, email } = contact
  const sender = { type: 'CONTACT', externalId, name, email } as const
  return thread(id, [message(id, { sender, addresses: [{ email: from, direction: 'FROM' }] })], { requester: sender })
}

beforeAll(async () => {
  const at = {
    ann: person('ann', { identifier: 'customer-1', email: 'Ann@Example.org' }),
    proven: person('proven', { email: 'proven@example.org', isIdentityVerified: true }),
    mailer: person('mailer', { email: 'Mailer@example.org', isIdentityVerified: false }),
    claimer: person('claimer', { email: 'boss@example.org', isIdentityVerified: false }),
    forger: person('forger', { email: 'victim@example.org' }),
    plain: person('plain', { identifier: '', email: '' }),
  }
  await chats.store({
    contacts: Object.values(at),
    tickets: [mail('m1', at.mailer, 'mailer@EXAMPLE.org'), mail('f1', at.forger, 'somebody-else@example.org')],
  })
  const there = {
    ann: person('ann2', { identifier: 'customer-1', isBlocked: true }),
    annOld: person('ann-old', { email: 'ann@example.org', isIdentityVerified: true }),
    proven: person('proven2', { email: 'PROVEN@example.org', isIdentityVerified: true }),
    mailer: person('mailer2', { email: 'mailer@example.org' }),
    boss: person('boss', { email: 'boss@example.org', isIdentityVerified: true }),
    victim: person('victim', { email: 'victim@example.org', isIdentityVerified: true }),
    plain: person('plain2', { identifier: '', email: '' }),
    part: person('part', { identifier: 'customer-9' }),
    whole: person('whole', {}),
  }
  await mails.store({ contacts: Object.values(there), tickets: [mail('m2', there.mailer, 'mailer@example.org')] })
  await chats.store({ contacts: [person('nine', { identifier: 'customer-9' })] })
  await pool.query(
    `update actors part set merged_into_id = whole.id from actors whole where part.external_id = 'part' and whole.external_id = 'whole'`,
  )
  await elsewhere.store({
    contacts: [
      person('spy', { identifier: 'customer-1', email: 'proven@example.org', isIdentityVerified: true }),
      person('ann', { identifier: 'customer-1' }),
    ],
  })
})

type Linked = { externalId: string; linkedContacts: { externalId: string; backend: { name: string } }[] }
const linksOf = async (externalId: string, desk = chats) =>
  (
    await run<Linked>(
      'query ($ref: ContactRef!) { contactByRef(ref: $ref) { externalId linkedContacts { externalId backend { name } } } }',
      { ref: { external: { backendId: desk.nodeId, externalId } } },
    )
  ).linkedContacts.map((row) => row.externalId)

test('the same identifier links across help desks, a blocked contact too', async () => {
  expect(await linksOf('ann')).toEqual(['ann2'])
  expect(await linksOf('ann2', mails)).toEqual(['ann'])
})

test('the same address links where both proved who they are, whatever the case of the letters', async () => {
  expect([await linksOf('proven'), await linksOf('proven2', mails)]).toEqual([['proven2'], ['proven']])
})

test('a mail written from the address verifies it', async () => {
  expect([await linksOf('mailer'), await linksOf('mailer2', mails)]).toEqual([['mailer2'], ['mailer']])
})

test('an address that somebody only claims links nobody', async () => {
  expect(await linksOf('claimer')).toEqual([])
  expect(await linksOf('boss', mails)).toEqual([])
  expect(await linksOf('forger')).toEqual([])
})

test('no key and no address are not the same key and address', async () => {
  expect(await linksOf('plain')).toEqual([])
})

test('of one that became part of another, that one is linked, in both directions', async () => {
  expect(await linksOf('nine')).toEqual(['whole'])
  expect(await linksOf('whole', mails)).toEqual(['nine'])
})

test('another company is never linked', async () => {
  const { linkedContacts } = await runAs('stranger')<Linked>(
    'query ($ref: ContactRef!) { contactByRef(ref: $ref) { linkedContacts { externalId } } }',
    { ref: { external: { backendId: elsewhere.nodeId, externalId: 'spy' } } },
  )
  expect(linkedContacts).toEqual([])
})

const page = `query ($first: Int!) { contacts(first: $first) { nodes { id externalId
  identities { value } ticketCounts { total open } tickets(first: 3) { totalCount nodes { id } }
  linkedContacts { id externalId } viewerCan { update { allowed } merge { allowed } block { allowed } } } } }`

test('a page of contacts with everything costs as many statements for two as for all', async () => {
  await chats.store({
    contacts: Array.from({ length: 25 }, (_, index) => person(`x${index}`, { identifier: `many-${index}` })),
  })
  await mails.store({
    contacts: Array.from({ length: 25 }, (_, index) => person(`y${index}`, { identifier: `many-${index}` })),
  })
  const few = await statementsDuring(() => run(page, { first: 2 }))
  const many = await statementsDuring(() => run<{ nodes: Linked[] }>(page, { first: 100 }))
  expect(many.result.nodes.filter(({ linkedContacts }) => linkedContacts.length > 0).length).toBeGreaterThan(50)
  expect(many.statements.length).toBeLessThanOrEqual(few.statements.length + 1)
  expect(many.statements.length).toBeLessThanOrEqual(7)
})

type Permission = { allowed: boolean; reason: string | null; explanation: string | null }
type Failure = { code: string; message: string }
const can = (externalId: string, desk: typeof chats) =>
  run<{ id: string; viewerCan: Record<'update' | 'merge' | 'block', Permission> }>(
    `query ($ref: ContactRef!) { contactByRef(ref: $ref) { id viewerCan {
      update { allowed reason explanation } merge { allowed reason explanation } block { allowed reason explanation } } } }`,
    { ref: { external: { backendId: desk.nodeId, externalId } } },
  )

test.each([
  ['chats', chats],
  ['mails', mails],
])('what a contact of the %s allows is what the commands do', async (_name, desk) => {
  await desk.store({ contacts: ['p1', 'p2'].map((id) => person(id)) })
  const [target, source] = [await can('p1', desk), await can('p2', desk)]
  const upsert = async (onUpdate: object) =>
    (
      await run<{ errors: Failure[] }>(
        'mutation ($input: ContactUpsertInput!) { contactUpsert(input: $input) { errors { code message } } }',
        {
          input: {
            backendId: desk.nodeId,
            match: { external: { backendId: desk.nodeId, externalId: 'p1' } },
            ...{ onCreate: {}, onUpdate },
          },
        },
      )
    ).errors
  const outcomes = {
    update: await upsert({ name: 'Another' }),
    block: await upsert({ isBlocked: true }),
    merge: (
      await run<{ errors: Failure[] }>(
        'mutation ($input: ContactMergeInput!) { contactMerge(input: $input) { errors { code message } } }',
        { input: { targetId: target.id, sourceIds: [source.id] } },
      )
    ).errors,
  }
  for (const action of ['update', 'block', 'merge'] as const) {
    const { allowed, reason, explanation } = target.viewerCan[action]
    expect([action, outcomes[action]]).toEqual([action, allowed ? [] : [{ code: reason, message: explanation }]])
  }
  expect(target.viewerCan.update.allowed).toBe(true)
  expect(target.viewerCan.block.allowed).toBe(desk === chats)
  expect(target.viewerCan.merge.allowed).toBe(desk === chats)
  if (desk !== chats) return
  const merged = await run('query ($id: ID!) { contact(id: $id) { viewerCan { merge { reason } } } }', {
    id: source.id,
  })
  expect(merged).toEqual({ viewerCan: { merge: { reason: 'VALIDATION_FAILED' } } })
})

test('a customer sees themselves and nobody else, and may change nobody', async () => {
  await signIn('customer', 'CONTACT', chats, 'mailer')
  const other = await can('ann', chats)
  const own = await can('mailer', chats)
  const ask = runAs('customer')
  expect(await ask('query ($id: ID!) { contact(id: $id) { id } }', { id: other.id })).toBeNull()
  expect(await ask('query ($id: ID!) { node(id: $id) { id } }', { id: other.id })).toBeNull()
  expect(await ask('{ contactByRef(ref: { identifier: "customer-1" }) { id } }')).toBeNull()
  expect(await ask('{ contacts { totalCount nodes { id } } }')).toEqual({ totalCount: 1, nodes: [{ id: own.id }] })
  const self = await ask<{ linkedContacts: object[]; viewerCan: Record<string, Permission> }>(
    `query ($id: ID!) { contact(id: $id) { ticketCounts { total } linkedContacts { id }
      viewerCan { update { allowed reason } merge { allowed } block { allowed } } } }`,
    { id: own.id },
  )
  expect(self).toMatchObject({ ticketCounts: { total: 1 }, linkedContacts: [] })
  expect(self.viewerCan).toEqual({
    update: { allowed: false, reason: 'FORBIDDEN' },
    merge: { allowed: false },
    block: { allowed: false },
  })
})

test('of another contact on their ticket, a customer sees no tickets and no numbers', async () => {
  const sender = { type: 'CONTACT', externalId: 'ann', name: 'Person ann' } as const
  const mailer = { type: 'CONTACT', externalId: 'mailer', name: 'Person mailer' } as const
  await chats.store({
    tickets: [
      thread('shared', [message('shared', { sender })], { requester: mailer }),
      thread('secret', [message('secret', { sender })], { requester: sender, createdAt: minute(5) }),
    ],
  })
  const { data } = await askAs(
    'customer',
    `{ viewer { myTickets { nodes { externalId messages { nodes { sender { ... on Contact { externalId
      ticketCounts { total open waiting done } tickets { totalCount nodes { id } } } } } } } } } }`,
  )
  const { viewer } = data as {
    viewer: { myTickets: { nodes: { externalId: string; messages: { nodes: { sender: object }[] } }[] } }
  }
  const shared = viewer.myTickets.nodes.find(({ externalId }) => externalId === 'shared')
  expect(shared?.messages.nodes.map((row) => row.sender)).toEqual([
    {
      externalId: '',
      ticketCounts: { total: 0, open: 0, waiting: 0, done: 0 },
      tickets: { totalCount: 0, nodes: [] },
    },
  ])
})

test('hidden tickets are in the history when asked for, and never in the numbers', async () => {
  const requester = { type: 'CONTACT', externalId: 'hider', name: 'Hider' } as const
  await chats.store({
    tickets: [
      thread('h1', [], { requester }),
      thread('h2', [], { requester, isSpam: true }),
      thread('h3', [], { requester, isRecycled: true, status: 'RESOLVED' }),
      thread('h4', [], { requester, status: 'RESOLVED' }),
    ],
  })
  const contact = await run(
    `query ($ref: ContactRef!) { contactByRef(ref: $ref) { ticketCounts { total open waiting done }
      tickets { totalCount } recycled: tickets(filter: { isRecycled: true }) { nodes { externalId } } } }`,
    { ref: { external: { backendId: chats.nodeId, externalId: 'hider' } } },
  )
  expect(contact).toEqual({
    ticketCounts: { total: 2, open: 1, waiting: 0, done: 1 },
    ...{ tickets: { totalCount: 2 }, recycled: { nodes: [{ externalId: 'h3' }] } },
  })
})

test('two lists of one contact that ask for the same words in other ways are two lists', async () => {
  const requester = { type: 'CONTACT', externalId: 'asker', name: 'Asker' } as const
  await chats.store({
    tickets: [thread('o1', [], { requester, status: 'NEW' }), thread('o2', [], { requester, status: 'RESOLVED' })],
  })
  const contact = await run(
    `query ($ref: ContactRef!) { contactByRef(ref: $ref) {
      new: tickets(filter: { and: [{ status: [NEW] }] }) { totalCount nodes { externalId } }
      other: tickets(filter: { not: { status: [NEW] } }) { totalCount nodes { externalId } } } }`,
    { ref: { external: { backendId: chats.nodeId, externalId: 'asker' } } },
  )
  expect(contact).toEqual({
    new: { totalCount: 1, nodes: [{ externalId: 'o1' }] },
    other: { totalCount: 1, nodes: [{ externalId: 'o2' }] },
  })
})

/** Who has a ticket open: told to agents, by agents, for half a minute. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { sweep } from '#flows/sweeping/sweeping.ts'
import { openPresenceDesk } from './desk.ts'

const { db, set, askAs, ticketId, during, workspaceId } = await openPresenceDesk()
const id = await ticketId('1')

type Present = { agent: { displayName: string }; state: string; since: string; lastSeenAt: string }
async function presenceAs(name: string, of = id, gateway = 1): Promise<Present[]> {
  const query = 'query ($id: ID!) { ticket(id: $id) { presence { agent { displayName } state since lastSeenAt } } }'
  const { data, errors } = await askAs(name, query, { id: of }, gateway)
  expect(errors).toBeUndefined()
  return (data as { ticket: { presence: Present[] } }).ticket.presence
}
const shownAs = async (name: string, of = id) =>
  (await presenceAs(name, of)).map(({ agent, state }) => `${agent.displayName} ${state}`)
const goOn = (seconds: number) =>
  db.execute(sql`update presences set since = since - make_interval(secs => ${seconds}),
    last_seen_at = last_seen_at - make_interval(secs => ${seconds}), expires_at = expires_at - make_interval(secs => ${seconds})`)

test('an agent who opens a ticket is shown on every gateway, and is gone when they close it', async () => {
  const answer = await set('ana', { ticketId: id, state: 'VIEWING', clientMutationId: 'mine' })
  expect(answer).toMatchObject({ presence: [{ agent: { displayName: 'Ana' }, state: 'VIEWING' }], errors: [] })
  expect(answer.clientMutationId).toBe('mine')
  await set('bob', { ticketId: id, state: 'TYPING_REPLY' })
  expect(await shownAs('bob')).toEqual(['Ana VIEWING', 'Bob TYPING_REPLY'])
  expect(await shownAs('ana', await ticketId('2'))).toEqual([])
  expect((await set('ana', { ticketId: id, state: 'LEFT' })).presence).toHaveLength(1)
  expect((await set('ana', { ticketId: id, state: 'LEFT' })).errors).toEqual([])
  expect(await shownAs('ana')).toEqual(['Bob TYPING_REPLY'])
  await set('bob', { ticketId: id, state: 'LEFT' })
})

test('whoever stops saying that they are there is gone after half a minute, and their row soon after', async () => {
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await set('bob', { ticketId: id, state: 'VIEWING' })
  await goOn(29)
  expect(await shownAs('bob')).toHaveLength(2)
  await set('bob', { ticketId: id, state: 'VIEWING' })
  await goOn(2)
  expect(await shownAs('ana')).toEqual(['Bob VIEWING'])
  await sweep(db)
  expect((await db.execute(sql`select from presences`)).rowCount).toBe(1)
  await goOn(60)
  await sweep(db)
  expect((await db.execute(sql`select from presences`)).rowCount).toBe(0)
})

test('a heartbeat does not start a state anew, another state does, and so does coming back', async () => {
  const since = async () => Date.now() - new Date((await presenceAs('ana'))[0]?.since as string).valueOf()
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await goOn(20)
  await set('ana', { ticketId: id, state: 'VIEWING' })
  expect(await since()).toBeGreaterThan(19_000)
  const [seen] = await presenceAs('ana')
  expect(Date.now() - new Date(seen?.lastSeenAt as string).valueOf()).toBeLessThan(10_000)
  await set('ana', { ticketId: id, state: 'IDLE' })
  expect(await since()).toBeLessThan(10_000)
  await goOn(40)
  await set('ana', { ticketId: id, state: 'IDLE' })
  expect(await since()).toBeLessThan(10_000)
  await set('ana', { ticketId: id, state: 'LEFT' })
})

test('an agent with several windows is shown once, by the busiest, until the last one is closed', async () => {
  await set('ana', { ticketId: id, state: 'TYPING_NOTE', tab: 'one' })
  await set('ana', { ticketId: id, state: 'VIEWING', tab: 'two' })
  expect(await shownAs('bob')).toEqual(['Ana TYPING_NOTE'])
  await set('ana', { ticketId: id, state: 'LEFT', tab: 'one' })
  expect(await shownAs('bob')).toEqual(['Ana VIEWING'])
  await set('ana', { ticketId: id, state: 'LEFT', tab: 'two' })
  expect(await shownAs('bob')).toEqual([])
  const { errors } = await set('ana', { ticketId: id, state: 'VIEWING', tab: 'x'.repeat(65) })
  expect(errors).toMatchObject([{ code: 'VALIDATION_FAILED', path: ['input', 'tab'] }])
})

test('of more than twenty windows of an agent on one ticket, those not heard of for longest have left', async () => {
  const windows = Array.from({ length: 20 }, (_, index) => `window ${index}`)
  await set('ana', { ticketId: id, state: 'TYPING_REPLY', tab: 'oldest' })
  await set('bob', { ticketId: id, state: 'TYPING_REPLY', tab: 'oldest' })
  for (const tab of windows.slice(1)) await set('ana', { ticketId: id, state: 'VIEWING', tab })
  await set('ana', { ticketId: id, state: 'VIEWING', tab: 'window 1' }) // is known
  expect((await shownAs('ana')).toSorted()).toEqual(['Ana TYPING_REPLY', 'Bob TYPING_REPLY'])
  await set('ana', { ticketId: id, state: 'VIEWING', tab: 'window 0' })
  expect((await shownAs('ana')).toSorted()).toEqual(['Ana VIEWING', 'Bob TYPING_REPLY'])
  for (const tab of windows) await set('ana', { ticketId: id, state: 'LEFT', tab })
  expect(await shownAs('ana')).toEqual(['Bob TYPING_REPLY'])
  await set('bob', { ticketId: id, state: 'LEFT', tab: 'oldest' })
})

test('a customer neither sees nor sets it, a program cannot be present, and a note being written is not betrayed', async () => {
  await set('ana', { ticketId: id, state: 'TYPING_NOTE' })
  expect(await presenceAs('customer')).toEqual([])
  expect(await shownAs('program')).toEqual(['Ana TYPING_NOTE'])
  expect(await shownAs('blind')).toEqual(['Ana VIEWING'])
  for (const name of ['customer', 'program']) {
    const { presence, errors } = await set(name, { ticketId: id, state: 'VIEWING' })
    expect({ presence, errors }).toMatchObject({
      presence: [],
      errors: [{ __typename: 'ForbiddenError', path: ['input'] }],
    })
  }
  expect(await shownAs('bob')).toEqual(['Ana TYPING_NOTE'])
  await set('ana', { ticketId: id, state: 'LEFT' })
})

test('a ticket that is not there is said, and one that goes takes its presence along', async () => {
  for (const state of ['VIEWING', 'LEFT'])
    for (const wrong of ['x', id.replace(/.$/, '')]) {
      const { errors } = await set('ana', { ticketId: wrong, state })
      expect(errors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'ticketId'] }])
    }
  await set('ana', { ticketId: await ticketId('3'), state: 'VIEWING' })
  await db.execute(sql`delete from tickets where workspace_id = ${workspaceId} and number = '3'`)
  expect((await db.execute(sql`select from presences`)).rowCount).toBe(0)
})

test('it leaves no trace: no change, no entry of the audit log, no delivery, no job, nothing in the write-ahead log', async () => {
  const counts = async () =>
    (
      await db.execute(sql`select (select count(*) from changes) as changes, (select count(*) from audit_entries) as audit,
        (select count(*) from deliveries) as deliveries, (select count(*) from idempotency_keys) as keys,
        (select relpersistence from pg_class where relname = 'presences') as kind`)
    ).rows[0]
  const before = await counts()
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await set('ana', { ticketId: id, state: 'LEFT' })
  expect(await counts()).toEqual(before)
  expect(before).toMatchObject({ kind: 'u' })
})

test('of many tickets it is one statement', async () => {
  await set('ana', { ticketId: id, state: 'VIEWING' })
  await set('bob', { ticketId: await ticketId('2'), state: 'VIEWING' })
  const { statements } = await during(() =>
    askAs('ana', '{ tickets { nodes { presence { state agent { displayName } } } } }'),
  )
  expect(statements.filter(({ text }) => text.includes('"presences"'))).toHaveLength(1)
  expect(statements.filter(({ text }) => text.includes('from "actors"'))).toHaveLength(1)
})

import { afterEach, expect, test } from 'vitest'
import { deskOf, type Row, round, row, stamp, stub } from './support.ts'

let stubs: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(stubs.map((open) => open.close()))
  stubs = []
})

async function open(...given: Parameters<typeof deskOf>) {
  const server = await stub(deskOf(...given))
  stubs.push(server)
  return server
}

const rowsFrom = (count: number) => Array.from({ length: count }, (_, index) => row(index + 1))
const idsIn = (all: { tickets: { externalId: string }[] }) => all.tickets.map(({ externalId }) => Number(externalId))
const pageSize = 5

test('tickets removed while a full round reads lose no other', async () => {
  let rows = rowsFrom(23)
  const server = await open(() => rows)
  const all = await round(server.session({ pageSize }), null, (page) => {
    if (page.records.tickets.length > 0) rows = rows.slice(2)
  })
  const removed = 23 - rows.length
  expect(new Set(idsIn(all))).toEqual(new Set(rowsFrom(23).map(({ id }) => id)))
  expect(removed).toBeGreaterThan(4)
})

test('tickets added while a full round reads are read by it or by the next', async () => {
  const rows = rowsFrom(11)
  const server = await open(() => rows)
  const session = server.session({ pageSize, overlapMs: 0 })
  let added = 0
  const all = await round(session, null, (page) => {
    if (page.records.tickets.length > 0 && added < 6) rows.push(row(100 + added++))
  })
  const next = await round(session, all.cursor)
  expect(new Set([...idsIn(all), ...idsIn(next)])).toEqual(new Set(rows.map(({ id }) => id)))
})

test('changes while an incremental round reads shift its pages, and nothing is lost', async () => {
  let rows = rowsFrom(40)
  const server = await open(() => rows)
  const session = server.session({ pageSize, overlapMs: 0 })
  const { cursor } = await round(session)
  // Twenty change at once; while they are read, one removed and others changed again.
  rows = rows.map((old, index) => (index < 20 ? row(old.id, 100 + index) : old))
  let minute = 200
  let turn = 0
  const changed = await round(session, cursor, () => {
    turn += 1
    if (turn === 1) rows = rows.filter(({ id }) => id !== 19 && id !== 18)
    if (turn === 2) rows = rows.map((old) => (old.id === 3 || old.id === 30 ? row(old.id, minute++) : old))
  })
  const next = await round(session, changed.cursor)
  const seen = new Set([...idsIn(changed), ...idsIn(next)])
  for (const id of [...Array.from({ length: 20 }, (_, index) => index + 1), 30])
    if (id !== 18 && id !== 19) expect(seen).toContain(id)
})

test('exactly one page of other changes between two pages is no loop', async () => {
  let rows = rowsFrom(40)
  const server = await open(() => rows)
  const session = server.session({ pageSize, overlapMs: 0 })
  const { cursor } = await round(session)
  rows = rows.map((old) => (old.id <= 15 ? row(old.id, 200 - old.id) : old))
  let isFirst = true
  const changed = await round(session, cursor, () => {
    if (isFirst) rows = rows.map((old) => (old.id > 35 ? row(old.id, 300 + old.id) : old))
    isFirst = false
  })
  const seen = [...idsIn(changed), ...idsIn(await round(session, changed.cursor))]
  const wanted = [...Array.from({ length: 15 }, (_, index) => index + 1), 36, 37, 38, 39, 40]
  expect(seen).toEqual(expect.arrayContaining(wanted))
})

test('an incremental round uses no filter and stops at what it knows', async () => {
  const rows = rowsFrom(60)
  const server = await open(() => rows)
  const session = server.session({ pageSize, overlapMs: 60_000 })
  const { cursor } = await round(session)
  const first = await round(session, cursor)
  server.asked.length = 0
  expect(idsIn(await round(session, first.cursor))).toEqual([])
  expect(
    server.asked.map(({ path, query }) => [
      path,
      query.get('sort_by_key'),
      query.get('sort_order'),
      query.get('filters'),
    ]),
  ).toEqual([['tickets', 'last_updated', '1', null]])
})

test('enums are sent as names when configured', async () => {
  const server = await open(() => rowsFrom(1))
  await round(server.session({ enumsAs: 'names' }))
  expect(new Set(server.asked.map(({ query }) => query.get('sort_order')).filter(Boolean))).toEqual(
    new Set(['ASC', 'DESC']),
  )
})

test('many changes at one and the same moment are all read, also across pages', async () => {
  let rows = rowsFrom(30)
  const server = await open(() => rows)
  const session = server.session({ pageSize })
  const { cursor } = await round(session)
  rows = rows.map((old) => row(old.id, 500))
  expect(new Set(idsIn(await round(session, cursor))).size).toBe(30)
})

test('a change that is committed late, with an older time, is caught by the overlap', async () => {
  let rows = rowsFrom(10)
  const server = await open(() => rows)
  const session = server.session({ pageSize, overlapMs: 120_000 })
  rows[9] = row(10, 300)
  const { cursor } = await round(session)
  const { cursor: later } = await round(session, cursor)
  rows = rows.map((old) => (old.id === 4 ? row(4, 299) : old))
  expect(idsIn(await round(session, later))).toEqual([4])
})

test('with times of whole seconds a second change in the same second is not missed', async () => {
  const labels = new Map<number, string>()
  const coarse = (id: number): Row => ({
    ...row(id, 700),
    last_updated: stamp(700, '').replace(/\.$/, ''),
    label: labels.get(id) ?? 'first',
  })
  const server = await open(() => [coarse(1)])
  const session = server.session()
  const { cursor } = await round(session)
  const once = await round(session, cursor)
  labels.set(1, 'second')
  const twice = await round(session, once.cursor)
  expect(twice.tickets.map(({ subject }) => subject)).toEqual(['second'])
  expect(idsIn(await round(session, twice.cursor))).toEqual([])
})

test('pages that start at 0 are noticed, so the first page is not lost', async () => {
  for (const firstPage of [0, 1]) {
    const server = await open(() => rowsFrom(13), { firstPage })
    const session = server.session({ pageSize })
    const all = await round(session)
    expect(idsIn(all)).toEqual(rowsFrom(13).map(({ id }) => id))
    expect((await round(session, all.cursor)).tickets.length).toBeLessThanOrEqual(2)
  }
})

test('fewer rows than asked for are not the end', async () => {
  const server = await open(() => rowsFrom(13), { mostTake: 3 })
  expect(idsIn(await round(server.session({ pageSize: 50 })))).toEqual(rowsFrom(13).map(({ id }) => id))
})

test.each([
  ['ignores the page', () => 1],
  ['repeats its last page past the end', (page: number) => Math.min(page, 3)],
  ['starts over past the end', (page: number) => ((page - 1) % 3) + 1],
])('a vendor that %s does not make an endless round', async (_, pageOf) => {
  const real = deskOf(() => rowsFrom(15))
  const server = await stub((asked) => {
    const page = asked.query.get('page')
    if (page !== null) asked.query.set('page', String(pageOf(Number(page))))
    return real(asked)
  })
  stubs.push(server)
  const session = server.session({ pageSize })
  const all = await round(session)
  expect(all.pages).toBeLessThan(12)
  await round(session, all.cursor)
})

test('a vendor that does not sort is looked through to the end', async () => {
  let rows = rowsFrom(20).map((old) => (old.id === 1 ? row(1, 30) : old))
  const real = deskOf(() => rows)
  const server = await stub((asked) => {
    if (asked.query.get('sort_by_key') === 'last_updated') asked.query.set('sort_by_key', 'id')
    return real(asked)
  })
  stubs.push(server)
  const session = server.session({ pageSize })
  const { cursor } = await round(session)
  const { cursor: settled } = await round(session, cursor)
  rows = rows.map((old) => (old.id === 17 ? row(17, 800) : old))
  expect(idsIn(await round(session, settled))).toContain(17)
})

test('an account without tickets has rounds too, and its first ticket is seen', async () => {
  let rows: Row[] = []
  const server = await open(() => rows)
  const session = server.session()
  const { cursor } = await round(session)
  const { cursor: still } = await round(session, cursor)
  rows = [row(1)]
  expect(idsIn(await round(session, still))).toEqual([1])
})

test('a cursor of another time starts a full round', async () => {
  const server = await open(() => rowsFrom(3))
  expect(idsIn(await round(server.session(), { phase: 'something' }))).toEqual([1, 2, 3])
})

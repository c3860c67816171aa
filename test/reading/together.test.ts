/** What several requests look up at once is one statement: nobody may notice but by the number of statements. */
import { randomUUID } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { tags } from '#domain/tags/table.ts'
import { type Db, openDatabase } from '#platform/db/client.ts'
import { openControl } from '#platform/db/control.ts'
import { oneBy } from '#platform/db/loader.ts'
import { endReading, nothingRead, startReading } from '#platform/db/read-columns.ts'
import { runStoppable, stop, stoppable } from '#platform/db/stopping.ts'
import { createTestDatabase } from '../support/database.ts'
import { tellOf, watchStatements } from '../support/statements.ts'

const { db, pool, connectionString } = await createTestDatabase()
const { during } = watchStatements(pool)
const [one, other] = [randomUUID(), randomUUID()] as [string, string]
for (const id of [one, other])
  await db.execute(sql`insert into workspaces (id, key, name) values (${id}, ${id}, 'A workspace')`)
const ids: string[] = Array.from({ length: 20 }, () => randomUUID())
const nameOf = (id: string) => `Tag ${ids.indexOf(id)}`
await db.insert(tags).values(ids.map((id) => ({ workspaceId: one, id, name: nameOf(id) })))
const [first, second, third] = ids as [string, string, string]
/** More than the answers that are watched. */
const often = 12

type Usual = {
  name: string
  usually?: Db
  /** How many ask at once while it becomes known. */
  atOnce?: number
  /** Whether it is asked for by a row, and so read in one statement with that. */
  isAhead?: boolean
}

/** How to look up a text of a tag, each time in a request of its own, of an operation that is known. */
async function askingFor(text: SQL<string>, { name, usually = db, atOnce = 8, isAhead = false }: Usual) {
  const textOf = oneBy(tags, tags.id, { text: text.as('text') }, { name: `${name}_of_this_test` })
  const rowOf = oneBy(tags, tags.id, { id: tags.id }, { name: `row_of_${name}_of_this_test` })
  const load: typeof textOf = isAhead
    ? (((context, id) => rowOf(context, id).then((row) => row && textOf(context, row.id))) as typeof textOf)
    : textOf
  const read = nothingRead()
  const ask = async (id: string, { on = usually, workspaceId = one }: { on?: Db; workspaceId?: string } = {}) => {
    const reading = startReading(read)
    const row = await load({ db: on, workspaceId, reading }, id)
    const answer = row && { row, text: row.text }
    endReading(reading, null)
    return answer
  }
  for (let time = 0; time < often; time++) await ask(first)
  // While nobody expects so many, the first of them go alone.
  await Promise.all(ids.slice(0, atOnce).map((id) => ask(id)))
  return ask
}

/** It takes so many seconds to read a tag as its colour says. */
const slowly = sql<string>`${tags.name} || case when tags.color is null then '' else pg_sleep(tags.color::float)::text end`
const slowDown = (id: string, seconds: number) =>
  db.execute(sql`update tags set color = ${String(seconds)} where id = ${id}`)
const allQuick = () => db.update(tags).set({ color: null })
afterEach(allQuick)

describe('what several requests look up at once', async () => {
  const ask = await askingFor(sql`${tags.name}`, { name: 'tag' })
  const textsOf = (answers: ({ text: string } | null)[]) => answers.map((answer) => answer?.text)

  test('is one statement for eight of them, and each gets what it asked for', async () => {
    const { result, statements } = await during(() => Promise.all(ids.map((id) => ask(id))))
    expect(textsOf(result)).toEqual(ids.map(nameOf))
    expect(statements).toHaveLength(3)
  })

  test('is not waited for while hardly anybody asks', async () => {
    const askNewly = await askingFor(sql`${tags.name}`, { name: 'seldom_tag', atOnce: 2 })
    const { result, statements } = await during(() => Promise.all([askNewly(first), askNewly(second)]))
    expect(textsOf(result)).toEqual([nameOf(first), nameOf(second)])
    expect(statements).toHaveLength(2)
  })

  test('is a row of its own for each, also of the same tag', async () => {
    const { result, statements } = await during(() => Promise.all([ask(first), ask(first), ask(randomUUID())]))
    expect(textsOf(result)).toEqual([nameOf(first), nameOf(first), undefined])
    expect(result[0]?.row).not.toBe(result[1]?.row)
    expect(statements).toHaveLength(1)
  })

  test('stays within a workspace', async () => {
    const asked = ids.slice(0, 4)
    const { result, statements } = await during(() =>
      Promise.all(asked.flatMap((id) => [ask(id), ask(id, { workspaceId: other })])),
    )
    expect(textsOf(result)).toEqual(asked.flatMap((id) => [nameOf(id), undefined]))
    expect(statements).toHaveLength(2)
  })

  test('stays outside of transactions', async () => {
    const id = randomUUID()
    const found: unknown[] = []
    const undone = db.transaction(async (tx) => {
      await tx.insert(tags).values({ workspaceId: one, id, name: 'not yet' })
      found.push(...textsOf(await Promise.all([ask(id), ask(id, { on: tx }), ask(id)])))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(found).toEqual([undefined, 'not yet', undefined])
  })

  test('fails for none but the one for whom it fails alone', async () => {
    const bad = ids[9] as string // nobody has asked for it while the operation became known
    const none = sql.raw(`case when tags.id = '${bad}' then 0 else 1 end`)
    const askFragile = await askingFor(sql<string>`(1 / (${none})) || ${tags.name}`, { name: 'fragile_tag' })
    const { result, statements } = await during(() =>
      Promise.allSettled([bad, first, second].map((id) => askFragile(id))),
    )
    expect(result[0]).toMatchObject({ reason: { cause: { message: 'division by zero' } } })
    expect(result.slice(1)).toMatchObject([first, second].map((id) => ({ value: { text: `1${nameOf(id)}` } })))
    expect(statements).toHaveLength(4) // together, and then each alone
  })
})

describe('those who look something up together', async () => {
  const control = openControl({ connectionString })
  const database = openDatabase({ connectionString, applicationName: 'together', canceller: control })
  database.pool.on('connect', (client) => tellOf(client, database.pool))
  const { during } = watchStatements(database.pool)
  afterAll(() => Promise.all([database.close(), control.close()]))
  const working = async () => {
    const { rows } = await db.execute(
      sql`select from pg_stat_activity where application_name = 'together' and state = 'active'`,
    )
    return rows.length
  }
  /** How somebody asks who may leave. */
  async function openAsking(name: string, { isAhead = false } = {}) {
    const ask = await askingFor(slowly, { name, usually: database.db, isAhead })
    return (id: string) => {
      const request = stoppable()
      const answer = runStoppable(request, () => ask(id)).then(
        (found) => found?.text,
        (error: Error) => error.message,
      )
      return { answer, leave: () => stop(request, new Error('left')) }
    }
  }

  test.each([
    ['slow rows', false],
    ['slow rows that are read ahead', true],
  ])('wait for %s of another for a moment only, and for a while not at all', async (_what, isAhead) => {
    const asking = await openAsking(`tag_that_is_slow_${isAhead}`, { isAhead })
    const known = await during(() => Promise.all([first, second, third].map((id) => asking(id).answer)))
    expect(known.statements).toHaveLength(1)
    await slowDown(first, 1)
    const slow = asking(first)
    const quick = [second, third].map((id) => asking(id).answer)
    const soonest = await Promise.race([slow.answer, Promise.all(quick)])
    expect(soonest).toEqual([second, third].map(nameOf))
    const { statements } = await during(() =>
      Promise.all([second, third, ids[3] as string].map((id) => asking(id).answer)),
    )
    expect(statements).toHaveLength(3)
    expect(await slow.answer).toBe(nameOf(first))
  })

  test('and leave are let go at once, and the others get what they asked for', async () => {
    const asking = await openAsking('tag_that_is_waited_for')
    await slowDown(first, 20)
    const [leaving, staying] = [asking(first), asking(second)]
    await vi.waitFor(async () => expect(await working()).toBe(1))
    leaving.leave()
    expect(await leaving.answer).toBe('left')
    expect(await staying.answer).toBe(nameOf(second))
    await vi.waitFor(async () => expect(await working()).toBe(0), { timeout: 1000, interval: 20 })
  })

  test('and leave before anything is asked are not asked for', async () => {
    const asking = await openAsking('tag_that_is_not_asked_for')
    await slowDown(first, 20)
    const [leaving, staying] = [asking(first), asking(second)]
    leaving.leave()
    expect(await Promise.all([leaving.answer, staying.answer])).toEqual(['left', nameOf(second)])
  })

  test('and leave as the last one take nothing from who comes after them', async () => {
    const asking = await openAsking('tag_that_is_asked_for_anew')
    const leaving = asking(first)
    leaving.leave()
    expect(await asking(second).answer).toBe(nameOf(second))
    expect(await leaving.answer).toBe('left')
  })

  test('and all leave, leave no statement behind', async () => {
    const asking = await openAsking('tag_that_nobody_waits_for')
    await slowDown(first, 20)
    const all = [first, second, third].map(asking)
    await vi.waitFor(async () => expect(await working()).toBe(1))
    for (const { leave } of all) leave()
    expect(await Promise.all(all.map(({ answer }) => answer))).toEqual(['left', 'left', 'left'])
    await vi.waitFor(async () => expect(await working()).toBe(0), { timeout: 1000, interval: 20 })
  })
})

import { expect, test } from 'vitest'
import { runRound } from '#flows/sync/round.ts'
import { createTestDatabase } from '../support/database.ts'
import { newBackend, placesOf, rowsOf, syncingOf } from './backend.ts'
import { manyThreads, page, scripted } from './scripted.ts'

const { db } = await createTestDatabase()
const PAGES = 10
const MESSAGES = 5000

// How fast this goes is the bench's business: `npm run bench`.
test('5,000 messages are copied, each once, and seen again without a write', async () => {
  const pages = Object.fromEntries(
    Array.from({ length: PAGES }, (_, index) => [
      index === 0 ? 'start' : String(index),
      () => page({ tickets: manyThreads(index * 50, 50, 10) }, String(index + 1), index < PAGES - 1),
    ]),
  )
  const backend = await newBackend(db)
  const { syncing, backend: synced } = syncingOf(db, backend, scripted({ pages }))
  const whole = { outcome: 'finished', round: 'FULL' }
  expect(await runRound(syncing, synced)).toMatchObject({ ...whole, messages: MESSAGES })
  expect(await rowsOf(db, 'messages', backend)).toHaveLength(MESSAGES)
  // The next full round stamps every ticket as seen; as if it had done so already.
  await db.execute('update tickets set seen_in_round = 2')
  const before = await placesOf(db)
  expect(await runRound(syncing, synced, { full: true })).toMatchObject({ ...whole, messages: 0 })
  expect(await placesOf(db)).toEqual(before)
})

import { expect, test } from 'vitest'
import { runRound } from '#flows/sync/round.ts'
import { createTestDatabase } from '../support/database.ts'
import { newBackend, syncingOf } from './backend.ts'
import { manyThreads, page, scripted } from './scripted.ts'

const { db } = await createTestDatabase()

test('20,000 messages are copied at a usable speed, and seen again much faster', async () => {
  const pages = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      index === 0 ? 'start' : String(index),
      () => page({ tickets: manyThreads(index * 50, 50, 10) }, String(index + 1), index < 39),
    ]),
  )
  const backend = await newBackend(db)
  const { syncing, backend: synced } = syncingOf(db, backend, scripted({ pages }))
  const perSecond: number[] = []
  for (const full of [false, true]) {
    const startedAt = performance.now()
    expect(await runRound(syncing, synced, { full })).toMatchObject({
      outcome: 'finished',
      round: 'FULL',
      messages: full ? 0 : 20_000,
    })
    perSecond.push(Math.round(20_000 / ((performance.now() - startedAt) / 1000)))
  }
  console.log(`messages per second: first copy ${perSecond[0]}, unchanged ${perSecond[1]}`)
  expect(perSecond[0]).toBeGreaterThan(600) // 3,000 and more on a quiet machine
  expect(perSecond[1]).toBeGreaterThan(2000)
}, 90_000)

/** Loads the big file where somebody has put it beside the repository; alone: `npx vitest run load-big`. */
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { countsOf } from '#connectors/sandbox/control.ts'
import { vendorKeys } from '#connectors/sandbox/expressible.ts'
import { loadDesks } from '#connectors/sandbox/load.ts'

const path = '../shared/data/conversations.jsonl.gz'

it.skipIf(!existsSync(path))(
  'loads 26,189 conversations in under 25 s, dealt evenly (skipped without the file)',
  { timeout: 60_000 },
  async () => {
    const started = performance.now()
    const { desks, skipped } = await loadDesks(path, { now: new Date('2026-03-01T00:00:00Z') })
    expect(performance.now() - started).toBeLessThan(25_000)
    expect(skipped).toBe(0)
    const counts = vendorKeys.map((vendor) => countsOf(desks[vendor]))
    expect(counts.reduce((sum, count) => sum + count.tickets, 0)).toBe(26_189)
    expect(counts.reduce((sum, count) => sum + count.messages, 0)).toBe(435_866)
    for (const { tickets } of counts) expect(Math.abs(tickets - 26_189 / 5)).toBeLessThan(5)
  },
)

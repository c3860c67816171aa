import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openLimit } from '#connectors/sandbox/limit.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('a call too many is told the whole seconds to wait, until the window is over', () => {
  const limit = openLimit({ calls: 2, windowMs: 2_500 })
  expect([limit(), limit(), limit()]).toEqual([null, null, 3])
  vi.advanceTimersByTime(2_499)
  expect(limit()).toBe(1)
  vi.advanceTimersByTime(1)
  expect([limit(), limit(), limit()]).toEqual([null, null, 3])
})

it('without a limit nobody waits', () => {
  const limit = openLimit(null)
  expect(Array.from({ length: 100 }, limit).every((wait) => wait === null)).toBe(true)
})

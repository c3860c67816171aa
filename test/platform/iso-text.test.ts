import { expect, test } from 'vitest'
import { isoText } from '#platform/graphql/iso-text.ts'

test('a moment is written as toISOString writes it, whenever it was', () => {
  const edges = [0, -1, 1, 86_399_999, 86_400_000, -62_198_755_200_000, 253_402_300_800_000, 8.64e15, -8.64e15]
  const others = Array.from({ length: 20_000 }, () => Math.floor((Math.random() - 0.3) * 9e12))
  for (const ms of [...edges, ...others]) {
    const moment = new Date(ms)
    if (isoText(moment) !== moment.toISOString()) expect(isoText(moment)).toBe(moment.toISOString())
  }
  expect(() => isoText(new Date(Number.NaN))).toThrow(RangeError)
})

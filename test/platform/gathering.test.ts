import { expect, test } from 'vitest'
import { openGathering } from '#platform/gathering.ts'

test('in any order, whoever leaves is gone once, and the others stay', () => {
  const gathering = openGathering<string>()
  const places = [...'abcde'].map((name) => gathering.enter(name))
  const leave = (index: number) => gathering.leave(places[index] as (typeof places)[number])
  expect([leave(1), leave(4), leave(1)]).toEqual([true, true, false])
  expect(gathering.all().sort()).toEqual(['a', 'c', 'd'])
  gathering.enter('f')
  expect([leave(4), leave(0), leave(3), leave(2)]).toEqual([false, true, true, true])
  expect(gathering.all()).toEqual(['f'])
  expect(gathering.size).toBe(1)
})

/** Which ticket numbers were seen and which are missing in between, as ascending ranges: small in a cursor, whatever the order. */

/** First and last number, both included. */
export type Range = [number, number]

/** More ranges than this and a cursor would grow too large: then the missing numbers are not looked up. */
export const mostRanges = 5_000

/** `ranges` with this number; the same array when it was there. */
export function withNumber(ranges: Range[], number: number): Range[] {
  const at = placeOf(ranges, number)
  const before = ranges[at - 1]
  const after = ranges[at]
  if (before && number <= before[1]) return ranges
  const joinsBefore = before !== undefined && before[1] + 1 === number
  const joinsAfter = after !== undefined && after[0] - 1 === number
  const joined: Range = [joinsBefore ? before[0] : number, joinsAfter ? after[1] : number]
  return ranges.toSpliced(at - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), joined)
}

/** How many ranges start at or before this number. */
function placeOf(ranges: Range[], number: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.[0] ?? 0) <= number) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The numbers between and around those seen. A little beyond both ends too: a ticket at the edge can be skipped when a
 * list shifts while it is read.
 */
export function gapsIn(ranges: readonly Range[], margin: number): Range[] {
  const gaps: Range[] = []
  let next = Math.max(1, (ranges[0]?.[0] ?? 1) - margin)
  for (const [first, last] of ranges) {
    if (first > next) gaps.push([next, first - 1])
    next = last + 1
  }
  if (margin > 0 && ranges.length > 0) gaps.push([next, next + margin - 1])
  return gaps
}

/** Takes up to `count` numbers from the top, newest first. */
export function takeNewest(gaps: readonly Range[], count: number): { numbers: number[]; rest: Range[] } {
  const rest = gaps.map(([first, last]): Range => [first, last])
  const numbers: number[] = []
  while (numbers.length < count) {
    const top = rest.at(-1)
    if (!top) break
    numbers.push(top[1])
    top[1] -= 1
    if (top[1] < top[0]) rest.pop()
  }
  return { numbers, rest }
}

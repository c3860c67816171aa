/** A number measured several times. */
export type Spread = { min: number; median: number; max: number }

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { min: at(0), median, max: at(sorted.length - 1) }

  function at(index: number): number {
    return sorted[index] ?? Number.NaN
  }
}

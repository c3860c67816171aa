/** Twice as long after each failure, the first of which is 1; between half of it and the whole, so that not all come back at once. */
export function growingWait(failures: number, { first, longest }: { first: number; longest: number }): number {
  const whole = Math.min(longest, first * 2 ** Math.min(20, Math.max(0, failures - 1)))
  return whole * (0.5 + Math.random() / 2)
}

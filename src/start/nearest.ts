/** The candidate somebody may have meant; null when none is near. */
export function nearest(word: string, candidates: string[]): string | null {
  const distances = candidates.map((candidate) => ({
    candidate,
    distance: distanceBetween(word.toLowerCase(), candidate.toLowerCase()),
  }))
  const [best] = distances.sort((left, right) => left.distance - right.distance)
  return best && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : null
}

/** Levenshtein's: how many letters have to be added, taken away or changed. */
function distanceBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of [...from].entries()) {
    const next = [line + 1]
    for (let column = 0; column < to.length; column++) {
      const change = (row[column] ?? 0) + (letter === to[column] ? 0 : 1)
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

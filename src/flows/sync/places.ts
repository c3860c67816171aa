export type Places = {
  /** False when there was no place in time, or already a row of others waiting. */
  enter(): Promise<boolean>
  leave(): void
}

/** Room for `most` at a time; so many more may wait, for a moment. */
export function openPlaces({
  most,
  mostWaiting,
  patienceMs,
}: {
  most: number
  mostWaiting: number
  patienceMs: number
}): Places {
  let taken = 0
  const waiting = new Set<() => void>()
  return {
    async enter() {
      if (taken < most) {
        taken += 1
        return true
      }
      if (waiting.size >= mostWaiting) return false
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(admit)
          resolve(false)
        }, patienceMs)
        const admit = () => {
          clearTimeout(timer)
          resolve(true)
        }
        waiting.add(admit)
      })
    },
    leave() {
      const [next] = waiting
      if (!next) {
        taken -= 1
        return
      }
      waiting.delete(next)
      next() // has the place of the one that left
    },
  }
}

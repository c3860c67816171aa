/** Work that many ask for at the same time. */
export type Turns = { take<Result>(work: () => Promise<Result>): Promise<Result> }

/** So many of them run at once; the others wait their turn. */
export function openTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async take(work) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running -= 1
      }
    },
  }
}

/** For an answer that must not be older than the question: those who ask while it is worked on share the next one. */
export function oneAtATime<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> | null = null
  let following: Promise<Result> | null = null
  function start(): Promise<Result> {
    const started = work().finally(() => {
      running = null
    })
    running = started.catch(() => {})
    return started
  }
  return () => {
    if (!running) return start()
    following ??= running.then(() => {
      following = null
      return start()
    })
    return following
  }
}

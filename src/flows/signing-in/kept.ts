/**
 * What is asked for again and again and may be some seconds old. Those who ask for the same at the same time share one
 * look-up; failures are not kept.
 */
export type KeptOptions<Value> = {
  forMs: number
  /** Left out: everything. */
  isKept?: (value: Value) => boolean
  now: () => number
}

/** Beyond it all is forgotten: what is still asked for comes back at once. */
const MOST_KEPT = 10_000

export function openKept<Value>({ forMs, isKept = () => true, now }: KeptOptions<Value>) {
  const kept = new Map<string, { value: Value; until: number }>()
  const underWay = new Map<string, Promise<Value>>()

  async function loadAndKeep(key: string, load: () => Promise<Value>): Promise<Value> {
    const until = now() + forMs
    try {
      const value = await load()
      if (kept.size >= MOST_KEPT) kept.clear()
      if (isKept(value)) kept.set(key, { value, until })
      else kept.delete(key)
      return value
    } finally {
      underWay.delete(key)
    }
  }

  return async (key: string, load: () => Promise<Value>): Promise<Value> => {
    const found = kept.get(key)
    if (found && now() < found.until) return found.value
    const loading = underWay.get(key) ?? loadAndKeep(key, load)
    underWay.set(key, loading)
    return loading
  }
}

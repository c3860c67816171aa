/** Items on their way to one reader, who takes them at its own pace. */
export type Queue<Item> = {
  /** False when there is no room: then it is not in. */
  push(item: Item): boolean
  /** Everything in it goes. */
  clear(): void
  take(): Item | undefined
  /** Resolves when there is something to take, or `poke` was called. */
  filled(): Promise<void>
  poke(): void
}

export function openQueue<Item>(most: number): Queue<Item> {
  let items: Item[] = []
  let waiting: (() => void) | null = null
  const poke = () => {
    waiting?.()
    waiting = null
  }
  return {
    push(item) {
      if (items.length >= most) return false
      items.push(item)
      poke()
      return true
    },
    clear() {
      items = []
    },
    take: () => items.shift(),
    filled: () =>
      items.length > 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting = resolve
          }),
    poke,
  }
}

/** More was waiting than can be written in time: the caller is told to come back. */
class OverloadedError extends Error {
  override name = 'OverloadedError'
}

/**
 * Writes one group at a time: whatever comes meanwhile waits and is the next group. So a burst needs one connection and
 * few transactions. An item is settled with its group; the failure of a group is the failure of each of its items.
 */
export function inGroups<Item>(
  write: (items: Item[]) => Promise<void>,
  { mostWaiting }: { mostWaiting: number },
): (item: Item) => Promise<void> {
  let waiting: { item: Item; settled: PromiseWithResolvers<void> }[] = []
  let isWriting = false

  async function writeAll() {
    isWriting = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await write(group.map(({ item }) => item))
        for (const { settled } of group) settled.resolve()
      } catch (error) {
        for (const { settled } of group) settled.reject(error)
      }
    }
    isWriting = false
  }

  return async (item) => {
    if (waiting.length >= mostWaiting) throw new OverloadedError(`${mostWaiting} items wait to be written`)
    const settled = Promise.withResolvers<void>()
    waiting.push({ item, settled })
    if (!isWriting) void writeAll()
    return settled.promise
  }
}

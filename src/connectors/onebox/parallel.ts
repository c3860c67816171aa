/** Does a few things at a time and keeps the order of the results; the first failure stops the rest and is thrown. */
export async function inParallel<Item, Result>(
  items: Item[],
  atOnce: number,
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length)
  let position = 0
  async function work(): Promise<void> {
    while (position < items.length) {
      const index = position++
      try {
        results[index] = await act(items[index] as Item)
      } catch (error) {
        position = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work))
  return results
}

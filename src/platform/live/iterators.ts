/** Streams as `subscribe` of a field gives them. An async generator will not do: its `return` waits for what may never come. */
import { openQueue } from './queue.ts'

export type Streamed<Item> = AsyncIterableIterator<Item, undefined>
const over = { done: true as const, value: undefined }

/** `next` gives undefined at the end; `close` makes a `next` that waits give it. */
export function streamed<Item>({ next, close }: { next(): Promise<Item | undefined>; close(): void }): Streamed<Item> {
  const stream: Streamed<Item> = {
    async next() {
      const value = await next()
      return value === undefined ? over : { done: false, value }
    },
    async return() {
      close()
      return over
    },
    async throw(error) {
      close()
      throw error
    },
    [Symbol.asyncIterator]: () => stream,
  }
  return stream
}

/** Several streams as one: it ends with the first of them, and keeps the order of each. */
export function merged<Item>(streams: readonly Streamed<Item>[]): Streamed<Item> {
  const ready = openQueue<{ stream: Streamed<Item>; step: IteratorResult<Item, undefined> | Error }>(streams.length)
  let isOver = false
  let isBegun = false
  const pull = (stream: Streamed<Item>) =>
    void stream.next().then(
      (step) => ready.push({ stream, step }),
      (error: Error) => ready.push({ stream, step: error }),
    )
  const close = () => {
    isOver = true
    ready.poke()
    for (const stream of streams) void stream.return?.()
  }
  return streamed({
    async next() {
      if (!isBegun) for (const stream of streams) pull(stream)
      isBegun = true
      await ready.filled()
      const first = isOver ? undefined : ready.take()
      if (!first) return undefined
      const { stream, step } = first
      if (step instanceof Error || step.done) close()
      if (step instanceof Error) throw step
      if (step.done) return undefined
      pull(stream)
      return step.value
    },
    close,
  })
}

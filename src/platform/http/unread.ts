import type { ServerResponse } from 'node:http'

/**
 * Bounds what waits in memory for readers that do not read: when there is too much of it, those that have kept us waiting
 * longest are cut off. What the kernel takes at once does not count.
 */
export function boundUnread({ mostBytes }: { mostBytes: number }): (response: ServerResponse) => void {
  const waiting = new Map<ServerResponse, number>()
  let bytes = 0

  function forget(response: ServerResponse): void {
    bytes -= waiting.get(response) ?? 0
    waiting.delete(response)
  }

  return (response) => {
    // The answer is written in this turn of the event loop.
    setImmediate(() => {
      const left = response.socket?.writableLength ?? 0
      if (left === 0 || response.closed) return
      waiting.set(response, left)
      bytes += left
      response.once('close', () => forget(response))
      for (const slowest of waiting.keys()) {
        if (bytes <= mostBytes) return
        forget(slowest)
        slowest.destroy()
      }
    })
  }
}

/**
 * One keep-alive connection that sends a request as soon as the last one is answered. Written here because the load
 * generator shares the machine with what it measures: 14 µs of CPU a request, autocannon 8 takes 42.
 */
import { connect, type Socket } from 'node:net'

export type Answer = { status: number; body: Buffer; latencyMs: number }

export type Connection = { ask(request: Buffer): Promise<Answer>; close(): void }

/** Asks until `isOver`; `onAnswer` may keep nothing of the body, whose bytes are not collected. */
export function keepAsking(
  port: number,
  requests: Buffer[],
  { isOver, onAnswer }: { isOver(): boolean; onAnswer(status: number, bodyBytes: number, latencyMs: number): void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = open(port, reject)
    let next = 0
    let sentAt = 0
    let status = 0
    let bodyBytes = 0
    let missingBytes = 0

    function send() {
      if (isOver()) {
        socket.destroy()
        return resolve()
      }
      sentAt = performance.now()
      socket.write(requests[next++ % requests.length] as Buffer)
    }
    socket.on('connect', send)
    socket.on('data', (chunk) => {
      if (missingBytes > 0) missingBytes -= chunk.length
      else {
        const head = headOf(chunk)
        status = head.status
        bodyBytes = head.bodyBytes
        missingBytes = head.bytes + bodyBytes - chunk.length
      }
      if (missingBytes > 0) return
      onAnswer(status, bodyBytes, performance.now() - sentAt)
      send()
    })
  })
}

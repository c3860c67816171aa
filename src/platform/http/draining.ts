import type { Server, ServerResponse } from 'node:http'
import type { Gathering } from '#platform/gathering.ts'
import type { Listening } from './listening.ts'
import { refusals, refuse } from './refusal.ts'

const drainMs = 8_000
const sweepEveryMs = 50
/** So long a connection may have been open without a request: it may be on its way. */
const silentMs = 500

/** So long a body under way may stand still. */
const stalledMs = 1_000

/** Takes no new connections, gives the answers under way (8 s at most), and closes what is left. */
export function drained(
  server: Server,
  listening: Listening,
  underWay: Pick<Gathering<{ response: ServerResponse }>, 'size' | 'all'>,
): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs)
    // A connection that has its answer would be kept for the next request, and one that never asked counts as busy.
    let sweeps = 0
    const isStalled = stallWatch()
    const sweep = setInterval(() => {
      sweeps += 1
      for (const { response } of underWay.all()) if (isStalled(response)) giveUp(response)
      if (underWay.size === 0 && sweeps * sweepEveryMs >= silentMs) server.closeAllConnections()
      else server.closeIdleConnections()
    }, sweepEveryMs)
    void listening.close().then(() => {
      clearTimeout(late)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** Whether nothing more of a request's body has come for a while. */
function stallWatch() {
  const heard = new WeakMap<ServerResponse, { bytes: number; sinceMs: number }>()
  return (response: ServerResponse): boolean => {
    if (response.req.complete || response.headersSent) return false
    const bytes = response.req.socket.bytesRead
    const last = heard.get(response)
    if (last?.bytes === bytes) return performance.now() - last.sinceMs > stalledMs
    heard.set(response, { bytes, sinceMs: performance.now() })
    return false
  }
}

function giveUp(response: ServerResponse): void {
  refuse(response.req, response, refusals.shuttingDown)
  response.req.socket.destroySoon()
}

import type { Server, ServerResponse } from 'node:http'

const drainMs = 8_000
const sweepEveryMs = 50
/** So long a connection may have been open without a request: it may be on its way. */
const silentMs = 500

/** Takes no new connections, gives the answers under way (8 s at most), and closes what is left. */
export function drained(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drainMs)
    // A connection that has its answer would be kept for the next request, and one that never asked counts as busy.
    let sweeps = 0
    const sweep = setInterval(() => {
      sweeps += 1
      if (underWay.size === 0 && sweeps * sweepEveryMs >= silentMs) server.closeAllConnections()
      else server.closeIdleConnections()
    }, sweepEveryMs)
    server.close(() => {
      clearTimeout(late)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}

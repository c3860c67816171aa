/** For clients over WebSocket. */
import { type Client, createClient } from 'graphql-ws'
import type { Inbox } from './live.ts'

/** Ends a socket on which nobody answers any more; a new one is opened by the next subscription. */
export function openSockets({ url, token, patienceMs = 30_000 }: Inbox): Client {
  let waiting: ReturnType<typeof setTimeout>
  const sockets = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: 0, // `keepLive` tries again, from the last cursor on
    connectionAckWaitTimeout: patienceMs,
    keepAlive: patienceMs / 2,
    on: {
      ping(isTheirs) {
        if (!isTheirs) waiting = setTimeout(() => sockets.terminate(), patienceMs / 2)
      },
      pong: () => clearTimeout(waiting),
      closed: () => clearTimeout(waiting),
    },
  })
  return sockets
}

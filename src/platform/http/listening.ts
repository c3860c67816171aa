/**
 * Where connections come in. Node takes one new connection from a listening socket for each turn of its event loop (libuv
 * since 1.45), and under load a turn takes many milliseconds: clients would stand in the kernel's queue for seconds, where
 * nobody can refuse them. So there are several sockets on the one port, and the kernel spreads the clients over them.
 */
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'

/** p99 at four times the capacity: 6.6 s with 1, 1.1 s with 16, 0.8 s on connections that are open already. */
const SOCKETS = 16
/** For each: the kernel holds no more than are soon taken. */
const BACKLOG = 128

export type Listening = {
  address: AddressInfo
  /** Takes no new connections; resolves when the last one is closed. */
  close(): Promise<void>
}

export async function listenWith(
  server: HttpServer,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const servers: Server[] = [server]
  const isShared = await listen(server, { host, port, reusePort: true }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTSUP') throw error
      return false
    },
  )
  if (!isShared) await listen(server, { host, port })
  const address = server.address() as AddressInfo
  for (let count = 1; isShared && count < SOCKETS; count++) {
    // As an HTTP server makes them.
    const more = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
    await listen(more, { host, port: address.port, reusePort: true })
    servers.push(more)
  }
  return {
    address,
    close: async () => {
      await Promise.all(servers.map((each) => new Promise((resolve) => each.close(resolve))))
    },
  }
}

function listen(server: Server, options: { host: string; port: number; reusePort?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...options, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

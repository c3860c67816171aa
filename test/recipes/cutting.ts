/** A way to the gateway that breaks. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Way = {
  url: string
  /** Breaks every connection. */
  cut(): void
  /** Lets nothing more through on the connections there are, and says nothing of it. */
  freeze(): void
  /** While it is shut nobody new gets through. */
  shut(isShut: boolean): void
  close(): void
}

export async function openWay(to: string): Promise<Way> {
  const target = new URL(to)
  const open = new Set<Socket>()
  let isShut = false
  const server = createServer((client) => {
    if (isShut) return client.resetAndDestroy()
    const gateway = connect(Number(target.port), target.hostname)
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      open.add(one)
      one
        .on('error', () => {})
        .once('close', () => {
          open.delete(one)
          other.destroy()
        })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, target.hostname, resolve))
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy()
  }
  const { port } = server.address() as AddressInfo
  return {
    url: Object.assign(new URL(to), { port: String(port) }).href,
    cut,
    freeze() {
      for (const socket of open) socket.unpipe().pause()
    },
    shut(now) {
      isShut = now
    },
    close() {
      cut()
      server.close()
    },
  }
}

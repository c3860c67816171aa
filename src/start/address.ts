import { createServer } from 'node:net'
import { StartError } from '#errors.ts'

/** Only programs on this machine can reach it. */
export function isLoopback(host: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/i.test(host)
}

/** Fails early and clearly, before a database and sandboxes are started for nothing. */
export async function refuseTakenPort({ host, port }: { host: string; port: number }) {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenProblem(error, { host, port })))
    server.listen(port, host, () => server.close(() => resolve()))
  })
}

/** An error of `listen()` as a line for the operator; any other stays what it is. */
export function listenProblem(error: unknown, { host, port }: { host: string; port: number }): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} on ${host} is in use: stop the other program or set PORT to another one.`)
    case 'EACCES':
      return new StartError(`Port ${port} on ${host} may not be used by this user: set PORT to one above 1023.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(`${host} is not an address of this machine: set HOST to 127.0.0.1, or to one that is.`)
    default:
      return error
  }
}

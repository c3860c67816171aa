/** Starts a server in a process of its own, so that its CPU time and memory are its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { NODE_FLAGS } from '#start/node-flags.ts'
import type { FromChild, Usage } from './child.ts'

export type ServerName = 'ours' | 'bare' | 'postgraphile'

export type Server = {
  name: ServerName
  port: number
  /** `floor`: with the memory that is left when everything is given back that nobody holds. */
  usage(of?: 'floor'): Promise<Usage>
  stop(): Promise<void>
}

const entries: Record<ServerName, URL> = {
  ours: new URL('./ours.ts', import.meta.url),
  bare: new URL('./bare.ts', import.meta.url),
  postgraphile: new URL('../postgraphile/server.mjs', import.meta.url),
}

/** `profileFolder`: where it writes a CPU profile when it ends. */
type Options = { connectionString: string; profileFolder: string | null }

export async function startServer(name: ServerName, { connectionString, profileFolder }: Options): Promise<Server> {
  const child = fork(fileURLToPath(entries[name]), [connectionString, profileFolder ?? ''], {
    // Ours as its own commands start it.
    execArgv: name === 'ours' ? [...NODE_FLAGS, '--import', import.meta.resolve('#platform/quick-imports.ts')] : [],
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const exit = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the ${name} server ended with ${signal ?? `code ${code}`}`)
  })
  exit.catch(() => {})
  const told = async () => (await Promise.race([once(child, 'message'), exit]))[0] as FromChild

  const ready = await told()
  if (ready.kind !== 'ready') throw new Error(`expected the ${name} server to be ready, got ${ready.kind}`)
  return {
    name,
    port: ready.port,
    async usage(of) {
      child.send(of ?? 'usage')
      const answer = await told()
      if (answer.kind !== 'usage') throw new Error(`expected the usage of the ${name} server, got ${answer.kind}`)
      return answer
    },
    async stop() {
      if (child.connected) child.disconnect()
      await exit.catch(() => {})
    },
  }
}

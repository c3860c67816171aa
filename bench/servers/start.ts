/** Starts a server in a process of its own, so that its CPU time and memory are its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Query, Sample } from '../queries.ts'
import { benchToken, type FromChild, type Usage } from './child.ts'

export type Server = {
  name: 'ours' | 'bare'
  port: number
  /** One request, as its bytes go over the wire. */
  requestOf(query: Query, sample: Sample): Buffer
  usage(): Promise<Usage>
  stop(): Promise<void>
}

const entries = {
  ours: new URL('./ours.ts', import.meta.url),
  bare: new URL('./bare.ts', import.meta.url),
}
const requestMakers = { ours: graphqlRequest, bare: bareRequest }

export async function startServer(name: Server['name'], options: { connectionString: string; poolSize: number }): Promise<Server> {
  const child = fork(fileURLToPath(entries[name]), [options.connectionString, String(options.poolSize)], {
    execArgv: process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [],
    env: { ...process.env, NODE_ENV: 'production' },
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
    requestOf: requestMakers[name],
    async usage() {
      child.send('usage')
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

function graphqlRequest({ document, values }: Query, sample: Sample): Buffer {
  const body = Buffer.from(JSON.stringify({ query: document, variables: values(sample).variables }))
  const head = [
    'POST /graphql HTTP/1.1',
    'host: 127.0.0.1',
    'accept: application/json',
    'content-type: application/json',
    `authorization: Bearer ${benchToken}`,
    `content-length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}

function bareRequest({ name, values }: Query, sample: Sample): Buffer {
  const path = ['', name, ...values(sample).parameters].map(encodeURIComponent).join('/')
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
}

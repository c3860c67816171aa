/**
 * Several gateways on one port, each in a process of its own: what `--workers` is. The kernel spreads connections over
 * them; where it cannot, Node's cluster does. This process answers nothing itself, starts those again that end, and
 * takes all of them with it when it ends, also by kill -9.
 */
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ConfigOptions } from '#config.ts'
import { StartError } from '#errors.ts'
import { growingWait } from '#platform/jobs/growing-wait.ts'
import type { Log } from '#platform/log.ts'
import { NODE_FLAGS } from './node-flags.ts'

export type Gateways = {
  /** Of the GraphQL endpoint. */
  url: string
  /** All at once answer what is under way, and end. */
  close(): Promise<void>
}

/** `options` are those of the command: each process reads the configuration itself. */
export type GatewaysOptions = { count: number; options: ConfigOptions; log: Pick<Log, 'info' | 'error'> }

/** What a gateway's process tells. */
export type FromGateway = { kind: 'ready'; url: string } | { kind: 'failed'; message: string }
/** What it is told. */
export const STOP = 'stop'

const AGAIN_AFTER_MS = { first: 200, longest: 10_000 }
/** One that lived so long has not failed to start. */
const SOUND_AFTER_MS = 30_000

/** @throws StartError when one of them cannot start at all. */
export async function startGateways({ count, options, log }: GatewaysOptions): Promise<Gateways> {
  const ending = new AbortController()
  const all: Promise<void>[] = []

  function keep(first: Started, port: string) {
    all.push(keepRunning(first, { start: () => startOne({ ...options, port }), signal: ending.signal, log }))
    return first.ready
  }
  async function close() {
    ending.abort()
    // One that is still loading does not hear it yet.
    const telling = setInterval(tellAllToStop, AGAIN_AFTER_MS.first)
    tellAllToStop()
    await Promise.all(all).finally(() => clearInterval(telling))
  }

  try {
    const first = startOne(options)
    // Where any free port will do, the first one finds it.
    const url = await first.ready
    const port = new URL(url).port || '80' // which a URL leaves out
    await Promise.all([
      keep(first, port),
      ...Array.from({ length: count - 1 }, () => keep(startOne({ ...options, port }), port)),
    ])
    return { url, close }
  } catch (error) {
    await close()
    throw error
  }
}

function tellAllToStop(): void {
  for (const worker of Object.values(cluster.workers ?? {})) if (worker?.isConnected()) worker.send(STOP)
}

type Started = { worker: Worker; ready: Promise<string>; exit: Promise<string> }

function startOne(options: ConfigOptions): Started {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('./gateway-child.ts', import.meta.url)),
    args: [JSON.stringify(options)],
    execArgv: [...NODE_FLAGS, '--import', import.meta.resolve('#platform/quick-imports.ts')],
  })
  const worker = cluster.fork()
  const exit = new Promise<string>((resolve) => {
    worker.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))
    // It could not be started, or was gone before it was told something; without a listener that would end us.
    worker.on('error', (error) => {
      if (worker.process.pid === undefined) resolve(error.message)
    })
  })
  const ready = new Promise<string>((resolve, reject) => {
    worker.once('message', (told: FromGateway) => {
      if (told.kind === 'ready') resolve(told.url)
      else reject(new StartError(told.message))
    })
    void exit.then((how) => reject(new StartError(`a gateway's process ended with ${how} before it was ready`)))
  })
  ready.catch(() => {}) // whoever starts it again sees its end
  return { worker, ready, exit }
}

/** Until `signal` fires, then until the one that runs has ended. */
async function keepRunning(
  gateway: Started,
  { start, signal, log }: { start(): Started; signal: AbortSignal; log: GatewaysOptions['log'] },
): Promise<void> {
  for (let failures = 1; ; failures++) {
    const startedAt = Date.now()
    const how = await gateway.exit
    if (signal.aborted) return
    if (Date.now() - startedAt > SOUND_AFTER_MS) failures = 1
    const waitMs = Math.round(growingWait(failures, AGAIN_AFTER_MS))
    const { pid } = gateway.worker.process
    log.error({ gatewayPid: pid, waitMs }, `a gateway's process ended with ${how}, another one takes its place`)
    await sleep(waitMs, null, { signal }).catch(() => {})
    if (signal.aborted) return
    gateway = start()
    gateway.ready.then(
      () => log.info({ gatewayPid: gateway.worker.process.pid }, 'the place of a gateway is taken'),
      (error) => log.error({ err: error }, 'a gateway does not start'),
    )
  }
}

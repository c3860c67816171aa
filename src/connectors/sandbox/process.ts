/**
 * Runs the sandboxes in a process of their own, so that a big data set counts neither to the gateway's memory nor to its
 * event loop. The child ends with the parent, however that ends.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HostLog } from '#connectors/contract.ts'
import type { SandboxBackend, StartedSandboxes } from './start.ts'

export type SandboxProcessOptions = {
  /** See `startSandboxes`. */
  data?: string
  liveEveryMs?: number
  log: HostLog
  /** The module whose `loadSandboxes` gives the sandboxes; another one for tests. */
  registry?: string
}

/** What the child tells the parent. */
export type FromChild =
  | { kind: 'ready'; backends: SandboxBackend[] }
  | { kind: 'failed'; message: string }
  | { kind: 'log'; level: keyof HostLog; fields: object; message: string }

const killAfterMs = 3000

/** Rejects with what the child said, when it cannot start. `exited` settles when it ends, for whatever reason. */
export async function startSandboxProcess(
  options: SandboxProcessOptions,
): Promise<StartedSandboxes & { pid: number; exited: Promise<void> }> {
  const { log, registry = '#connectors/registry.ts', data, liveEveryMs } = options
  const child = fork(
    fileURLToPath(new URL('./process-child.ts', import.meta.url)),
    [JSON.stringify({ registry, data, liveEveryMs })],
    {
      execArgv: ['--import', import.meta.resolve('#platform/quick-imports.ts')],
      // Its stdout goes to stderr: ours belongs to what a command prints.
      stdio: ['ignore', 2, 2, 'ipc'],
    },
  )
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))

  const backends = await new Promise<SandboxBackend[]>((resolve, reject) => {
    child.on('message', (told: FromChild) => {
      if (told.kind === 'ready') resolve(told.backends)
      else if (told.kind === 'failed') reject(new Error(`The sandboxes could not start: ${told.message}`))
      else log[told.level](told.fields, told.message)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      reject(new Error(`The sandboxes could not start: their process ended with ${signal ?? `code ${code}`}`)),
    )
  })

  return {
    backends,
    pid: child.pid as number,
    exited,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      if (child.connected) child.disconnect()
      await exited
      clearTimeout(timer)
    },
  }
}

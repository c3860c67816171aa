/** What is tortured: sandboxes of their own, two gateways and two workers over one Postgres. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSandboxProcess } from '#connectors/sandbox/process.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import { type Child, startChild } from './children.ts'

export type Installation = {
  backends: SandboxBackend[]
  /** Two of each in the torture, one in that of faults. */
  workers: Child[]
  gateways: { child: Child; url: string }[]
  token: string
  startWorker(place: number): void
  startGateway(place: number): Promise<void>
  /** Runs a command to its end, without haste. @throws Error unless it went well. */
  run(args: string[]): Promise<void>
  /** Asks everybody to stop. Rejects when somebody does not end well. */
  stop(): Promise<void>
  /** Ends everything at once, the sandboxes too. */
  close(): Promise<void>
}

const TOKEN = 'token-of-the-torture'
/**
 * Short, so that 200 rounds take minutes. Some changes are carried out 2.2 s after they came (see `desks.ts`): after we
 * have given up on the answer, and before we look.
 */
const HASTE = { timeoutMs: 1500, writeSettlesAfterMs: 3000 }
const silent = { debug() {}, info() {}, warn() {}, error() {} }

export type InstallationOptions = {
  databaseUrl: string
  vendors: readonly string[]
  /** What the sandboxes hold, see `startSandboxes`. */
  data?: string
  /** For configuration and logs. */
  folder: string
  /** Whether its processes can be looked into, see `inside.ts`. */
  isInspected?: boolean
}

export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { databaseUrl, folder, isInspected = false } = options
  mkdirSync(folder, { recursive: true })
  const sandboxes = await startSandboxProcess({ log: silent, ...(options.data && { data: options.data }) })
  const backends = sandboxes.backends.filter(({ vendor }) => options.vendors.includes(vendor))
  const file = join(folder, 'config.json')
  const patientFile = join(folder, 'patient.json')
  const content = {
    workspace: { key: 'torture', name: 'Torture' },
    server: { port: 0, graphiql: false },
    database: { url: databaseUrl },
    delivery: { leaseSeconds: 1 },
    tokens: [{ name: 'torture', token: TOKEN, role: 'ADMIN' }],
    backends: backends.map((backend) => ({
      ...backend,
      settings: { ...backend.settings, ...HASTE },
      syncEverySeconds: 2,
    })),
  }
  writeFileSync(file, JSON.stringify(content, null, 2), { mode: 0o600 })
  writeFileSync(patientFile, JSON.stringify({ ...content, backends }, null, 2), { mode: 0o600 })
  const start = (name: string, args: string[], config = file) =>
    startChild(name, [...args, '--config', config, '--home', folder], { folder, isInspected })

  const workers: Child[] = []
  const gateways: Installation['gateways'] = []
  const installation: Installation = {
    ...{ backends, workers, gateways, token: TOKEN },
    startWorker(place) {
      workers[place] = start(`worker-${place + 1}`, ['work'])
    },
    async startGateway(place) {
      const child = start(`gateway-${place + 1}`, ['serve', '--no-work'])
      const [url] = await child.says(/http:\/\/127\.0\.0\.1:\d+\/\S*/)
      gateways[place] = { child, url }
    },
    async run(args) {
      const child = start('command', args, patientFile)
      await child.exited
      if (child.process.exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${child.process.exitCode}`)
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.says(/"msg":"running"/)))
      const children = [...workers, ...gateways.map(({ child }) => child)]
      await Promise.all(children.map((child) => child.kill('SIGTERM')))
      const failed = children.filter(({ process }) => process.exitCode !== 0)
      if (failed.length > 0)
        throw new Error(
          `${failed.map(({ name, process }) => `${name}: ${process.exitCode ?? process.signalCode}`).join(', ')} when asked to stop`,
        )
    },
    async close() {
      await Promise.all([...workers, ...gateways.map(({ child }) => child)].map((child) => child.kill('SIGKILL')))
      await sandboxes.close()
    },
  }
  return installation
}

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { HostLog } from '#connectors/contract.ts'
import { startSandboxProcess } from '#connectors/sandbox/process.ts'
import { startSandboxes } from '#connectors/sandbox/start.ts'
import { plainSandbox } from './plain-sandbox.ts'

const registry = new URL('./plain-registry.ts', import.meta.url).href
const quiet: HostLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-process-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('opens every sandbox on its own desk', async () => {
  const sandboxes = ['comm100', 'onebox'].map((vendor) => ({ ...plainSandbox, vendor }))
  const started = await startSandboxes({ sandboxes, log: quiet })
  const sizes = await Promise.all(
    started.backends.map(async ({ settings }) => {
      const answer = await fetch(`${settings.baseUrl}/tickets`)
      return ((await answer.json()) as { tickets: number[] }).tickets.length
    }),
  )
  expect(started.backends.map(({ vendor }) => vendor)).toEqual(['comm100', 'onebox'])
  for (const size of sizes) expect(size).toBeGreaterThan(60)
  await started.close()
  await expect(fetch(`${started.backends[0]?.settings.baseUrl}/tickets`)).rejects.toThrow()
})

it('runs them in a process of their own that ends when told', async () => {
  const lines: string[] = []
  const started = await startSandboxProcess({
    registry,
    liveEveryMs: 50,
    log: { ...quiet, info: (_, message) => lines.push(message) },
  })
  expect(started.backends).toMatchObject([{ vendor: 'chatwoot', name: 'Chatwoot (sandbox)' }])
  expect(lines).toContain('sandbox open')
  expect((await fetch(`${started.backends[0]?.settings.baseUrl}/tickets`)).status).toBe(200)
  process.kill(started.pid, 'SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(isAlive(started.pid)).toBe(true)
  await started.close()
  expect(isAlive(started.pid)).toBe(false)
})

it('says in clear words why it could not start', async () => {
  await expect(startSandboxProcess({ registry, data: join(folder, 'none.jsonl'), log: quiet })).rejects.toThrow(
    /could not start: ENOENT.*none\.jsonl/,
  )
})

it('ends by itself when the parent is killed', async () => {
  const script = join(folder, 'parent.ts')
  const module = new URL('../../../src/connectors/sandbox/process.ts', import.meta.url).href
  await writeFile(
    script,
    `const { startSandboxProcess } = await import(${JSON.stringify(module)})
const none = () => {}
const { pid } = await startSandboxProcess({ registry: ${JSON.stringify(registry)}, log: { debug: none, info: none, warn: none, error: none } })
console.log(pid)
setInterval(none, 1000)`,
  )
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = await new Promise<string>((resolve, reject) => {
    parent.stdout.once('data', (data) => resolve(String(data)))
    parent.once('exit', () => reject(new Error('The parent ended before it said anything')))
  })
  const pid = Number(said)
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false)
})

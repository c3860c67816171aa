import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { type ConfigOptions, requireConfig } from '#config.ts'
import { loadSandboxes } from '#connectors/registry.ts'
import { type SandboxBackend, startSandboxes } from '#connectors/sandbox/start.ts'
import { StartError } from '#errors.ts'
import { unusableFolder } from '#platform/db/embedded-cluster.ts'
import { makeFolder } from '#platform/folders.ts'
import { openLog } from '#platform/log.ts'
import { localToken } from './home.ts'
import { liveUntilStopped } from './life.ts'
import { liveEveryMs } from './live-option.ts'
import { print, tableOf } from './output.ts'

type SandboxCommandOptions = Pick<ConfigOptions, 'home'> & { data?: string; live?: string | true }

/** The sandboxes alone, and a configuration file with which `serve` uses them. */
export async function sandbox({ data, live, ...options }: SandboxCommandOptions) {
  const { home, logLevel } = requireConfig({ ...options, config: undefined })
  const log = openLog({ level: logLevel ?? 'warn' })
  const sandboxes = await loadSandboxes()
  await liveUntilStopped(log, async (life) => {
    const opening = startSandboxes({ sandboxes, data, liveEveryMs: liveEveryMs(live), log }).catch((cause: Error) => {
      throw new StartError(`the sandboxes could not start: ${cause.message}`, { cause })
    })
    const { backends } = await life.hold('the sandboxes', opening, (opened) => opened.close())
    const file = writeConfig(home, backends)
    print(tableOf(backends.map(({ vendor, settings }) => [vendor, originIn(settings)])))
    print()
    print(`Written: ${file}. With a Postgres of your own, in another terminal:`)
    print()
    print(`  DATABASE_URL=postgres://… npx deskgraph serve --config '${file.replaceAll("'", String.raw`'\''`)}'`)
    print()
    print('Ctrl-C stops the sandboxes.')
  })
}

function writeConfig(home: string, backends: SandboxBackend[]): string {
  const file = join(home, 'sandbox.yaml')
  const content = {
    workspace: { key: 'sandbox', name: 'Sandbox', locale: 'en' },
    backends: backends.map((backend) => ({ ...backend, syncEverySeconds: 5 })),
    tokens: [{ name: 'sandbox', token: localToken(home), role: 'ADMIN' }],
  }
  const head = '# The sandboxes that `deskgraph sandbox` serves right now; written anew each time it starts.\n'
  try {
    makeFolder(home)
    writeFileSync(file, head + stringify(content), { mode: 0o600 })
  } catch (cause) {
    throw unusableFolder(home, cause)
  }
  return file
}

function originIn(settings: Record<string, unknown>): string {
  const address = Object.values(settings).find((value) => typeof value === 'string' && URL.canParse(value))
  return address === undefined ? '' : new URL(String(address)).origin
}

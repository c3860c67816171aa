/** The entry of the sandboxes' own process, see `process.ts`; the first argument carries what to do, as JSON. */
import type { HostLog } from '#connectors/contract.ts'
import type { FromChild } from './process.ts'
import type { Sandbox } from './sandbox.ts'
import { startSandboxes } from './start.ts'

// The parent is gone or has had enough: whatever is open here is worth nothing without it.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole terminal group; the parent decides what it means.
process.on('SIGINT', () => {})

try {
  const { registry, ...options } = JSON.parse(process.argv[2] ?? '{}') as {
    registry: string
    data?: string
    liveEveryMs?: number
  }
  const { loadSandboxes } = (await import(registry)) as { loadSandboxes(): Promise<Sandbox[]> }
  const { backends } = await startSandboxes({
    ...options,
    sandboxes: await loadSandboxes(),
    log: logToParent(),
  })
  tell({ kind: 'ready', backends })
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.send?.({ kind: 'failed', message } satisfies FromChild, undefined, undefined, () => process.exit(1))
}

function tell(told: FromChild): void {
  if (process.connected) process.send?.(told)
}

function logToParent(): HostLog {
  const at = (level: keyof HostLog) => (fields: object, message: string) => {
    // An Error does not survive the way as it is.
    const plain = Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? String(value.stack ?? value) : value,
    ])
    tell({ kind: 'log', level, fields: Object.fromEntries(plain), message })
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Opens the sandboxes of all vendors, filled with the built-in data set or with a file. */
import type { HostLog } from '#connectors/contract.ts'
import { countsOf } from './control.ts'
import { builtInDesks } from './data/built-in.ts'
import type { Desk } from './desk.ts'
import { startLiveChanges } from './live.ts'
import { loadDesks } from './load.ts'
import type { Sandbox } from './sandbox.ts'
import { type ServedSandbox, type ServeOptions, serveSandbox } from './server.ts'

export type StartSandboxesOptions = {
  sandboxes: Sandbox[]
  /** A JSONL or JSONL.gz file of conversations, see `load.ts`; the built-in data set when left out. */
  data?: string
  /** See `startLiveChanges`; nothing happens when left out. */
  liveEveryMs?: number
  serve?: ServeOptions
  log: HostLog
}

/** A help desk account that can be reached with `settings`. */
export type SandboxBackend = { key: string; name: string; vendor: string; settings: Record<string, unknown> }

export type StartedSandboxes = { backends: SandboxBackend[]; close(): Promise<void> }

/** `origins` by vendor and host. */
export async function startSandboxes({
  sandboxes,
  data,
  liveEveryMs,
  serve,
  log,
}: StartSandboxesOptions): Promise<StartedSandboxes & { origins: Record<string, ServedSandbox['origins']> }> {
  const desks: Record<string, Desk> =
    data === undefined ? builtInDesks({ now: new Date() }) : (await loadDesks(data, { log })).desks
  const opened: ServedSandbox[] = []
  const backends: SandboxBackend[] = []
  const origins: Record<string, ServedSandbox['origins']> = {}
  const close = async () => {
    await Promise.all(opened.map((served) => served.close()))
  }
  try {
    for (const sandbox of sandboxes) {
      const desk = desks[sandbox.vendor]
      if (!desk)
        throw new Error(
          `Expected a sandbox of ${Object.keys(desks).join(', ')}, got ${sandbox.vendor}: the data set has nothing for it`,
        )
      const served = await serveSandbox(sandbox, desk, serve)
      opened.push(served)
      origins[sandbox.vendor] = served.origins
      backends.push({
        key: `${sandbox.vendor}-sandbox`,
        name: nameOf(sandbox.vendor),
        vendor: sandbox.vendor,
        settings: served.settings,
      })
      log.info({ vendor: sandbox.vendor, origins: served.origins, ...countsOf(desk) }, 'sandbox open')
    }
  } catch (error) {
    await close()
    throw error
  }
  const open = Object.fromEntries(sandboxes.map(({ vendor }) => [vendor, desks[vendor] as Desk]))
  const stop =
    liveEveryMs === undefined || sandboxes.length === 0
      ? () => {}
      : startLiveChanges(open, {
          everyMs: liveEveryMs,
          onError: (error) => log.error({ error }, 'a live change of the sandbox failed'),
        })
  return {
    ...{ backends, origins },
    async close() {
      stop()
      await close()
    },
  }
}

function nameOf(vendor: string): string {
  return `${vendor[0]?.toUpperCase()}${vendor.slice(1)} (sandbox)`
}

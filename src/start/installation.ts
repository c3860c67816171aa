import type { Config, ConfiguredBackend, ConfiguredWorkspace } from '#config.ts'
import { connectorByKey } from '#connectors/registry.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import { StartError } from '#errors.ts'
import { runningStart } from './home.ts'

/** A database and the tenants whose backends are copied into it. */
export type Installation = { databaseUrl: string; workspaces: ConfiguredWorkspace[] }

/** The configured one, or with nothing configured the start that runs on the data folder. */
export function findInstallation(config: Config): Installation {
  const { file, database, workspaces, home } = config
  if (file !== null || database.url !== null) return { databaseUrl: databaseUrlOf(config), workspaces }
  const running = runningStart(home)
  if (running) return { databaseUrl: running.databaseUrl, workspaces: onSandboxes(config, running.backends) }
  throw new StartError(
    `nothing is configured, and no start runs on ${home}: set DESKGRAPH_CONFIG and DATABASE_URL, or run npm start first`,
  )
}

export function databaseUrlOf({ database, file }: Config): string {
  if (database.url !== null) return database.url
  throw new StartError(`no database is configured: set DATABASE_URL${file ? `, or database.url in ${file}` : ''}`)
}

/** The one workspace of a start with nothing configured. */
export function onSandboxes({ workspaces }: Config, backends: SandboxBackend[]): ConfiguredWorkspace[] {
  return workspaces.map((workspace) => ({ ...workspace, backends: backends.map(sandboxBackend) }))
}

/** Only a few seconds between rounds: whoever looks at sandboxes wants to see something happen. */
function sandboxBackend({ settings, ...backend }: SandboxBackend): ConfiguredBackend {
  const shape = connectorByKey(backend.vendor)?.settings
  return { ...backend, settings: shape?.parse(settings), syncEverySeconds: 5, fullSyncEverySeconds: 86_400 }
}

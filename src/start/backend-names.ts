/** Backends as people write them: by their key, with the workspace's before it where there are several. */
import type { ConfiguredBackend, ConfiguredWorkspace } from '#config.ts'
import { StartError } from '#errors.ts'
import { nearest } from './nearest.ts'

export type NamedBackend = ConfiguredBackend & { workspaceKey: string; label: string }

export function namedBackends(workspaces: ConfiguredWorkspace[]): NamedBackend[] {
  return workspaces.flatMap(({ key: workspaceKey, backends }) =>
    backends.map((backend) => ({
      ...backend,
      workspaceKey,
      label: labelOf({ workspaceKey, key: backend.key }, workspaces),
    })),
  )
}

function labelOf({ workspaceKey, key }: { workspaceKey: string; key: string }, workspaces: unknown[]): string {
  return workspaces.length > 1 ? `${workspaceKey}/${key}` : key
}

/** The one that is meant: its key is enough where no other workspace has it too. @throws StartError */
export function backendNamed(name: string, known: NamedBackend[]): NamedBackend {
  const fitting = known.filter(({ key, workspaceKey }) => name === key || name === `${workspaceKey}/${key}`)
  if (fitting.length === 1) return fitting[0] as NamedBackend
  const labels = (fitting.length > 1 ? fitting : known).map(({ label }) => label)
  if (fitting.length > 1) throw new StartError(`there are several backends ${name}: say ${labels.join(' or ')}`)
  const near = nearest(name, labels)
  throw new StartError(
    `there is no backend ${name}${near ? `, did you mean ${near}?` : ` (known: ${labels.join(', ')})`}`,
  )
}

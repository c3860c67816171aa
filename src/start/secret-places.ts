/** Where the secrets of a configuration are. */

import { connectorByKey } from '#connectors/registry.ts'
import { type FoundSecret, secretsIn } from '#connectors/secret-settings.ts'
import { type ConfigFile, configFileShape } from './config-shape.ts'

/** All of them in the content of a configuration file, as they stand there. */
export function secretPlacesIn(content: unknown): FoundSecret[] {
  const inBackends = backendsIn(content).flatMap(({ backend, path }) => {
    const shape = connectorByKey(String(backend?.vendor))?.settings
    return shape ? secretsIn(shape, backend?.settings, [...path, 'settings']) : []
  })
  return [...secretsIn(configFileShape, content), ...inBackends]
}

type Placed = { backend: { vendor?: unknown; settings?: unknown } | null; path: PropertyKey[] }

/** Of the file itself, and of its workspaces. */
function backendsIn(content: unknown, path: PropertyKey[] = []): Placed[] {
  const { backends, workspaces } = (content ?? {}) as { backends?: unknown; workspaces?: unknown }
  const own = (Array.isArray(backends) ? backends : []).map((backend, index) => ({
    ...{ backend, path: [...path, 'backends', index] },
  }))
  const inner = path.length === 0 && Array.isArray(workspaces) ? workspaces : []
  return [...own, ...inner.flatMap((workspace, index) => backendsIn(workspace, ['workspaces', index]))]
}

/** What must not be seen in a log; of a database's address its password. */
export function credentialsIn(content: ConfigFile, databaseUrl: string | undefined): string[] {
  const values = secretPlacesIn(content).map(({ value }) => value)
  return [...values, databaseUrl ?? ''].flatMap(passwordsOrAll).filter((value) => value !== '')
}

function passwordsOrAll(value: string): string[] {
  const url = /^postgres(ql)?:/.test(value) ? URL.parse(value) : null
  return url ? [decodeURIComponent(url.password), ...url.searchParams.getAll('password')] : [value]
}

/** Where the secrets of a configuration are. */

import { connectorByKey } from '#connectors/registry.ts'
import { type FoundSecret, secretsIn } from '#connectors/secret-settings.ts'
import { type ConfigFile, configFileShape } from './config-shape.ts'

/** All of them in the content of a configuration file, as they stand there. */
export function secretPlacesIn(content: unknown): FoundSecret[] {
  const { backends } = (content ?? {}) as { backends?: unknown }
  const inBackends = (Array.isArray(backends) ? backends : []).flatMap((backend, index) => {
    const shape = connectorByKey(String(backend?.vendor))?.settings
    return shape ? secretsIn(shape, backend.settings, ['backends', index, 'settings']) : []
  })
  return [...secretsIn(configFileShape, content), ...inBackends]
}

/** What must not be seen in a log; of a database's address its password. */
export function credentialsIn(content: ConfigFile, databaseUrl: string | undefined): string[] {
  const values = secretPlacesIn(content).map(({ value }) => value)
  return [...values, databaseUrl ?? ''].map(passwordOrAll).filter((value) => value !== '')
}

function passwordOrAll(value: string): string {
  if (!/^postgres(ql)?:/.test(value)) return value
  return decodeURIComponent(URL.parse(value)?.password ?? '')
}

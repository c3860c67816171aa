/** Who is let in before anybody was: without it a first start would either be open to all or useless. */

import type { Config, ConfiguredWorkspace } from '#config.ts'
import { hasUsableKeys } from '#domain/api-keys/loaders.ts'
import type { RightsOf } from '#domain/webhooks/saver.ts'
import { StartError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import { sha256 } from '#sha256.ts'
import { isLoopback } from './address.ts'
import { localToken } from './home.ts'

const LOCAL = 'local'

type Served = Pick<Config, 'workspaces' | 'server' | 'home' | 'file'>

/** A token for this machine alone, of the first workspace, where nobody else is named who may come in; else null. */
export function localTokenOf({ workspaces, server, home }: Served): string | null {
  return letsNobodyIn(workspaces) && isLoopback(server.host) ? localToken(home) : null
}

export function withLocalToken<Workspace extends ConfiguredWorkspace>(workspaces: Workspace[], local: string | null) {
  if (local === null) return workspaces
  const token = { name: LOCAL, sha256: sha256(local), role: 'ADMIN' as const }
  return workspaces.map((workspace, index) => (index === 0 ? { ...workspace, tokens: [token] } : workspace))
}

/** What tokens may ask for today; those that a provider signed are the only ones to tell of themselves. */
export function rightsIn(workspaces: readonly (ConfiguredWorkspace & { id: string })[]): RightsOf {
  return (workspaceId, tokenName) => {
    const { tokens = [], identityProviders = [] } = workspaces.find(({ id }) => id === workspaceId) ?? {}
    if (identityProviders.some(({ key }) => tokenName.startsWith(`jwt:${key}:`))) return 'KEPT'
    if (tokenName === LOCAL && letsNobodyIn([...workspaces])) return usualScopes('ADMIN')
    const token = tokens.find(({ name }) => name === tokenName)
    if (!token || (token.expiresAt != null && token.expiresAt <= new Date())) return null
    return token.scopes ? new Set(token.scopes) : usualScopes(token.role)
  }
}

/** @throws StartError when a start on sandboxes would be reached from elsewhere. */
export function refuseForeigners({ server }: Pick<Config, 'server'>): void {
  if (isLoopback(server.host)) return
  throw new StartError(
    `no tokens are configured, so only this machine may connect, but HOST is ${server.host}: ` +
      'set tokens in a configuration file (DESKGRAPH_CONFIG), or HOST to 127.0.0.1',
  )
}

/** @throws StartError when others could connect and there is nobody who could sign in. */
export async function refuseEmptyDoor(db: Db, { server, file, workspaces }: Served, workspaceIds: string[]) {
  if (isLoopback(server.host) || !letsNobodyIn(workspaces) || (await hasUsableKeys(db, workspaceIds))) return
  throw new StartError(
    `nobody could sign in, but HOST is ${server.host}: set tokens or identityProviders in ` +
      `${file ?? 'a configuration file (DESKGRAPH_CONFIG)'}, make an API key (deskgraph keys create), or set HOST to 127.0.0.1`,
  )
}

function letsNobodyIn(workspaces: ConfiguredWorkspace[]): boolean {
  return workspaces.every(({ tokens, identityProviders }) => tokens.length + identityProviders.length === 0)
}

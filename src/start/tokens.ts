import { timingSafeEqual } from 'node:crypto'
import { type Config, type ConfiguredToken, sha256Of } from '#config.ts'
import { StartError } from '#errors.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { isLoopback } from './address.ts'
import { localToken } from './home.ts'

export type Tokens = {
  list: ConfiguredToken[]
  /** The one made on this machine, when none is configured. */
  local: string | null
}

/** Without configured tokens there is one for this machine alone, so nothing else may reach the server. */
export function openTokens({ tokens, server, home }: Config): Tokens {
  if (tokens.length > 0) return { list: tokens, local: null }
  if (!isLoopback(server.host)) {
    throw new StartError(
      `no tokens are configured, so only this machine may connect, but HOST is ${server.host}: ` +
        'set tokens in a configuration file (DESKGRAPH_CONFIG), or HOST to 127.0.0.1',
    )
  }
  const local = localToken(home)
  return { list: [{ name: 'local', sha256: sha256Of(local), role: 'ADMIN' }], local }
}

/** Who a bearer token speaks for. Takes the same time whichever token it is, or none. */
export function authenticator({ list }: Tokens, workspaceId: string): (bearerToken: string | null) => Viewer | null {
  return (bearerToken) => {
    const given = sha256Of(bearerToken ?? '')
    const [found] = list.filter(({ sha256 }) => timingSafeEqual(sha256, given))
    if (!found || bearerToken === null) return null
    const { role, name: tokenName } = found
    return { workspaceId, actorId: null, role, scopes: usualScopes(role), tokenName }
  }
}

/** Signs download and upload addresses. The same in every gateway of one configuration, and different where tokens are. */
export function downloadKey({ list }: Tokens): string {
  return sha256Of(`downloads ${list.map(({ sha256 }) => sha256.toString('hex')).sort()}`).toString('hex')
}

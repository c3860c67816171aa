/**
 * Who a bearer token speaks for: those of the configuration file, API keys of ours, and tokens that the company's own
 * identity provider signed. A token is found by its hash or proved by its signature, so that no comparison tells how
 * much of a guess was right.
 */

import { type ActorReference, actorIdReferred } from '#domain/actors/reference.ts'
import type { Db } from '#platform/db/client.ts'
import { type Scope, usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { looksSigned } from '#platform/identity/signed-token.ts'
import type { Log } from '#platform/log.ts'
import { sha256 } from '#sha256.ts'
import { type IdentityWorkspace, openIdentity, type Person } from './identity.ts'
import { openKept } from './kept.ts'
import { openKnownKeys } from './known-keys.ts'

/** A token of the configuration file. Only its hash is kept: the token itself is never needed again. */
export type ConfiguredToken = {
  name: string
  /** In hexadecimal digits. */
  sha256: string
  role: Viewer['role']
  /** Left out: those usual for the role. */
  scopes?: readonly Scope[] | null
  actor?: ActorReference | null
  expiresAt?: Date | null
}

/** A workspace and who may come in. */
export type EnteredWorkspace = IdentityWorkspace & { tokens: readonly ConfiguredToken[] }

export type SigningInOptions = {
  db: Db
  log: Log
  workspaces: readonly EnteredWorkspace[]
  /** Milliseconds since 1970. */
  now?: () => number
}

/** Null for no token, and for one that is not good. @throws Error when it cannot be told now. */
export type Authenticate = (bearerToken: string | null) => Promise<Viewer | null> | Viewer | null

const PERSON_KEPT_MS = 10_000

export function openSigningIn({ db, log, workspaces, now = Date.now }: SigningInOptions): Authenticate {
  const configured = new Map(
    workspaces.flatMap(({ id, tokens }) =>
      tokens.map((token) => [token.sha256, { token, viewer: viewerOf(id, token) }]),
    ),
  )
  const people = openKept<string | null>({ forMs: PERSON_KEPT_MS, now })
  const actorIdOf = ({ workspaceId, reference, role }: Person) =>
    people(JSON.stringify([workspaceId, role, reference]), () => actorIdReferred(db, workspaceId, reference, role))
  const byKey = openKnownKeys({ db, log, workspaceIds: workspaces.map(({ id }) => id), now })
  const bySignature = openIdentity({ workspaces, log, actorIdOf, now })

  function byConfiguration(bearerToken: string): Promise<Viewer> | Viewer | null {
    const found = configured.get(sha256(bearerToken))
    if (!found || (found.token.expiresAt != null && found.token.expiresAt.getTime() <= now())) return null
    const { viewer, token } = found
    const { actor: reference } = token
    if (!reference) return viewer
    return actorIdOf({ ...viewer, reference }).then((actorId) => ({ ...viewer, actorId }))
  }

  return (bearerToken) => {
    if (bearerToken === null) return null
    return byConfiguration(bearerToken) ?? byKeyOrSignature(bearerToken)
  }

  async function byKeyOrSignature(bearerToken: string): Promise<Viewer | null> {
    return (await byKey(bearerToken)) ?? (looksSigned(bearerToken) ? bySignature(bearerToken) : null)
  }
}

/** But for the actor, whose id is looked up again and again. */
function viewerOf(workspaceId: string, { role, scopes, name: tokenName }: ConfiguredToken): Viewer {
  return { workspaceId, actorId: null, role, scopes: scopes ? new Set(scopes) : usualScopes(role), tokenName }
}

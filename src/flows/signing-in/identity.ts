/** What the tokens of a company's own identity provider mean to us. */

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { type ActorReference, actorReferenceOf } from '#domain/actors/reference.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import { type Scope, scopesWithin, usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { type KeySet, openKeySet } from '#platform/identity/key-set.ts'
import {
  type Claims,
  claimAt,
  isPlain,
  type TokenRules,
  unverifiedClaims,
  verifiedClaims,
} from '#platform/identity/signed-token.ts'
import type { Log } from '#platform/log.ts'
import { sha256 } from '#sha256.ts'
import { openKept } from './kept.ts'
import { readKeys } from './key-reading.ts'

type Role = Viewer['role']

/** One provider of one workspace. */
export type IdentityProvider = {
  /** Names it in logs, and its people's doings. */
  key: string
  issuer: string
  audience: string
  algorithms: readonly string[]
  clockSkewSeconds: number
  keys: { jwksUrl: string } | { publicKey: string } | { sharedSecret: string }
  /** What its people may do when their tokens do not say; null: who has no role is not let in. */
  role: Role | null
  /** Its own words for our roles. */
  roles: Readonly<Record<string, Role>>
  /** Names of claims; null: there is none. */
  claims: { workspace: string | null; role: string | null; scopes: string | null; person: string | null }
  personBy: 'email' | 'identifier' | 'externalId' | 'id'
  /** Key of the help desk that external ids are of. */
  personBackend: string | null
  /** Whether a mail address counts that the token does not call verified. */
  trustsEmail: boolean
}

export type IdentityWorkspace = { id: string; key: string; identityProviders: readonly IdentityProvider[] }

type Opened = { workspace: IdentityWorkspace; provider: IdentityProvider; rules: TokenRules }

export type Person = { workspaceId: string; reference: ActorReference; role: Role }

export type IdentityOptions = {
  workspaces: readonly IdentityWorkspace[]
  log: Log
  /** Id of somebody; null when there is nobody. */
  actorIdOf(person: Person): Promise<string | null>
  now?: () => number
}

/** Who a signed token speaks for; null for one that is not good. @throws Error when nobody can tell. */
export function openIdentity({ workspaces, log, actorIdOf, now = Date.now }: IdentityOptions) {
  const keySets = new Map<string, KeySet>()
  const keySetAt = (url: string) => {
    const known = keySets.get(url) ?? openKeySet({ url, read: readKeys, log, now })
    keySets.set(url, known)
    return known
  }
  const all: Opened[] = workspaces.flatMap((workspace) =>
    workspace.identityProviders.map((provider) => ({ workspace, provider, rules: rulesOf(provider, keySetAt) })),
  )

  async function read(token: string): Promise<Proved | null> {
    const said = unverifiedClaims(token)
    const opened = said && all.find((candidate) => isFor(candidate, said))
    if (!opened) return null
    const claims = await verifiedClaims(token, opened.rules, new Date(now()))
    const viewer = claims && (await viewerOf(opened, claims, actorIdOf))
    return viewer && { viewer, endsAtMs: ((claims.exp ?? 0) + opened.provider.clockSkewSeconds) * 1000 }
  }

  // A proof takes 170 µs of CPU, the rest of signing in 3. Only what is good is kept, by a hash of a text that has one
  // spelling, and never past its end.
  const kept = openKept<Proved | null>({ forMs: PROOF_KEPT_MS, isKept: (proved) => proved !== null, now })

  return async (token: string): Promise<Viewer | null> => {
    const proved = await kept(sha256(token), () => read(token))
    return proved && now() < proved.endsAtMs ? proved.viewer : null
  }
}

type Proved = { viewer: Viewer; endsAtMs: number }

/** So long a token is still good whose key was withdrawn. */
const PROOF_KEPT_MS = 3000

/** The provider's own key, or that of its set that fits. */
function rulesOf(provider: IdentityProvider, keySetAt: (url: string) => KeySet): TokenRules {
  const { issuer, audience, algorithms, clockSkewSeconds, keys } = provider
  const rules = { issuer, audience, algorithms, clockSkewSeconds }
  if ('jwksUrl' in keys) return { ...rules, keyFor: keySetAt(keys.jwksUrl).keyFor }
  const key: KeyObject =
    'publicKey' in keys ? createPublicKey(keys.publicKey) : createSecretKey(Buffer.from(keys.sharedSecret))
  return { ...rules, keyFor: async () => key }
}

/** Only to find whose keys to ask; what is read here is believed after they were asked. */
function isFor({ workspace, provider }: Opened, { iss, aud, ...claims }: Partial<Claims>): boolean {
  if (iss !== provider.issuer || ![aud].flat().includes(provider.audience)) return false
  const { workspace: name } = provider.claims
  return name === null || claimAt(claims, name) === workspace.key
}

async function viewerOf(
  { workspace, provider }: Opened,
  claims: Claims,
  actorIdOf: IdentityOptions['actorIdOf'],
): Promise<Viewer | null> {
  const role = roleOf(provider, claims)
  if (role === null) return null
  const reference = referenceOf(provider, claims)
  const actorId = reference && (await actorIdOf({ workspaceId: workspace.id, reference, role }))
  const tokenName = `jwt:${provider.key}:${claims.sub}`
  return { workspaceId: workspace.id, actorId, role, scopes: scopesOf(provider, claims, role), tokenName }
}

/** Strongest first: of several words the strongest counts. */
const rolesByStrength: Role[] = ['ADMIN', 'INTEGRATION', 'AGENT', 'CONTACT']

/** Words we do not know do not count: providers put all kinds of groups there. Where some are translated, ours are theirs. */
function roleOf({ role, roles, claims: names }: IdentityProvider, claims: Claims): Role | null {
  const said = names.role === null ? [] : wordsIn(claimAt(claims, names.role))
  const isTranslated = Object.keys(roles).length > 0
  const known = said.map((word) => {
    if (isTranslated) return Object.hasOwn(roles, word) ? roles[word] : undefined
    return Object.hasOwn(viewerRoles, word) ? word : undefined
  })
  return rolesByStrength.find((candidate) => known.includes(candidate)) ?? role
}

/** Where tokens name scopes, one that names none has none; what the role cannot have is left out. */
function scopesOf({ claims: names }: IdentityProvider, claims: Claims, role: Role): ReadonlySet<Scope> {
  if (names.scopes === null) return usualScopes(role)
  return new Set(scopesWithin(role, wordsIn(claimAt(claims, names.scopes))))
}

/** A list, or a text with blanks between the words, as OAuth writes scopes. */
function wordsIn(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((word) => typeof word === 'string')
  return typeof claim === 'string' ? claim.split(' ') : []
}

const LONGEST_REFERENCE = 320

function referenceOf(provider: IdentityProvider, claims: Claims): ActorReference | null {
  const { personBy, personBackend, trustsEmail, claims: names } = provider
  const value = names.person === null ? null : claimAt(claims, names.person)
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  if (typeof text !== 'string' || !isPlain(text, LONGEST_REFERENCE)) return null
  switch (personBy) {
    case 'email':
      return trustsEmail || claims.email_verified === true ? { by: 'email', email: text } : null
    case 'identifier':
      return { by: 'identifier', identifier: text }
    case 'externalId':
      return personBackend === null ? null : { by: 'externalId', backendKey: personBackend, externalId: text }
    case 'id': {
      const reference = actorReferenceOf(text)
      return reference.by === 'id' ? reference : null
    }
  }
}

import type { Role } from './roles.ts'
import type { Scope } from './scopes.ts'

/** Who a token speaks for. */
export type Viewer = {
  workspaceId: string
  /** The actor of ours that the token's bearer is; null for a program. */
  actorId: string | null
  role: Role
  /** What the token may ask for, within what exists for its role. */
  scopes: ReadonlySet<Scope>
  /**
   * Name of the token, for people and logs, and whose something is: never that of another token of the workspace. Plain
   * for those of the configuration file, `key:…` for API keys, `jwt:<provider>:<subject>` for signed ones.
   */
  tokenName: string
}

/** How much of what is said on a ticket exists for a viewer: what customers may read, all but private notes, or everything. */
export type Sight = 'PUBLIC' | 'WITHOUT_NOTES' | 'ALL'
export function sightOf({ role, scopes }: Viewer): Sight {
  if (role === 'CONTACT') return 'PUBLIC'
  return scopes.has('NOTES_READ') ? 'ALL' : 'WITHOUT_NOTES'
}

/** What customers may read of it, where nobody else is named. */
export function shownNameOf({ tokenName }: Viewer): string {
  return tokenName.replace(/^(key|jwt:[^:]*):/, '')
}

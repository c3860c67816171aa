/** Writing the audit log: the one way in, for commands as for administration. */
import { v7 as uuidv7 } from 'uuid'
import type { Db } from '#platform/db/client.ts'
import { auditEntries } from './table.ts'

export type Audited = {
  workspaceId: string
  /** Null for a program, and for the command line. */
  actorId: string | null
  /** Name of the token; of the command line's commands their name, e.g. `deskgraph keys`. */
  tokenName: string
  /** The mutation, or what corresponds to it: `keyRevoke`. */
  operation: string
  outcome: 'DONE' | 'REFUSED'
  /** Global ids of what it was about, the main one first. */
  targets: readonly string[]
  /** Names of fields and plain values: neither what people wrote nor secrets. */
  changes: AuditedChange[]
  /** Null where there is none, as on the command line. */
  clientAddress: string | null
  requestId: string
  at: Date
}

/** What happened to some of the targets alike. */
export type AuditedChange = {
  kind: 'CREATED' | 'UPDATED' | 'DELETED' | 'GIVEN'
  /** Names of the graph's fields that changed; of `GIVEN` those of the input that were filled in. */
  fields: readonly string[]
  /** Global ids; left out: of all targets. */
  nodes?: readonly string[]
  /** Before and after, of fields that hold plain words, numbers and times. */
  values?: Record<string, readonly [before: unknown, after: unknown]>
}

/** To be called in the transaction that does it: both are kept, or neither. */
export async function recordAudit(tx: Db, { targets, ...entry }: Audited): Promise<void> {
  await tx.insert(auditEntries).values({ ...entry, id: uuidv7(), targets: [...targets] })
}

/** Turning what clients name into rows of the workspace, and saying clearly when there is none. */
import { and, eq, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { searchableActors } from '#domain/actors/loaders.ts'
import { actors, departments } from '#domain/actors/table.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { tags } from '#domain/tags/table.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import type { ActorRefShape } from './inputs.ts'
import type { Command } from './outcome.ts'
import { invalid, missing, type Path } from './problem.ts'

export type ActorRow = typeof actors.$inferSelect

/** @throws CommandError */
export function backendFrom({ backends }: Command, nodeId: string, path: Path): BackendRow {
  const id = idFrom(nodeId, 'Backend')
  const backend = backends.find((row) => row.id === id)
  if (!backend) throw missing('backend', nodeId, path)
  return backend
}

type Owned = { id: string; backendId: string | null }
type Searched = PgTable & { workspaceId: PgColumn; id: PgColumn }

/** The row behind a global id, which has to belong to the backend. */
async function rowIn<Row extends Owned>(
  { tx, workspaceId }: Command,
  {
    table,
    what,
    nodeId,
    types,
    backendId,
    path,
  }: {
    table: Searched
    what: string
    nodeId: string
    types: string[]
    backendId: string | null
    path: Path
  },
): Promise<Row> {
  const id = idFrom(nodeId, ...types)
  const [row] = id
    ? ((await tx
        .select()
        .from(table as PgTable)
        .where(and(eq(table.workspaceId, workspaceId), eq(table.id, id)))) as Row[])
    : []
  if (!row) throw missing(what, nodeId, path)
  if (backendId !== null && row.backendId !== null && row.backendId !== backendId) {
    throw invalid(path, `Expected a ${what} of the same help desk, got one of another.`, 'sameBackend')
  }
  return row
}

/** An agent or a bot. */
export async function agentFrom(command: Command, nodeId: string, backendId: string, path: Path): Promise<ActorRow> {
  const types = ['Agent', 'Bot']
  const row = await rowIn<ActorRow>(command, { table: actors, what: 'agent', nodeId, types, backendId, path })
  if (row.type !== 'AGENT' && row.type !== 'CHATBOT') throw missing('agent', nodeId, path)
  return row
}

/** Of a contact that became part of another, that one. */
async function contactFrom(command: Command, nodeId: string, backendId: string | null, path: Path): Promise<ActorRow> {
  return followed(command, await exactContactFrom(command, nodeId, backendId, path))
}

export async function exactContactFrom(
  command: Command,
  nodeId: string,
  backendId: string | null,
  path: Path,
): Promise<ActorRow> {
  const types = ['Contact']
  const row = await rowIn<ActorRow>(command, { table: actors, what: 'contact', nodeId, types, backendId, path })
  if (row.type !== 'CONTACT' && row.type !== 'VISITOR') throw missing('contact', nodeId, path)
  return row
}

async function followed({ tx, workspaceId }: Command, row: ActorRow): Promise<ActorRow> {
  if (row.mergedIntoId === null) return row
  const [target] = await tx
    .select()
    .from(actors)
    .where(and(eq(actors.workspaceId, workspaceId), eq(actors.id, row.mergedIntoId)))
  return target ?? row
}

export function departmentFrom(command: Command, nodeId: string, backendId: string, path: Path) {
  return rowIn<typeof departments.$inferSelect>(command, {
    ...{ table: departments, what: 'department', nodeId, types: ['Department'], backendId, path },
  })
}

export function channelFrom(command: Command, nodeId: string, backendId: string, path: Path) {
  return rowIn<typeof channels.$inferSelect>(command, {
    ...{ table: channels, what: 'channel', nodeId, types: ['Channel'], backendId, path },
  })
}

export function accountFrom(command: Command, nodeId: string, backendId: string, path: Path) {
  return rowIn<typeof channelAccounts.$inferSelect>(command, {
    ...{ table: channelAccounts, what: 'channel account', nodeId, types: ['ChannelAccount'], backendId, path },
  })
}

export function tagFrom(command: Command, nodeId: string, backendId: string | null, path: Path) {
  return rowIn<typeof tags.$inferSelect>(command, { table: tags, what: 'tag', nodeId, types: ['Tag'], backendId, path })
}

/** Somebody named in one of the ways of `ActorRef`; null when a contact is named that the help desk does not know. */
export async function actorFromRef(
  command: Command,
  ref: ActorRefShape,
  backendId: string,
  path: Path,
): Promise<ActorRow | null> {
  if (ref.contactId != null) return contactFrom(command, ref.contactId, backendId, [...path, 'contactId'])
  if (ref.agentId != null) return agentFrom(command, ref.agentId, backendId, [...path, 'agentId'])
  if (ref.botId != null) return agentFrom(command, ref.botId, backendId, [...path, 'botId'])
  return ref.contact ? contactByRef(command, ref.contact, backendId) : null
}

export type ContactRefShape = NonNullable<ActorRefShape['contact']>

/** The oldest contact of the backend that is called so, or what it became part of. */
export async function contactByRef(
  command: Command,
  { external, email, identifier, phone }: ContactRefShape,
  backendId: string,
): Promise<ActorRow | null> {
  const { tx, workspaceId } = command
  const named = external
    ? eq(actors.externalId, external.externalId)
    : email != null
      ? sql`lower(${actors.email}) = lower(${email})`
      : identifier != null
        ? eq(actors.identifier, identifier)
        : eq(actors.phone, phone ?? '')
  const [row] = await tx
    .select()
    .from(searchableActors)
    .where(
      and(
        eq(actors.workspaceId, workspaceId),
        eq(actors.backendId, backendId),
        sql`${actors.type} in ('CONTACT', 'VISITOR')`,
        named,
      ),
    )
    .orderBy(actors.createdAt, actors.id)
    .limit(1)
  return row ? followed(command, row) : null
}

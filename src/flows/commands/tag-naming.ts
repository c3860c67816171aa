/** Tags by their names. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { tags } from '#domain/tags/table.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import { invalid, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'

const LONGEST_NAME = 100
const LONGEST_COLOR = 50

/** The id of the backend's tag of this name; made when there is none. */
export async function tagNamed(command: Command, backend: BackendRow, given: string, path: Path): Promise<string> {
  const name = tagName(given, path)
  await lockTagName(command, backend.id, name)
  const known = await tagOfName(command, backend.id, name)
  return known ?? makeTag(command, backend, { name, color: null }, path)
}

export function tagName(given: string, path: Path): string {
  return plausible.line(given, path, { most: LONGEST_NAME })
}

/** As the help desk writes it, e.g. `#1f93ff`; null or empty for none. */
export function tagColor(given: string | null | undefined, path: Path): string | null {
  return given == null || given.trim() === '' ? null : plausible.line(given, path, { most: LONGEST_COLOR })
}

/** `exceptId`: the tag that is to have the name. @throws CommandError when another one has it. */
export async function claimTagName(
  command: Command,
  { backendId, name, exceptId, path }: { backendId: string | null; name: string; exceptId?: string; path: Path },
): Promise<void> {
  await lockTagName(command, backendId, name)
  const known = await tagOfName(command, backendId, name)
  if (known !== null && known !== exceptId)
    throw invalid(path, `Expected a name that no tag has yet, got ${JSON.stringify(name)}.`, 'unique')
}

/** Held until the end of the command: two at once would make two tags of one name. */
async function lockTagName({ tx, workspaceId }: Command, backendId: string | null, name: string): Promise<void> {
  const key = `tag ${workspaceId} ${backendId} ${name.toLowerCase()}`
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`)
}

/** `backendId` null: of our own tags. */
async function tagOfName({ tx, workspaceId }: Command, backendId: string | null, name: string): Promise<string | null> {
  const [row] = await tx
    .select({ id: tags.id })
    .from(tags)
    .where(
      and(
        eq(tags.workspaceId, workspaceId),
        backendId === null ? isNull(tags.backendId) : eq(tags.backendId, backendId),
        sql`lower(${tags.name}) = lower(${name})`,
      ),
    )
    .limit(1)
  return row?.id ?? null
}

/** @throws CommandError where the help desk has no tags of its own and takes none from us. */
export async function makeTag(
  command: Command,
  backend: BackendRow,
  { name, color }: { name: string; color: string | null },
  path: Path,
): Promise<string> {
  const { tx, workspaceId, now } = command
  const level = vendorOf(backend).writing.tags
  if (!canDo(level)) throw unsupported(backend, 'TICKET_TAGS', path, `${vendorOf(backend).name} takes no new tags.`)
  const id = uuidv7()
  await tx
    .insert(tags)
    .values({ workspaceId, id, backendId: backend.id, externalId: newExternalId(id), name, color, createdAt: now })
  if (level === 'NATIVE') {
    const input = { tagId: id }
    await promise(command, { backendId: backend.id, ticketId: null, lanes: [id], operation: 'createTag', input })
  }
  return id
}

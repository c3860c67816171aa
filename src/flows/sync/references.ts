/**
 * What tickets point at: channels, departments, people, tags. For each key of a page the row is found (in the cache of
 * this run, then in Postgres) or made, before the transaction; the transaction writes those that are new or changed.
 */
import { and, eq } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { ActorRef, Records, TagRecord } from '#connectors/contract.ts'
import { actors, departments } from '#domain/actors/table.ts'
import { channelAccounts, channels } from '#domain/channels/table.ts'
import { beingWritten, tagsBeingRemoved } from '#domain/deliveries/open-writes.ts'
import { lockMerging, mergedContacts } from '#domain/merges/contact-moves.ts'
import { tags } from '#domain/tags/table.ts'
import { views } from '#domain/views/table.ts'
import { anyOf } from '#platform/db/any-of.ts'
import type { Db } from '#platform/db/client.ts'
import {
  type Actor,
  type ActorRecord,
  actorKey,
  actorRow,
  agentRow,
  contactRow,
  refRow,
  type Said,
} from './actor-rows.ts'
import type { Gathered } from './gather.ts'
import { contentHash } from './hash.ts'
import {
  accountKeysIn,
  actorKeysIn,
  actorRefsIn,
  channelKeysIn,
  departmentKeysIn,
  departmentMembersIn,
  externalIdOf,
  placesIn,
} from './page-keys.ts'
import {
  type Account,
  type Backend,
  type Channel,
  contactsToo,
  type Department,
  isContact,
  rowsOf,
  type Tag,
  type View,
  writeAccounts,
  writeActors,
  writeChannels,
  writeDepartments,
  writeMembers,
  writeTags,
  writeViews,
} from './reference-rows.ts'
import { short } from './tame.ts'
import { type KnownIds, namedInViews, ticketFilterOf } from './view-filters.ts'

/** Rows by key; made new for every run, since only the holder of the lease may believe it. */
export type ReferenceCache = ReturnType<typeof newReferenceCache>

export function newReferenceCache() {
  return {
    channels: new Map<string, Channel>(),
    accounts: new Map<string, Account>(),
    departments: new Map<string, Department>(),
    tags: new Map<string, Tag>(),
    views: new Map<string, View>(),
    actors: new Map<string, Actor>(),
  }
}

const MAX_CACHED_ACTORS = 20_000
/** Hashed in place of a row that is only an id: whatever explains it later differs. */
const UNEXPLAINED = 'unexplained'

/** The ids a page needs, and what has to be written for them. */
export type References = {
  actorId(ref: ActorRef): string
  channelId(externalId: string): string | null
  accountId(externalId: string): string | null
  departmentId(externalId: string): string | null
  tagId(externalId: string): string | null
  write(tx: Db): Promise<void>
  /** To be called after the commit. */
  remember(): void
}

export async function resolveReferences(input: {
  db: Db
  backend: Backend
  records: Records
  gathered: Gathered
  cache: ReferenceCache
  fetchedAt: Date
}): Promise<References> {
  const { db, backend, records, gathered, cache, fetchedAt } = input
  const owner = { workspaceId: backend.workspaceId, backendId: backend.id }
  const places = placesIn(gathered)
  const ofViews = namedInViews(records.views)
  const ticketTags = [...gathered.tickets.values()].flatMap((ticket) => ticket.tags ?? [])

  const found = {
    channels: await rowsOf(db, backend, channels, cache.channels, channelKeysIn(records, places)),
    accounts: await rowsOf(db, backend, channelAccounts, cache.accounts, accountKeysIn(records, places)),
    departments: await rowsOf(db, backend, departments, cache.departments, [
      ...departmentKeysIn(records, gathered),
      ...ofViews.departments,
    ]),
    tags: await rowsOf(db, backend, tags, cache.tags, [
      ...[...records.tags, ...ticketTags].map(externalIdOf),
      ...ofViews.tags,
    ]),
    views: await rowsOf(db, backend, views, cache.views, records.views.map(externalIdOf)),
    actors: await contactsToo(db, backend, cache.actors, [...actorKeysIn(records, gathered), ...ofViews.actors]),
  }
  const removedTags = await tagsBeingRemoved(
    db,
    backend,
    [...records.tags, ...ticketTags].map(externalIdOf).filter((key) => !found.tags.has(key)),
    fetchedAt,
  )
  const changed = newReferenceCache()
  /** Ids of rows that were there before. */
  const existing = new Set<string>()
  /** Ids of rows that stay as they are, whatever the page says. */
  const left = new Set<string>()
  let merged: ReadonlyMap<string, string> = new Map()
  const members = new Map<string, string[]>()

  /** Puts what a record says over the row that is there; nothing happens when it says the same. */
  function put<Row extends { id: string; contentHash: string }>(
    known: Map<string, Row>,
    changes: Map<string, Row>,
    key: string,
    row: Omit<Row, 'id' | 'contentHash'>,
    hashed: unknown = row,
  ) {
    const before = known.get(key)
    const hash = contentHash(hashed)
    if (before?.contentHash === hash) return
    if (before && !changes.has(key)) existing.add(before.id)
    const after = { ...row, id: before?.id ?? uuidv7(), contentHash: hash } as Row
    known.set(key, after)
    changes.set(key, after)
  }

  for (const { externalId, type, name, accounts, isProvisional = false } of records.channels) {
    if (isProvisional && found.channels.has(externalId)) continue
    put(found.channels, changed.channels, externalId, { ...owner, externalId, type, name })
    const channelId = found.channels.get(externalId)?.id as string
    for (const account of accounts) {
      const row = {
        ...owner,
        channelId,
        externalId: account.externalId,
        name: account.name,
        address: account.address ?? null,
      }
      if (!isProvisional || !found.accounts.has(account.externalId)) {
        put(found.accounts, changed.accounts, account.externalId, row)
      }
    }
  }
  // Not every account may read every list: what tickets name and no list explained stands under its id.
  for (const { channel, account } of places) {
    const channelKey = channel ?? (account && !found.accounts.has(account) ? 'unknown' : null)
    if (channelKey && !found.channels.has(channelKey)) {
      const row = { ...owner, externalId: channelKey, type: 'OTHER' as const, name: channelKey }
      put(found.channels, changed.channels, channelKey, row, UNEXPLAINED)
    }
    if (account && !found.accounts.has(account)) {
      const channelId = found.channels.get(channelKey as string)?.id as string
      const row = { ...owner, channelId, externalId: account, name: account, address: null }
      put(found.accounts, changed.accounts, account, row, UNEXPLAINED)
    }
  }

  for (const record of records.agents) putActor(agentRow(record), record)
  for (const record of records.contacts) {
    const before = found.actors.get(actorKey(record))
    // Without a hash it was written here last: our clock says nothing of the vendor's.
    const isTheirs = before && !before.isProvisional && before.contentHash !== ''
    const isOlder = isTheirs && record.updatedAt && record.updatedAt < before.updatedAt
    if (!isOlder) putActor(contactRow(record), record)
  }
  for (const ref of [...actorRefsIn(gathered), ...departmentMembersIn(records)]) {
    const before = found.actors.get(actorKey(ref))
    if (!before || before.isProvisional) putActor(refRow(ref), ref)
  }

  function putActor(said: Said, record: ActorRecord) {
    const before = found.actors.get(actorKey(record))
    const { row, hashed } = actorRow(said, record, { before, owner, fetchedAt })
    put(found.actors, changed.actors, actorKey(record), row, hashed)
  }

  for (const { externalId, name, agentExternalIds, isProvisional = false } of records.departments) {
    if (isProvisional && found.departments.has(externalId)) continue
    const row = { ...owner, externalId, name }
    put(found.departments, changed.departments, externalId, row, [row, agentExternalIds])
    const id = changed.departments.get(externalId)?.id
    const idsOf = (agents: string[]) => agents.map((agent) => actorIdOf({ type: 'AGENT', externalId: agent }))
    if (id && agentExternalIds) members.set(id, [...new Set(idsOf(agentExternalIds))])
  }
  for (const { departmentExternalId: externalId } of gathered.tickets.values()) {
    if (externalId == null || found.departments.has(externalId)) continue
    put(found.departments, changed.departments, externalId, { ...owner, externalId, name: externalId }, UNEXPLAINED)
  }
  for (const tag of [...records.tags, ...ticketTags]) if (!removedTags.has(tag.externalId)) putTag(tag)
  const knownIds: KnownIds = {
    agent: (externalId) => found.actors.get(actorKey({ type: 'AGENT', externalId }))?.id ?? null,
    bot: (externalId) => found.actors.get(actorKey({ type: 'CHATBOT', externalId }))?.id ?? null,
    department: (externalId) => found.departments.get(externalId)?.id ?? null,
    tag: (externalId) => found.tags.get(externalId)?.id ?? null,
  }
  // What their conditions point at is known by now.
  for (const [position, view] of records.views.entries()) {
    const { externalId, name, isShared = true, condition = null } = view
    const before = found.views.get(externalId)
    const filter = ticketFilterOf(view, backend.id, knownIds)
    const said = { ...owner, externalId, name, isShared, position, condition, filter }
    const row = { ...said, createdAt: before?.createdAt ?? fetchedAt }
    put(found.views, changed.views, externalId, row, { ...row, createdAt: null })
  }

  // A ticket often says only the name of its tags: what it leaves out stays.
  function putTag({ externalId, name, color, createdAt }: TagRecord) {
    const before = found.tags.get(externalId)
    const row = {
      ...{ ...owner, externalId, name: short(name, 500) },
      color: color === undefined ? (before?.color ?? null) : color,
      createdAt: createdAt === undefined ? (before?.createdAt ?? null) : createdAt,
    }
    put(found.tags, changed.tags, externalId, row)
  }

  function actorIdOf(ref: ActorRef): string {
    const id = found.actors.get(actorKey(ref))?.id as string // every ref of the page was put above
    return merged.get(id) ?? id
  }

  return {
    actorId: actorIdOf,
    channelId: (externalId) => found.channels.get(externalId)?.id ?? null,
    accountId: (externalId) => found.accounts.get(externalId)?.id ?? null,
    departmentId: (externalId) => found.departments.get(externalId)?.id ?? null,
    tagId: (externalId) => found.tags.get(externalId)?.id ?? null,
    async write(tx) {
      await lockMerging(tx, backend.id, { isShared: true })
      const contactIds = [...found.actors.values()].filter(isContact).map(({ id }) => id)
      merged = await mergedContacts(tx, backend.workspaceId, contactIds)
      await leaveOurs(tx, actors, changed.actors)
      await leaveOurs(tx, tags, changed.tags)
      await writeChannels(tx, [...changed.channels.values()])
      await writeAccounts(tx, [...changed.accounts.values()])
      await writeActors(tx, [...changed.actors.values()])
      await writeDepartments(tx, [...changed.departments.values()])
      await writeTags(tx, [...changed.tags.values()])
      await writeViews(tx, [...changed.views.values()])
      await writeMembers(tx, backend.workspaceId, members)
    },
    remember() {
      if (cache.actors.size > MAX_CACHED_ACTORS) cache.actors.clear()
      for (const [kind, rows] of Object.entries(found)) {
        const remembered = cache[kind as keyof ReferenceCache] as Map<string, unknown>
        // Nothing reads the raw form again, and it is the biggest part of a person.
        for (const [key, row] of rows) {
          if (left.has(row.id)) remembered.delete(key)
          else remembered.set(key, kind === 'actors' ? { ...row, raw: null } : row)
        }
      }
    },
  }

  /** What a change of ours is under way for stays as it is, and what was removed here meanwhile stays away. */
  async function leaveOurs(tx: Db, table: typeof actors | typeof tags, rows: Map<string, { id: string }>) {
    const ids = [...rows.values()].map(({ id }) => id).filter((id) => existing.has(id))
    if (ids.length === 0) return
    const locked = await tx
      .select({ id: table.id })
      .from(table)
      .where(and(eq(table.workspaceId, backend.workspaceId), anyOf(table.id, ids)))
      .orderBy(table.id)
      .for('no key update')
    const here = new Set(locked.map(({ id }) => id))
    const underWay = await beingWritten(tx, backend.workspaceId, ids)
    for (const [key, { id }] of rows) {
      if (!existing.has(id) || (here.has(id) && !underWay.has(id))) continue
      rows.delete(key)
      left.add(id)
    }
  }
}

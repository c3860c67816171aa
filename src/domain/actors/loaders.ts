import { and, asc, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { collectFilter, type Filter } from '#platform/db/filter.ts'
import { type LoadContext, loaderPerRequest, manyBy, manyThrough, oneBy, type RowOf } from '#platform/db/loader.ts'
import type { NamedOrder } from '#platform/db/order.ts'
import { searchable } from '#platform/db/searchable.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { actors, departmentAgents, departments } from './table.ts'

const { raw, contentHash: _hash, ...actorColumns } = getTableColumns(actors)
export type ActorRow = RowOf<typeof actorColumns>
export const actorById = oneBy(actors, actors.id, actorColumns)
export const actorRawById = oneBy(actors, actors.id, { raw }, { name: 'actor_raw' })

/** The actor under an id that may be missing; of a contact that became part of another, that one. */
export function actorOf(context: LoadContext, id: string | null): Promise<ActorRow | null> | null {
  return id === null ? null : actorById(context, id).then((row) => followed(context, row))
}

function followed(context: LoadContext, row: ActorRow | null): Promise<ActorRow | null> | ActorRow | null {
  return row?.mergedIntoId ? actorById(context, row.mergedIntoId) : row
}

const byName: NamedOrder = {
  name: 'actors by name',
  steps: [
    { by: actors.displayName, type: 'text', direction: 'ASC' },
    { by: actors.id, type: 'uuid', direction: 'ASC' },
  ],
}
/** For finding people by what they are called. */
export const searchableActors = searchable(actors)

export const contactList = {
  name: 'contacts',
  table: searchableActors,
  columns: actorColumns,
  order: byName,
  where: sql`${actors.type} in ('CONTACT', 'VISITOR') and ${actors.mergedIntoId} is null`,
}
const isContact = sql`${actors.type} in ('CONTACT', 'VISITOR')`

export const agentList = {
  name: 'agents',
  table: searchableActors,
  columns: actorColumns,
  order: byName,
  where: eq(actors.type, 'AGENT'),
}

/** What somebody types to find a person: part of the name, or the start of a mail address, number or key. */
export function personMatches(query: string, value: (given: unknown) => SQL): SQL {
  const pattern = literalPattern('query', query)
  const anywhere = value(`%${pattern}%`)
  const start = value(`${pattern.toLowerCase()}%`)
  return sql`(${actors.displayName} ilike ${anywhere} or lower(${actors.email}) like ${start} or ${actors.phone} like ${start} or ${actors.identifier} = ${value(query)})`
}

const departmentColumns = getTableColumns(departments)
export type DepartmentRow = RowOf<typeof departmentColumns>
export const departmentById = oneBy(departments, departments.id, departmentColumns)
/** The department under an id that may be missing. */
export async function departmentOf(context: LoadContext, id: string | null): Promise<DepartmentRow | null> {
  return id === null ? null : departmentById(context, id)
}
export const departmentsOfBackend = manyBy(departments, departments.backendId, departmentColumns, {
  orderBy: [asc(departments.name), asc(departments.id)],
})

export const agentsOfDepartment = manyThrough(
  { table: departmentAgents, from: departmentAgents.departmentId, to: departmentAgents.agentId },
  actors,
  actorColumns,
  { name: 'agents_of_departments', orderBy: [actors.displayName, actors.id] },
)
export const departmentsOfAgent = manyThrough(
  { table: departmentAgents, from: departmentAgents.agentId, to: departmentAgents.departmentId },
  departments,
  departmentColumns,
  { name: 'departments_of_agents', orderBy: [departments.name, departments.id] },
)

/** The first contact that a reference fits, or what it became part of; null when there is none. */
export async function contactWhere(context: LoadContext, condition: SQL): Promise<ActorRow | null> {
  const { db, workspaceId } = context
  const [row] = await db
    .select(actorColumns)
    .from(searchableActors)
    .where(and(eq(actors.workspaceId, workspaceId), isContact, condition))
    .orderBy(actors.isProvisional, actors.createdAt, actors.id)
    .limit(1)
  return followed(context, row ?? null)
}

const emailContacts = loaderPerRequest<string, ActorRow | null, string>(async ({ db, workspaceId }, keys) => {
  const [backendIds, emails] = [keys.map((key) => key.slice(0, 36)), keys.map((key) => key.slice(37))]
  const rows = await db
    .select(actorColumns)
    .from(searchableActors)
    .where(
      and(
        eq(actors.workspaceId, workspaceId),
        isContact,
        sql`lower(${actors.email}) = any(${sql.param(emails)})`,
        sql`${actors.backendId} = any(${sql.param([...new Set(backendIds)])})`,
      ),
    )
    // Of several, the one that `contactByRef` gives: it is set last.
    .orderBy(desc(actors.isProvisional), desc(actors.createdAt), desc(actors.id))
  const found = new Map(rows.map((row) => [`${row.backendId} ${row.email?.toLowerCase()}`, row]))
  return keys.map((key) => found.get(key) ?? null)
})
/** The contact of a backend that has this mail address. */
export async function contactByEmail(context: LoadContext, backendId: string, email: string): Promise<ActorRow | null> {
  return followed(context, await emailContacts(context).load(`${backendId} ${email.toLowerCase()}`))
}

/** A filter with no more than the given conditions. */
export function filterOf(build: (collector: ReturnType<typeof collectFilter>) => void): Filter {
  const collector = collectFilter()
  build(collector)
  return collector.done()
}

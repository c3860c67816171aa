/**
 * What a thing made here is called until its help desk has given it an id; for emulated things that is for ever. SQL
 * writes `like 'deskgraph:%'` out: Postgres uses a partial index only where the query has the same literal.
 */
const prefix = 'deskgraph:'

export function newExternalId(id: string): string {
  return prefix + id
}

/** False while the help desk has not said what it calls the thing. */
export function isVendorId(externalId: string): boolean {
  return !externalId.startsWith(prefix)
}

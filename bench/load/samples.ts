/** The tickets that requests ask for, drawn at random; their place in the inbox is asked of the servers. */
import { onDatabase } from '../data/database.ts'
import { chanceFrom } from '../data/texts.ts'
import { anyPageDocument } from '../postgraphile/queries.ts'
import type { Sample } from '../queries.ts'
import { ask, graphqlRequest } from '../servers/requests.ts'

const perRequest = 100

const placesDocument = `
  query Places($ids: [ID!]!) {
    tickets(filter: { ids: $ids }, orderBy: [{ field: UPDATED_AT, direction: DESC }], first: ${perRequest}) {
      edges { cursor node { id status updatedAt } }
    }
  }`
type Places = { tickets: { edges: { cursor: string; node: { id: string; status: string; updatedAt: string } }[] } }

type Options = { connectionString: string; ourPort: number; postgraphilePort?: number; sampleCount?: number }

/** @returns a function that draws one after the other. */
export async function drawSamples(options: Options): Promise<() => Sample> {
  const { sampleCount = 2000 } = options
  const ids = await onDatabase(options.connectionString, async (client) => {
    const { rows } = await client.query<{ id: string }>(`
      select id from tickets where not is_spam and not is_recycled order by hashtext(id::text) limit ${sampleCount}`)
    return rows.map(({ id }) => id)
  })
  const postgraphileCursor = await postgraphileCursors(options.postgraphilePort)
  const samples: Sample[] = []
  for (let start = 0; start < ids.length; start += perRequest) {
    const some = ids.slice(start, start + perRequest).map((id) => Buffer.from(`Ticket:${id}`).toString('base64url'))
    const { tickets } = (await ask(options.ourPort, graphqlRequest(placesDocument, { ids: some }))) as Places
    for (const { cursor, node } of tickets.edges) {
      const id = Buffer.from(node.id, 'base64url').toString().split(':')[1] ?? ''
      const place = { ...node, nodeId: node.id, id, cursor }
      samples.push({ ...place, postgraphileCursor: postgraphileCursor(place) })
    }
  }
  const chance = chanceFrom(1)
  return () => samples[Math.floor(chance() * samples.length)] as Sample
}

/** Its cursors are a digest of the order and the values of the row; the digest is taken from one that it gave. */
async function postgraphileCursors(port: number | undefined) {
  if (!port) return () => ''
  const page = (await ask(port, graphqlRequest(anyPageDocument, {}))) as {
    tickets: { pageInfo: { endCursor: string } }
  }
  const [digest] = JSON.parse(Buffer.from(page.tickets.pageInfo.endCursor, 'base64').toString())
  return ({ updatedAt, id }: { updatedAt: string; id: string }) =>
    Buffer.from(JSON.stringify([digest, updatedAt, id])).toString('base64')
}

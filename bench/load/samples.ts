/** The tickets that requests ask for, drawn at random; their place in the inbox is asked of our own server. */
import { onDatabase } from '../data/database.ts'
import { chanceFrom } from '../data/texts.ts'
import type { Sample } from '../queries.ts'
import { ask, graphqlRequest } from '../servers/requests.ts'

const sampleCount = 2000
const perRequest = 100

const placesDocument = `
  query Places($ids: [ID!]!) {
    tickets(filter: { ids: $ids }, orderBy: [{ field: UPDATED_AT, direction: DESC }], first: ${perRequest}) {
      edges { cursor node { id status updatedAt } }
    }
  }`
type Places = { tickets: { edges: { cursor: string; node: { id: string; status: string; updatedAt: string } }[] } }

/** @returns a function that draws one after the other. */
export async function drawSamples(options: { connectionString: string; ourPort: number }): Promise<() => Sample> {
  const ids = await onDatabase(options.connectionString, async (client) => {
    const { rows } = await client.query<{ id: string }>(`
      select id from tickets where not is_spam and not is_recycled order by hashtext(id::text) limit ${sampleCount}`)
    return rows.map(({ id }) => id)
  })
  const samples: Sample[] = []
  for (let start = 0; start < ids.length; start += perRequest) {
    const some = ids.slice(start, start + perRequest).map((id) => Buffer.from(`Ticket:${id}`).toString('base64url'))
    const { tickets } = (await ask(options.ourPort, graphqlRequest(placesDocument, { ids: some }))) as Places
    for (const { cursor, node } of tickets.edges) {
      const id = Buffer.from(node.id, 'base64url').toString().split(':')[1] ?? ''
      samples.push({ ...node, nodeId: node.id, id, cursor })
    }
  }
  const chance = chanceFrom(1)
  return () => samples[Math.floor(chance() * samples.length)] as Sample
}

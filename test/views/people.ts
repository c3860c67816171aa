/** The built-in data behind the gateway, asked by several people, each with a token of their own. */
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { savedViews } from '#domain/views/table.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Answer } from '../support/gateway.ts'
import { makeWorkspace } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

/** Call it at the top level of a test file. */
export async function servePeople() {
  const viewers = new Map<string, Viewer>()
  const served = await serveBuiltIn({ authenticate: (token) => viewers.get(token ?? '') ?? null })
  const { db, workspaceId, url } = served
  const one = async (query: ReturnType<typeof sql>) => ((await db.execute(query)).rows[0] as { id: string }).id

  // Whoever is mentioned most and not read, the next one, and whoever asked most.
  const ids = {
    ana: await one(sql`select agent_id as id from mentions where not is_read group by 1 order by count(*) desc, 1`),
    bob: await one(sql`select assignee_id as id from tickets where assignee_id not in
      (select agent_id from mentions) group by 1 order by count(*) desc, 1`),
    customer: await one(sql`select requester_id as id from tickets join actors using (workspace_id)
      where actors.id = requester_id and type = 'CONTACT' group by 1 order by count(*) desc, 1`),
  }
  const elsewhere = await makeWorkspace(db)
  for (const [tokenName, actorId, role, workspace] of [
    ['ana', ids.ana, 'AGENT', workspaceId],
    ['bob', ids.bob, 'AGENT', workspaceId],
    ['customer', ids.customer, 'CONTACT', workspaceId],
    ['program', null, 'ADMIN', workspaceId],
    ['stranger', null, 'ADMIN', elsewhere],
  ] as const)
    viewers.set(tokenName, { tokenName, actorId, role, scopes: usualScopes(role), workspaceId: workspace })

  return {
    ...served,
    ids,
    elsewhere,
    /** What somebody is answered. */
    async askAs(name: string, query: string, variables: object = {}): Promise<Answer> {
      const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
      return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
    },
    /** A row as `viewSave` makes it; its global id. */
    async save(said: Partial<typeof savedViews.$inferInsert> = {}): Promise<string> {
      const row = {
        ...{ workspaceId, id: uuidv7(), ownerTokenName: 'ana', name: 'Saved', isShared: true, position: 0 },
        ...{ filter: {}, ...said },
      }
      await db.insert(savedViews).values(row)
      return nodeIdOf('View', row.id)
    },
  }
}

/** A gateway with the real way of signing in, and a company with some people behind it. */
import { v7 as uuidv7 } from 'uuid'
import { afterAll, onTestFinished } from 'vitest'
import { actors } from '#domain/actors/table.ts'
import { openSigningIn, type SigningInOptions } from '#flows/signing-in/signing-in.ts'
import { registerBackends } from '#flows/sync/register.ts'
import type { Db } from '#platform/db/client.ts'
import { openLog } from '#platform/log.ts'
import { openTestGateway } from '../support/gateway.ts'

export const log = openLog({ level: 'silent' })

/** A workspace with one backend. */
export async function makeCompany(db: Db, key: string) {
  const [row] = await registerBackends(db, [
    { workspace: { key, name: key }, key: 'desk', name: 'Desk', vendor: 'chatwoot' },
  ])
  const { workspaceId, backendId } = row as NonNullable<typeof row>
  return {
    workspaceId,
    backendId,
    async person(values: Partial<typeof actors.$inferInsert>): Promise<string> {
      const id = uuidv7()
      const usual = { type: 'CONTACT', externalId: id, displayName: 'Somebody' } as const
      await db.insert(actors).values({ ...usual, ...values, workspaceId, backendId, id })
      return id
    },
  }
}

type Entered = Partial<SigningInOptions['workspaces'][number]> & { id: string }

/** For one test, or for the whole file. `doorDb`: where keys and people are looked up. */
export async function openDoor(
  db: Db,
  workspaces: Entered[],
  options: { now?: () => number; doorDb?: Db; forFile?: boolean } = {},
) {
  const { now, doorDb = db } = options
  const entered = workspaces.map((workspace) => ({
    key: workspace.id,
    tokens: [],
    identityProviders: [],
    ...workspace,
  }))
  const authenticate = openSigningIn({ db: doorDb, log, workspaces: entered, now })
  const { url, close } = await openTestGateway(db, { workspaceId: entered[0]?.id, authenticate })
  ;(options.forFile ? afterAll : onTestFinished)(() => close())
  return {
    url,
    authenticate,
    async ask(token: string | null, query = '{ viewer { role tokenName actor { displayName } } }', variables = {}) {
      const startedAt = performance.now()
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
      })
      const body = (await response.json()) as { data: never; errors?: { extensions: { code: string } }[] }
      return { status: response.status, headers: response.headers, ms: performance.now() - startedAt, ...body }
    },
  }
}

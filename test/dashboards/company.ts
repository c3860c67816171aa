/** A company with two help desks on a database of the test file's own, asked by several people over the wire. */
import { afterAll } from 'vitest'
import { type Records, records } from '#connectors/contract.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { storePage } from '#flows/sync/store.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { GatewayOptions } from '#platform/http/gateway.ts'
import { openLog } from '#platform/log.ts'
import { runOver } from '../support/asking.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { cleanerOfFile } from '../syncing/backend.ts'
import { minute } from '../syncing/scripted.ts'

/** Call it at the top level of a test file. `other` lives in another company on the same database. */
export async function openCompany(options: Partial<GatewayOptions> = {}) {
  const { db, pool } = await createTestDatabase()
  const cleaner = cleanerOfFile()
  const [acme, other] = [
    { key: 'acme', name: 'Acme' },
    { key: 'other', name: 'Other' },
  ]
  const registered = await registerBackends(db, [
    { workspace: acme, key: 'chats', name: 'Chats', vendor: 'chatwoot' },
    { workspace: acme, key: 'mails', name: 'Mails', vendor: 'comm100' },
    { workspace: other, key: 'chats', name: 'Chats elsewhere', vendor: 'chatwoot' },
  ])
  const [chats, mails, elsewhere] = registered.map(({ workspaceId, backendId }, index) => {
    const backend = { id: backendId, backendId, workspaceId, vendor: index === 1 ? 'comm100' : 'chatwoot' }
    return {
      ...backend,
      nodeId: nodeIdOf('Backend', backendId),
      store: (page: Partial<Records>, askedAtMinute = 100_000) =>
        storePage({ db, backend, records: records(page), fetchedAt: minute(askedAtMinute), cleaner } as never),
    }
  }) as unknown as [TestDesk, TestDesk, TestDesk]

  const { workspaceId } = chats
  const viewers = new Map<string, Viewer>([
    ['program', { workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: 'program' }],
    [
      'stranger',
      {
        workspaceId: elsewhere.workspaceId,
        actorId: null,
        role: 'ADMIN',
        scopes: usualScopes('ADMIN'),
        tokenName: 'stranger',
      },
    ],
  ])
  const { during } = watchStatements(pool)
  const gateway = await openTestGateway(db, {
    workspaceId,
    log: openLog({ level: 'error' }),
    authenticate: (token) => viewers.get(token ?? '') ?? null,
    ...options,
  })
  afterAll(() => gateway.close())

  async function askAs(name: string, query: string, variables: object = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
  }
  return {
    ...{ db, pool, workspaceId, chats, mails, elsewhere, askAs, statementsDuring: during, url: gateway.url },
    /** As the program; gives the first field. */
    run: runOver((query, variables) => askAs('program', query, variables)),
    runAs: (name: string) => runOver((query, variables) => askAs(name, query, variables)),
    /** Lets an actor of a help desk sign in under a name; their UUID. */
    async signIn(name: string, role: Viewer['role'], desk: TestDesk, externalId: string): Promise<string> {
      const { rows } = await pool.query('select id from actors where backend_id = $1 and external_id = $2', [
        desk.id,
        externalId,
      ])
      viewers.set(name, {
        workspaceId: desk.workspaceId,
        actorId: rows[0].id,
        role,
        scopes: usualScopes(role),
        tokenName: name,
      })
      return rows[0].id
    },
  }
}

export type TestDesk = {
  id: string
  backendId: string
  workspaceId: string
  nodeId: string
  store(page: Partial<Records>, askedAtMinute?: number): Promise<unknown>
}

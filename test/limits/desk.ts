/** A gateway with limits of its own, and people of several roles who ask it over HTTP. */
import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Db } from '#platform/db/client.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { GatewayOptions } from '#platform/http/gateway.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'

const roles = ['CONTACT', 'AGENT', 'ADMIN', 'INTEGRATION'] as const

/** For one test. Tokens are the names of the roles. */
export async function deskFor(db: Db, options: Parameters<typeof openDesk>[1] = {}) {
  const desk = await openDesk(db, options)
  onTestFinished(() => desk.close())
  return desk
}

/** The caller closes it. */
export async function openDesk(db: Db, options: Partial<GatewayOptions> & { workspaceId?: string } = {}) {
  const viewers = new Map<string, Viewer>()
  const gateway = await openTestGateway(db, { ...options, authenticate: (token) => viewers.get(token ?? '') ?? null })
  const { workspaceId, url } = gateway
  for (const role of roles) {
    const actorId = role === 'CONTACT' || role === 'AGENT' ? randomUUID() : null
    viewers.set(role, { workspaceId, actorId, role, scopes: usualScopes(role), tokenName: role })
  }

  /** The body as it is; the answer as it came. */
  async function post(body: string, role: string = 'ADMIN'): Promise<Answer> {
    const headers = { authorization: `Bearer ${role}`, 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body })
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
  }
  return {
    ...gateway,
    post,
    askAs: (role: string, query: string, variables: object = {}) => post(JSON.stringify({ query, variables }), role),
  }
}

/** One line of the log for each request: what was asked by whom and how it went. No bodies, no variables, no tokens. */
import type { ServerResponse } from 'node:http'
import type { OperationDefinitionNode } from 'graphql'
import type { Log } from '#platform/log.ts'
import type { RequestFacts } from './request.ts'

/** To be written when the answer is out, or the client is gone. Those who only ask whether we are alive are a matter of debugging. */
export function logAccess(log: Log, method: string | undefined, response: ServerResponse, facts: RequestFacts): void {
  const isCutOff = !response.writableFinished
  write(log, facts, { method, status: response.statusCode, ...(isCutOff && { isCutOff }) })
}

/** The same of an operation over WebSocket; `status` as it were over HTTP. */
export function logOperation(log: Log, facts: RequestFacts, status: number): void {
  write(log, facts, { method: 'WS', status })
}

function write(log: Log, facts: RequestFacts, { method, status, ...rest }: Record<string, unknown>): void {
  const level = facts.path?.startsWith('/health/') ? 'debug' : 'info'
  if (!log.isLevelEnabled(level)) return
  const { id: requestId, clientAddress, startedAtMs, path, tokenName, operation, cost } = facts
  log[level](
    {
      ...{ requestId, method, path, status },
      ...{ durationMs: Math.round((performance.now() - startedAtMs) * 10) / 10, clientAddress },
      ...(tokenName !== null && { tokenName }),
      ...(operation !== null && { operation }),
      ...(cost !== null && { cost }),
      ...rest,
    },
    'request',
  )
}

const LONGEST_NAME = 80

/** Notes which operation a request carries out, e.g. `query TicketList`. */
export function noteOperation(facts: RequestFacts, { operation, name }: OperationDefinitionNode): void {
  facts.operation = `${operation} ${name?.value ?? ''}`.trim().slice(0, LONGEST_NAME)
}

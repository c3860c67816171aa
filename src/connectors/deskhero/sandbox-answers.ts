/** How the sandbox answers. */
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export type Route = {
  path: RegExp
  method: string
  answer(match: RegExpExecArray, request: SandboxRequest): SandboxAnswer | Promise<SandboxAnswer>
}

export function ok(body: unknown): SandboxAnswer {
  return { status: 200, body }
}

/** ASP.NET's ProblemDetails. */
export function problem(
  status: number,
  title: string,
  detail: string | null,
  errors?: Record<string, string[]>,
  headers?: Record<string, string>,
): SandboxAnswer {
  const body = {
    type: `https://httpstatuses.io/${status}`,
    title,
    status,
    detail,
    ...(errors && { errors }),
    traceId: `00-sandbox-${status}-00`,
  }
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

/** What is wrong with a body, by place, e.g. `$[0].type`. */
export type Faults = Record<string, string[]>

/** Null when nothing is wrong. */
export function faultsIn<Item>(items: Item[], check: (item: Item) => (readonly [string, string])[]): Faults | null {
  const faults: Faults = {}
  for (const [index, item] of items.entries())
    for (const [field, message] of check(item)) faults[`$[${index}].${field}`] = [message]
  return Object.keys(faults).length > 0 ? faults : null
}

/**
 * The short road: a query or a mutation that came as plain JSON and is answered with one JSON document, without the
 * requests, responses, hooks and promises that yoga makes for each. Beyond what a bare server takes, a look-up that needs
 * no store costs 24 µs of Node's time on it, and cost 77 on the long one before there were two. It takes nothing but the
 * functions that the long road takes too, and leaves to that whatever is unusual or went wrong: there are no second rules
 * for telling it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionArgs, type ExecutionResult, type GraphQLSchema, getOperationAST } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import type { Guard } from '#platform/limits/guard.ts'
import type { Asked } from './admitted.ts'
import type { CarryOut } from './carrying-out.ts'
import { jsonOf } from './json-bytes.ts'

/** What the long road has to do. `result`: it was carried out, and only has to be told. */
type Rest = { result: ExecutionResult | null }
export const toBegin: Rest = { result: null }

type PlainPosts = (request: IncomingMessage, response: ServerResponse, asked: Asked) => Promise<Rest | null>

/** Answers; null when nothing is left to do. */
export function openPlainPosts(options: { schema: GraphQLSchema; guard: Guard; carryOut: CarryOut }): PlainPosts {
  const { schema, guard, carryOut } = options

  /** What is to be executed; null for what is not plain. Costs nothing yet, so that it may be looked at once more. */
  function planned(body: object): Omit<ExecutionArgs, 'contextValue'> | null {
    try {
      const params = guard.openParams(body as GraphQLParams)
      if (!isPlain(params)) return null
      const { query, variables: variableValues, operationName } = params
      const document = guard.read(query)
      const operation = getOperationAST(document, operationName)
      if (!operation || operation.operation === 'subscription' || guard.problemsOf(document).length > 0) return null
      return { schema, document, variableValues: variableValues ?? null, operationName: operationName ?? null }
    } catch {
      return null // the long road comes to the same, and says it
    }
  }

  return async (request, response, asked) => {
    const type = typeFor(request.headers.accept)
    const plan = type && asked.body && planned(asked.body)
    if (!plan) return toBegin
    const result = await carryOut({ ...plan, contextValue: asked })
    if (result.errors) return { result }
    if (response.closed) return null
    const body = jsonOf(result)
    letGo(result)
    asked.onAnswer()
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
    response.end(body)
    return null
  }
}

/** The answer lies in what waited for it, which is old by now: see `endReading`. */
function letGo({ data }: ExecutionResult): void {
  for (const key in data) data[key] = null
}

type Plain = {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
  extensions?: object | null
}

const names = new Set(['query', 'variables', 'operationName', 'extensions'])

function isPlain(params: object): params is Plain {
  const { query, variables, operationName, extensions } = params as Record<keyof Plain, unknown>
  const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value)
  return (
    typeof query === 'string' &&
    (variables === undefined || isObject(variables)) &&
    (extensions === undefined || isObject(extensions)) &&
    (operationName == null || typeof operationName === 'string') &&
    Object.keys(params).every((name) => names.has(name))
  )
}

const types = new Map([
  ['application/json', 'application/json; charset=utf-8'],
  ['application/*', 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
])

/** The first that the client names, where that is a type of ours; null for all that needs a closer look. */
function typeFor(accept = '*/*'): string | null {
  const comma = accept.indexOf(',')
  return types.get(comma < 0 ? accept : accept.slice(0, comma)) ?? null
}

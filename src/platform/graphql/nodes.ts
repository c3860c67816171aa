/** `node` and `nodes`: each concept registers how one of its things is found by its UUID. */

import type { GraphQLError, GraphQLResolveInfo } from 'graphql'
import { missingScopes } from './access.ts'
import { badInput } from './bad-input.ts'
import { builder, type GraphContext } from './builder.ts'
import { missingScopesError } from './forbidden.ts'
import { nodeIdOf, nodeKeyOf } from './node-ids.ts'
import type { Scope } from './scopes.ts'

const maxNodes = 100
type Find = (context: GraphContext, id: string) => Promise<object | null>
type Found = { find: Find; scopes: readonly Scope[] }
const finders = new Map<string, Found>()
const typeNames = new WeakMap<object, string>()

/**
 * Says how a type is found. The row it returns is remembered as one of that type. `scopes`: what a token needs to look for
 * one, beside those of the type: as the list of them does.
 */
export function registerNode(typeName: string, find: Find, { scopes = [] }: { scopes?: readonly Scope[] } = {}): void {
  finders.set(typeName, { find, scopes })
}

export const Node = builder.interfaceRef<{ id: string }>('Node').implement({
  description: 'Anything with a global id. `node(id:)` finds it again.',
  resolveType: (value) => typeNames.get(value),
  fields: (t) => ({ id: t.id({ description: 'Opaque global id.', resolve: (row) => row.id }) }),
})

/** The `id` field of a type: its global id. */
export function nodeIdField(typeName: string) {
  return {
    description: 'Opaque global id; `node(id:)` finds it again.',
    resolve: (row: { id: string }) => nodeIdOf(typeName, row.id),
  }
}

/** An error is returned, not thrown: among `nodes` it stands for one of them. */
export async function findNode(
  context: GraphContext,
  nodeId: string,
  { schema }: GraphQLResolveInfo,
): Promise<{ id: string } | GraphQLError | null> {
  const key = nodeKeyOf(nodeId)
  const found = key && finders.get(key.typeName)
  if (!found) return null
  const lacking = found.scopes.filter((scope) => !context.viewer.scopes.has(scope))
  const missing = [...missingScopes(context.viewer, schema.getType(key.typeName)), ...lacking]
  if (missing.length > 0) return missingScopesError(missing)
  const row = await found.find(context, key.id)
  if (!row) return null
  typeNames.set(row, key.typeName)
  return row as { id: string }
}

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'Anything by its global id; null when there is no such thing (for this viewer).',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: (_root, { id }, context, info) => findNode(context, id, info) as Promise<{ id: string } | null>,
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `Up to ${maxNodes} things by their global ids, in the order asked; null where there is none.`,
    args: { ids: t.arg.idList({ required: true, description: 'Global ids.' }) },
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > maxNodes) throw badInput('ids', `expected at most ${maxNodes} ids, got ${ids.length}`)
      return Promise.all(ids.map((id) => findNode(context, id, info))) as Promise<({ id: string } | null)[]>
    },
  }),
}))

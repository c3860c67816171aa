/**
 * What somebody may not read is an error where it stands, and null; where null cannot stand, whatever is around it goes
 * too. In the answer of a mutation that would be the word that it was done: so it is found before anything is done.
 */
import {
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Scope } from './scopes.ts'

/** The scopes that a viewer lacks for fields of the selection without which the whole payload would be null. */
export function scopesThatLosePayload(info: GraphQLResolveInfo, scopes: ReadonlySet<Scope>): Scope[] {
  const { schema, fragments, fieldNodes, returnType } = info
  const missing = new Set<Scope>()

  function walk(type: GraphQLNamedType | undefined, selections: SelectionSetNode | undefined): void {
    if (!type || !selections || !isCompositeType(type)) return
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) walkField(type, selection.name.value, selection.selectionSet)
      else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments[selection.name.value]
        const condition = fragment?.typeCondition?.name.value
        walk(condition === undefined ? type : schema.getType(condition), fragment?.selectionSet)
      }
    }
  }

  function walkField(type: GraphQLCompositeType, name: string, selections: SelectionSetNode | undefined): void {
    const field = isUnionType(type) ? undefined : type.getFields()[name]
    if (!field || !isNonNullType(field.type)) return
    const given = getNamedType(field.type)
    const before = scopesOf(type)
    for (const scope of [...scopesOf(field), ...(isObjectType(given) ? scopesOf(given) : [])])
      if (!scopes.has(scope) && !before.includes(scope)) missing.add(scope)
    if (!hasNullableItems(field.type)) walk(given, selections)
  }

  for (const { selectionSet } of fieldNodes) walk(getNamedType(returnType), selectionSet)
  return [...missing]
}

function scopesOf({ extensions }: { extensions: { requiredScopes?: readonly Scope[] } }): readonly Scope[] {
  return extensions.requiredScopes ?? []
}

function hasNullableItems(type: GraphQLOutputType): boolean {
  const list = getNullableType(type)
  return isListType(list) && !isNonNullType(list.ofType)
}

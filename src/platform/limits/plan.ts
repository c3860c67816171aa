/** Reads a valid operation as it will be executed: fields of one name in one place are one, a fragment counts where it applies. */
import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql'
import { maxPageSize } from '#platform/graphql/connections.ts'
import { usualSizeOf, weightOf } from '#platform/graphql/cost.ts'
import {
  type Condition,
  most,
  nothing,
  onlyIf,
  plus,
  readValue,
  type Size,
  type Sum,
  times,
  type Variables,
} from './price.ts'

export type Plan = {
  sum: Sum
  /** The operation with nothing but its `rateLimit`; for a dry run. */
  rateLimitOnly: { document: DocumentNode; isDryRun: Condition } | null
}

/** A list whose length nobody says, such as the tags of a ticket. */
const usualListSize = 5
/** A connection whose caller does not say how much; as `pageArguments` says. */
const usualPageSize = 25
/** A change writes a promise, lines of the log and a job. */
const weightOfChange = 10

export function planOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
  const defaults = new Map<string, ValueNode>()
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue) defaults.set(variable.name.value, defaultValue)
  const reading: Reading = { schema, fragments, defaults, isMutation: operation.operation === 'mutation' }

  const root = schema.getRootType(operation.operation)
  if (!root) return { sum: nothing, rateLimitOnly: null }
  const places = collect(reading, root, [operation.selectionSet])
  const asked = [...places.values()].filter(
    ({ field }) => reading.schema.getQueryType() === root && field.name === 'rateLimit',
  )
  return {
    sum: sumOfPlaces(reading, [...places.values()], true),
    rateLimitOnly: asked.length > 0 ? reduced(reading, document, operation, asked) : null,
  }
}

type Reading = {
  schema: GraphQLSchema
  fragments: Map<string, FragmentDefinitionNode>
  defaults: Map<string, ValueNode>
  isMutation: boolean
}

/** A name in one place of the answer. */
type Place = {
  field: GraphQLField<unknown, unknown>
  nodes: FieldNode[]
  conditions: Condition[]
  /** The object type it applies to, where it does not apply to all that can stand there. */
  onlyOn: string | null
}

function sumOf(reading: Reading, type: GraphQLCompositeType, sets: SelectionSetNode[], pageSize: Size | null): Sum {
  return sumOfPlaces(reading, [...collect(reading, type, sets).values()], false, pageSize)
}

function sumOfPlaces(reading: Reading, places: Place[], isRoot: boolean, pageSize: Size | null = null): Sum {
  const byType = Map.groupBy(places, ({ onlyOn }) => onlyOn)
  const sums = new Map(
    [...byType].map(([type, group]) => [
      type,
      plus(group.map((place) => sumOfPlace(reading, place, isRoot, pageSize))),
    ]),
  )
  const always = sums.get(null) ?? nothing
  sums.delete(null)
  return plus([always, most([...sums.values()])])
}

/**
 * A field costs its weight once, and what is below a list as often as the list is long. Without a declared weight an
 * object costs 1 and a scalar nothing. `pageSize`: how long the lists of the connection are that it stands in.
 */
function sumOfPlace(
  reading: Reading,
  { field, nodes, conditions }: Place,
  isRoot: boolean,
  pageSize: Size | null,
): Sum {
  const declared = weightOf(field)
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return onlyIf(conditions, { cost: declared ?? 0, nodes: 0, later: [] })

  const sets = nodes.map(({ selectionSet }) => selectionSet).filter((set) => set !== undefined)
  const ownSize = sizeIn(reading, field, nodes[0] as FieldNode)
  const one: Sum = { cost: 1, nodes: 1, later: [] }
  if (isListType(getNullableType(field.type))) {
    const weight = { cost: declared ?? 0, nodes: 0, later: [] }
    const size = ownSize ?? pageSize ?? usualSizeOf(field) ?? usualListSize
    return onlyIf(conditions, plus([weight, times(size, plus([one, sumOf(reading, type, sets, null)]))]))
  }
  const weight = { ...one, cost: declared ?? (isRoot && reading.isMutation ? weightOfChange : 1) }
  return onlyIf(conditions, plus([weight, sumOf(reading, type, sets, ownSize)]))
}

/** How many rows the arguments ask for. Beyond what a page may hold, the field itself refuses, and names the argument. */
function sizeIn({ defaults }: Reading, field: GraphQLField<unknown, unknown>, node: FieldNode): Size | null {
  const sizes = field.args.filter(({ name }) => sizeNames.has(name))
  if (sizes.length === 0) return null
  const asked = sizes.map(({ name, defaultValue }) => {
    const given = node.arguments?.find((argument) => argument.name.value === name)
    return given ? readValue(given.value, defaults) : (defaultValue as unknown)
  })
  const usual = sizes.map(usualSizeOf).find((size) => size !== null) ?? usualPageSize
  const read = (variables: Variables): number => {
    for (const value of asked) {
      const said = typeof value === 'function' ? value(variables) : value
      const size = Array.isArray(said) ? said.length : said
      if (typeof size === 'number') return Math.min(Math.max(size, 0), maxPageSize)
    }
    return usual
  }
  return asked.some((value) => typeof value === 'function') ? read : read({})
}

const sizeNames = new Set(['first', 'last', 'limit', 'ids', 'viewIds'])

/** As execution does it, but for all types at once. */
function collect(reading: Reading, parent: GraphQLCompositeType, sets: SelectionSetNode[]): Map<string, Place> {
  const { schema, fragments, defaults } = reading
  const places = new Map<string, Place>()
  const visited = new Set<string>()

  const visit = (set: SelectionSetNode, type: GraphQLCompositeType, path: string, conditions: Condition[]): void => {
    for (const selection of set.selections) {
      const own = conditionsIn(selection.directives, defaults)
      if (own === null) continue
      const [here, when] =
        own.length === 0 ? [path, conditions] : [`${path}${written(selection.directives)}`, [...conditions, ...own]]
      if (selection.kind === Kind.FIELD) {
        const field = fieldOf(schema, type, selection.name.value)
        if (!field) continue
        const onlyOn = isObjectType(type) && type !== parent ? type.name : null
        const key = `${onlyOn ?? ''} ${(selection.alias ?? selection.name).value}${here}`
        const place = places.get(key)
        if (place) place.nodes.push(selection)
        else places.set(key, { field, nodes: [selection], conditions: when, onlyOn })
        continue
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
      if (!fragment) continue
      const named = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
      // Within a fragment on an object type an interface says nothing more.
      const inner = isCompositeType(named) && !(isObjectType(type) && !isObjectType(named)) ? named : type
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const spread = `${inner.name} ${selection.name.value}${here}`
        if (visited.has(spread)) continue
        visited.add(spread)
      }
      visit(fragment.selectionSet, inner, here, when)
    }
  }
  for (const set of sets) visit(set, parent, '', [])
  return places
}

function fieldOf(schema: GraphQLSchema, type: GraphQLCompositeType, name: string) {
  if (type === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return isUnionType(type) ? undefined : type.getFields()[name] // `__typename` costs nothing
}

/** Null: never there. Empty: always. */
function conditionsIn(
  directives: readonly DirectiveNode[] | undefined,
  defaults: Map<string, ValueNode>,
): Condition[] | null {
  const conditions: Condition[] = []
  for (const { name, arguments: given } of directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue
    const wanted = name.value === 'include'
    const value = readValue(given?.find((argument) => argument.name.value === 'if')?.value, defaults)
    if (typeof value === 'function') conditions.push((variables) => value(variables) === wanted)
    else if (value !== wanted) return null
  }
  return conditions
}

function written(directives: readonly DirectiveNode[] | undefined): string {
  return (directives ?? [])
    .map(({ name, arguments: given }) => {
      const [value] = given?.map((argument) => argument.value) ?? []
      return `@${name.value} ${value?.kind === Kind.VARIABLE ? value.name.value : ''}`
    })
    .join('')
}

function reduced({ defaults }: Reading, document: DocumentNode, operation: OperationDefinitionNode, asked: Place[]) {
  const nodes = asked.flatMap((place) => place.nodes)
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: nodes }
  const definitions = document.definitions.map((node) => (node === operation ? { ...operation, selectionSet } : node))
  const dry = nodes.map((node) =>
    readValue(node.arguments?.find(({ name }) => name.value === 'dryRun')?.value, defaults),
  )
  const isDryRun = (variables: Variables) =>
    dry.some((value) => (typeof value === 'function' ? value(variables) : value) === true)
  return { document: { ...document, definitions }, isDryRun }
}

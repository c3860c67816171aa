/**
 * What an operation asks of each type, worked out once for a document: fields merged, fragments spread, `@skip` and
 * `@include` decided. graphql-js does this again for every answer.
 */
import {
  BREAK,
  type DirectiveNode,
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql'
import type { FieldPlan, Fields, OperationPlan, Shape } from './model.ts'

type Variables = Record<string, unknown>

/**
 * Fields in all plans that are kept: 600 bytes each, and 4 kB once a function fills them that V8 has made fast. Documents
 * are bounded by their tokens, but a hundred tokens may be two thousand fields once fragments are written out, and more with
 * each way to answer the directives.
 */
const mostFields = 20_000

/** Plans of the operations of documents, kept as long as the document is; all are forgotten when they become too many. */
export function openPlans(schema: GraphQLSchema) {
  const count = { fields: 0 }
  let kept = new WeakMap<DocumentNode, { conditions: string[]; plans: Map<string, OperationPlan> }>()

  return (document: DocumentNode, operation: OperationDefinitionNode, variables: Variables): OperationPlan => {
    if (count.fields > mostFields) {
      kept = new WeakMap()
      count.fields = 0
    }
    const ofDocument = kept.get(document) ?? { conditions: conditionsIn(document), plans: new Map() }
    kept.set(document, ofDocument)
    const { conditions, plans } = ofDocument
    const key = `${operation.name?.value ?? ''} ${conditions.map((name) => answerIn(variables, name)).join('')}`
    const plan = plans.get(key) ?? planOf(schema, document, operation, { variables, count })
    plans.set(key, plan)
    return plan
  }
}

/** What is neither, such as null, makes the directive an error. */
function answerIn(variables: Variables, name: string): string {
  const value = variables[name]
  return value === true ? '1' : value === false ? '0' : '-'
}

/** Names of the variables that decide whether something is asked for at all. */
function conditionsIn(document: DocumentNode): string[] {
  const names = new Set<string>()
  visit(document, {
    Directive({ name, arguments: given }: DirectiveNode) {
      if (name.value !== GraphQLSkipDirective.name && name.value !== GraphQLIncludeDirective.name) return
      for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names].sort()
}

function planOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { variables, count }: Pick<Making, 'variables' | 'count'>,
): OperationPlan {
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null)
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  const rootType = schema.getRootType(operation.operation)
  if (!rootType) throw new Error(`the schema has no ${operation.operation}`)
  // What the directives say is the same in all executions that share the plan.
  const making: Making = { schema, fragments, variables, places: 0, count }
  const fields = plansOf(making, rootType, [operation.selectionSet])
  const isMutation = operation.operation === 'mutation'
  const inTurn = isMutation ? fields.plans.map((plan) => unused([plan])) : []
  return { operation, fragments, fields, inTurn }
}

type Making = {
  schema: GraphQLSchema
  fragments: Record<string, FragmentDefinitionNode>
  variables: Variables
  places: number
  /** Of this plan and all others. */
  count: { fields: number }
}

function plansOf(making: Making, parentType: GraphQLObjectType, sets: SelectionSetNode[]): Fields {
  const nodesByKey = new Map<string, FieldNode[]>()
  const spread = new Set<string>()
  for (const set of sets) collect(making, parentType, set, nodesByKey, spread)
  const plans: FieldPlan[] = []
  for (const [key, nodes] of nodesByKey) {
    const field = fieldOf(making.schema, parentType, (nodes[0] as FieldNode).name.value)
    if (field) plans.push(fieldPlan(making, parentType, key, nodes, field))
  }
  return unused(plans)
}

const unused = (plans: FieldPlan[]): Fields => ({ plans, uses: 0, loop: null, written: null })

function shapeOf(type: GraphQLOutputType, isNullable = true): Shape {
  if (isNonNullType(type)) return { ...shapeOf(type.ofType, false), type }
  const said = { isNullable, type }
  if (isListType(type)) return { ...said, kind: 'LIST', of: shapeOf(type.ofType) }
  if (isLeafType(type)) return { ...said, kind: 'LEAF', leaf: type }
  if (isAbstractType(type)) return { ...said, kind: 'ABSTRACT', abstract: type, known: new Map() }
  return { ...said, kind: 'OBJECT', object: type }
}

function fieldPlan(
  making: Making,
  parentType: GraphQLObjectType,
  key: string,
  nodes: FieldNode[],
  field: GraphQLField<unknown, unknown>,
): FieldPlan {
  const byType = new Map<GraphQLObjectType, Fields>()
  let latest: { type: GraphQLObjectType; fields: Fields } | null = null
  making.count.fields += 1
  const isComposite = isCompositeType(getNamedType(field.type))
  const sets = nodes.flatMap(({ selectionSet }) => (isComposite && selectionSet ? [selectionSet] : []))
  return {
    ...{ place: making.places++, key, nodes, parentType, field, shape: shapeOf(field.type) },
    resolve: field.resolve ?? defaultFieldResolver,
    ...{ isConstant: !hasVariables(nodes[0] as FieldNode), constants: null },
    fieldsOf(type) {
      // Mostly the same as for the object before.
      if (latest?.type !== type) {
        const fields = byType.get(type) ?? plansOf(making, type, sets)
        byType.set(type, fields)
        latest = { type, fields }
      }
      return latest.fields
    },
  }
}

/** Whether executions give it different things. */
function hasVariables(node: FieldNode): boolean {
  let isFound = false
  for (const argument of node.arguments ?? [])
    visit(argument, {
      Variable() {
        isFound = true
        return BREAK
      },
    })
  return isFound
}

function collect(
  making: Making,
  parentType: GraphQLObjectType,
  set: SelectionSetNode,
  nodesByKey: Map<string, FieldNode[]>,
  spread: Set<string>,
): void {
  const { schema, fragments, variables } = making
  const isAsked = (node: { directives?: readonly DirectiveNode[] }) =>
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  const concerns = (condition: string | undefined) => {
    const type = condition === undefined ? parentType : schema.getType(condition)
    return type === parentType || (isAbstractType(type) && schema.isSubType(type, parentType))
  }
  for (const selection of set.selections) {
    if (!isAsked(selection)) continue
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      const nodes = nodesByKey.get(key)
      if (nodes) nodes.push(selection)
      else nodesByKey.set(key, [selection])
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (concerns(selection.typeCondition?.name.value))
        collect(making, parentType, selection.selectionSet, nodesByKey, spread)
    } else {
      const fragment = fragments[selection.name.value]
      if (spread.has(selection.name.value)) continue
      spread.add(selection.name.value)
      if (fragment && concerns(fragment.typeCondition.name.value))
        collect(making, parentType, fragment.selectionSet, nodesByKey, spread)
    }
  }
}

function fieldOf(
  schema: GraphQLSchema,
  parentType: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parentType === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return parentType.getFields()[name]
}

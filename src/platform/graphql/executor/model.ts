/** What an operation is while it is planned and executed; apart, so that planning and filling need not import each other. */
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLAbstractType,
  GraphQLError,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql'

export type FieldPlan = {
  /** Its number within the operation: what one execution keeps of it lies there. */
  place: number
  key: string
  nodes: FieldNode[]
  parentType: GraphQLObjectType
  shape: Shape
  field: GraphQLField<unknown, unknown>
  resolve: GraphQLFieldResolver<unknown, unknown>
  /** Whether its arguments are the same in every execution. */
  isConstant: boolean
  /** What they are; null until one has asked, and where they are not. */
  constants: Readonly<Record<string, unknown>> | null
  /** Its own fields, of each type its values may have. */
  fieldsOf(type: GraphQLObjectType): Fields
}

/** Fields of one object. `uses`: how many were filled, while it is not `written`. */
export type Fields = { plans: FieldPlan[]; uses: number; loop: Filling | null; written: Filling | null }

export type Filling = {
  newHolder(): Holder
  /** Puts the values of the fields of `source` into `holder`, which stands at `within`. */
  fill(execution: Execution, source: unknown, holder: Holder, within: Place): void
}

/** What a type asks of a value, ready to be switched on. `known`: types that a name was resolved to and found right. */
export type Shape = { isNullable: boolean; type: GraphQLOutputType } & (
  | { kind: 'LEAF'; leaf: GraphQLLeafType }
  | { kind: 'LIST'; of: Shape }
  | { kind: 'OBJECT'; object: GraphQLObjectType }
  | { kind: 'ABSTRACT'; abstract: GraphQLAbstractType; known: Map<string, GraphQLObjectType> }
)

export type OperationPlan = {
  operation: OperationDefinitionNode
  fragments: Record<string, FragmentDefinitionNode>
  fields: Fields
  /** Of a mutation the same, each apart: they are filled in turn. */
  inTurn: Fields[]
}

export type Execution = {
  schema: GraphQLSchema
  plan: OperationPlan
  context: unknown
  rootValue: unknown
  variables: Record<string, unknown>
  errors: GraphQLError[]
  /** Of fields by their places: the same for all objects of an answer. What is the same in all answers lies in the plan. */
  arguments: Record<string, unknown>[]
  infos: GraphQLResolveInfo[]
  /** How many objects of one kind are filled before a function is written for them. */
  usesUntilWritten: number
  /** How much has not come yet. */
  waitingFor: number
  onSettled(): void
}

export type Holder = { [key: string | number]: unknown }

/** Where a value belongs, and of which shape it has to be. */
export type Place = {
  field: FieldPlan
  shape: Shape
  /** What holds it, and under which name or number. */
  holder: Holder
  key: string | number
  /** Where the object or list stands that it is in; null for the answer as a whole. */
  within: Place | null
  /** Something in it is null that must not be. */
  isGivenUp: boolean
}

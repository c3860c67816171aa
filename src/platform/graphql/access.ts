/**
 * Who may see what, declared at the field or type it is about and kept here. `scopes`: what a token needs, printed as
 * `@requiresScopes`. `hidden`: from whom a field is hidden, and what they see instead. What declares nothing is not
 * wrapped and costs nothing.
 */
import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import {
  DirectiveLocation,
  GraphQLDirective,
  type GraphQLEnumType,
  type GraphQLFieldResolver,
  GraphQLList,
  GraphQLNonNull,
  GraphQLSchema,
} from 'graphql'
import { missingScopesError, missingScopesProblem } from './forbidden.ts'
import { scopesThatLosePayload } from './lost-payload.ts'
import type { Scope } from './scopes.ts'
import type { Viewer } from './viewer.ts'

/** `as` is what they see instead; an error is thrown. */
export type Hidden = { from(viewer: Viewer, row: never): boolean; as: unknown; says: string }

/** What is for those who answer, and for programs. */
export function fromContacts(as: unknown): Hidden {
  return { from: ({ role }) => role === 'CONTACT', as, says: 'Not for a contact.' }
}

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      access: AccessPlugin<Types>
    }
    interface FieldOptions<
      Types extends SchemaTypes = SchemaTypes,
      ParentShape = unknown,
      Type extends TypeParam<Types> = TypeParam<Types>,
      Nullable extends FieldNullability<Type> = FieldNullability<Type>,
      Args extends InputFieldMap = InputFieldMap,
      ResolveShape = unknown,
      ResolveReturnShape = unknown,
    > {
      /** What a token needs for this field. */
      scopes?: readonly Scope[]
      hidden?: Hidden
    }
    interface ObjectTypeOptions<Types extends SchemaTypes = SchemaTypes, Shape = unknown> {
      /** What a token needs for whatever gives such an object. */
      scopes?: readonly Scope[]
      /** The type whose scopes are this one's too: a page needs what its rows need. */
      scopesOf?: object
    }
  }
}

/** What is asked of a request's context. */
type Asking = { viewer: Viewer }
type Access = { scopes?: readonly Scope[]; hidden?: Hidden }
type TypeAccess = { scopes?: readonly Scope[]; scopesOf?: object }
type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: Parameters<BasePlugin<Types>['onTypeConfig']>[0]) {
    const scopes = config.kind === 'Object' ? this.scopesOfType(config.name) : []
    return scopes.length > 0 ? { ...config, extensions: { ...config.extensions, requiredScopes: scopes } } : config
  }

  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>) {
    const { scopes, hidden } = field.pothosOptions as Access
    const description = hidden ? `${field.description} ${hidden.says}` : field.description
    return { ...field, description, extensions: { ...field.extensions, ...(scopes && { requiredScopes: scopes }) } }
  }

  override wrapResolve(resolve: Resolver<Types>, field: PothosOutputFieldConfig<Types>): Resolver<Types> {
    const { hidden } = field.pothosOptions as Access
    const shown = hidden ? hiding(resolve as Resolver<SchemaTypes>, hidden) : resolve
    const needed = this.scopesNeededFor(field)
    if (field.parentType === 'Mutation')
      return guardingMutation(shown as Resolver<SchemaTypes>, needed) as Resolver<Types>
    return needed.length === 0
      ? (shown as Resolver<Types>)
      : (guarding(shown as Resolver<SchemaTypes>, needed) as Resolver<Types>)
  }

  /** A stream asks for its scopes before it begins. */
  override wrapSubscribe(
    subscribe: Resolver<Types> | undefined,
    field: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> | undefined {
    const needed = this.scopesNeededFor(field)
    if (!subscribe || needed.length === 0) return subscribe
    return guarding(subscribe as Resolver<SchemaTypes>, needed) as Resolver<Types>
  }

  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    const Scope = schema.getType('Scope') as GraphQLEnumType
    const requiresScopes = new GraphQLDirective({
      name: 'requiresScopes',
      description:
        'The scopes a token needs. Without them the answer is FORBIDDEN: a field is null with an error, a mutation has a ForbiddenError in its `errors`. On a type: for every field that gives one.',
      locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT],
      args: {
        scopes: {
          type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Scope))),
          description: 'All of these.',
        },
      },
    })
    return new GraphQLSchema({ ...schema.toConfig(), directives: [...schema.getDirectives(), requiresScopes] })
  }

  /** Its own, and those of the type it gives; not again what its parent needed already. */
  private scopesNeededFor(field: PothosOutputFieldConfig<Types>): Scope[] {
    const given = field.type.kind === 'List' ? field.type.type : field.type
    const ofType = given.kind === 'Object' ? this.scopesOfType(given.ref) : []
    const before = this.scopesOfType(field.parentType)
    const own = (field.pothosOptions as Access).scopes ?? []
    return [...new Set([...own, ...ofType])].filter((scope) => !before.includes(scope))
  }

  private scopesOfType(ref: unknown): readonly Scope[] {
    const { kind, pothosOptions } = this.buildCache.builder.configStore.getTypeConfig(ref as never)
    if (kind !== 'Object') return []
    const { scopes = [], scopesOf } = pothosOptions as TypeAccess
    return scopesOf ? this.scopesOfType(scopesOf) : scopes
  }
}

function hiding(resolve: Resolver<SchemaTypes>, { from, as }: Hidden): Resolver<SchemaTypes> {
  return (row, args, context, info) => {
    if (!from((context as Asking).viewer, row as never)) return resolve(row, args, context, info)
    if (as instanceof Error) throw as
    return as
  }
}

type Refused = (context: never, mutation: string, input: object) => Promise<void>
let whenRefused: Refused = async () => {}

/** Says who keeps that somebody asked for a mutation they may not. */
export function onRefusedMutation(keep: Refused): void {
  whenRefused = keep
}

function guarding(resolve: Resolver<SchemaTypes>, needed: readonly Scope[]): Resolver<SchemaTypes> {
  return (row, args, context, info) => {
    const { scopes } = (context as Asking).viewer
    if (needed.every((scope) => scopes.has(scope))) return resolve(row, args, context, info)
    throw missingScopesError(needed.filter((scope) => !scopes.has(scope)))
  }
}

/** Refuses as data, and before anything is done. */
function guardingMutation(resolve: Resolver<SchemaTypes>, needed: readonly Scope[]): Resolver<SchemaTypes> {
  const refuse = async (args: object, context: unknown, fieldName: string, missing: Scope[]) => {
    const { input = {} } = args as { input?: { clientMutationId?: string | null } }
    await whenRefused(context as never, fieldName, input)
    const clientMutationId = input.clientMutationId ?? null
    return { errors: [missingScopesProblem(missing)], replayed: false, clientMutationId }
  }
  return (row, args, context, info) => {
    const { scopes } = (context as Asking).viewer
    const missing = needed.filter((scope) => !scopes.has(scope))
    if (missing.length > 0) return refuse(args, context, info.fieldName, missing)
    const unreadable = scopesThatLosePayload(info, scopes)
    if (unreadable.length > 0) return refuse(args, context, info.fieldName, unreadable)
    return resolve(row, args, context, info)
  }
}

/** Those of a type or field of the schema that a viewer lacks. */
export function missingScopes(
  { scopes }: Viewer,
  declared: { extensions: { requiredScopes?: readonly Scope[] } } | undefined,
): Scope[] {
  return (declared?.extensions.requiredScopes ?? []).filter((scope) => !scopes.has(scope))
}

SchemaBuilder.registerPlugin('access', AccessPlugin)

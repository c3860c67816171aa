/** Questions that name what is another company's, made from the schema: at every place of every root field that takes a name of something. */

import { randomUUID } from 'node:crypto'
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { schema } from '../../src/schema.ts'
import { leastInput } from './inputs.ts'

/** What a company has: its global ids, and texts by which its things are found. */
export type Names = { ids: string[]; texts: string[] }

/** `twin`: the same question about what nobody has. Both have to be answered alike. */
export type Probe = {
  operation: 'query' | 'mutation'
  field: string
  types: Record<string, string>
  values: Record<string, unknown>
  twin: { value: string; instead: string; values: Record<string, unknown> }
}

/** These read what is typed, not what is stored. */
const ofText = ['detectLanguage', 'translationPreview']

export function probesFor(names: Names): Probe[] {
  const queries = Object.values(schema.getQueryType()?.getFields() ?? {})
    .filter(({ name }) => !ofText.includes(name))
    .flatMap((field) => probesOf('query', field, names))
  // Texts that a mutation is given are what it writes.
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {}).flatMap((field) =>
    probesOf('mutation', field, { ...names, texts: [] }),
  )
  return [...queries, ...mutations]
}

function probesOf(operation: Probe['operation'], field: GraphQLField<unknown, unknown>, names: Names): Probe[] {
  const base = Object.fromEntries(field.args.filter(isRequiredArgument).map((arg) => [arg.name, leastInput(arg.type)]))
  const types = Object.fromEntries(field.args.map((arg) => [arg.name, String(arg.type)]))
  return field.args.flatMap((arg) =>
    placesIn(arg, 3).flatMap(({ path, kind, isList }) =>
      (kind === 'ID' ? names.ids : names.texts).map((value) => {
        const instead = twinOf(value)
        const at = (given: string) => onceOnly(set(base, path, isList ? [given] : given) as Record<string, unknown>)
        const twin = { value, instead, values: at(instead) }
        return { operation, field: field.name, types, values: at(value), twin }
      }),
    ),
  )
}

/** A key that was used before would answer instead of the mutation. */
function onceOnly(values: Record<string, unknown>): Record<string, unknown> {
  const input = values.input as { idempotencyKey?: string } | undefined
  return input?.idempotencyKey === undefined ? values : { ...values, input: { ...input, idempotencyKey: randomUUID() } }
}

/** Of the same kind and length. */
function twinOf(value: string): string {
  const key = nodeKeyOf(value)
  return key ? nodeIdOf(key.typeName, randomUUID()) : value.replaceAll('alpha', 'omega')
}

type Place = { path: string[]; kind: 'ID' | 'String'; isList: boolean }
function placesIn({ name, type }: GraphQLArgument | GraphQLInputField, depth: number): Place[] {
  const named = getNamedType(type)
  const isList = isListOf(type)
  if (named.name === 'ID' || named.name === 'String' || named.name === 'URL')
    return [{ path: [name], kind: named.name === 'ID' ? 'ID' : 'String', isList }]
  if (!isInputObjectType(named) || depth === 0 || ['and', 'or', 'not'].includes(name)) return []
  return Object.values(named.getFields()).flatMap((field) =>
    placesIn(field, depth - 1).map((place) => ({ ...place, path: [name, ...(isList ? ['0'] : []), ...place.path] })),
  )
}

function isListOf(type: GraphQLInputType): boolean {
  return isNonNullType(type) ? isListOf(type.ofType) : isListType(type)
}

function set(given: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value
  if (key === '0') return [set((given as unknown[])?.[0], rest, value)]
  const object = (given ?? {}) as Record<string, unknown>
  return { ...object, [key]: set(object[key], rest, value) }
}

/** One document for several probes of one field, and the variables for either side. */
export function documentOf(probes: readonly Probe[]) {
  const [{ operation, field, types }] = probes as [Probe]
  const used = probes.map((probe, index) => ({ index, names: Object.keys(probe.values) }))
  const variables = used.flatMap(({ index, names }) => names.map((name) => `$v${index}_${name}: ${types[name]}`))
  const asked = used.map(({ index, names }) => {
    const given = names.map((name) => `${name}: $v${index}_${name}`).join(', ')
    return `p${index}: ${field}${given && `(${given})`} { ...seen }`
  })
  const valuesOf = (side: (probe: Probe) => Record<string, unknown>) =>
    Object.fromEntries(
      probes.flatMap((probe, index) =>
        Object.entries(side(probe)).map(([name, value]) => [`v${index}_${name}`, value]),
      ),
    )
  return {
    document: `${operation}${variables.length > 0 ? ` (${variables.join(', ')})` : ''} { ${asked.join(' ')} } ${seenOf(operation, field)}`,
    values: valuesOf(({ values }) => values),
    twins: valuesOf(({ twin }) => twin.values),
  }
}

/** What tells of something: that it is there, how many there are, what it is called. */
function seenOf(operation: Probe['operation'], field: string): string {
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  const type = getNamedType(root?.getFields()[field]?.type) as GraphQLNamedType
  if (operation === 'mutation') return `fragment seen on ${type.name} { errors { __typename message code path } }`
  return `fragment seen on ${type.name} { ${telling(type.name)} }`
}

const tellingNames = ['id', 'number', 'subject', 'displayName', 'name', 'totalCount', 'count', 'key', 'allCount']
function telling(typeName: string): string {
  const type = schema.getType(typeName)
  if (!isObjectType(type) && !isInterfaceType(type)) return '__typename'
  const fields = Object.keys(type.getFields())
  const nodes = type.getFields().nodes
  const rows = nodes && fields.includes('pageInfo') ? `nodes { ${telling(getNamedType(nodes.type).name)} }` : ''
  return ['__typename', ...tellingNames.filter((name) => fields.includes(name)), rows].join(' ')
}

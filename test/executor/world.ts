/** A schema with every kind of type, whose values come at once or later, are null, wrong or fail, as a document's seed says. */
import { buildSchema, type GraphQLSchema, isObjectType } from 'graphql'

const text = `
  type Query { thing(id: ID = "a", n: Int): Thing  must: Thing!  things(n: Int! = 3): [Thing!]!  maybe(n: Int = 2): [Thing]  any: [Any!]  self: Query!
    grid: [[Int!]]  word: String  count: Int!  color: Color  echo(in: In, list: [Color!], text: String = "x"): String }
  type Mutation { first: Thing!  second: Thing  third(n: Int): Int }
  interface Thing { id: ID!  name: String  self: Thing!  other: Thing }
  type Cat implements Thing { id: ID!  name: String  self: Thing!  other: Thing  lives: Int!  friends(first: Int): [Any]  color: Color! }
  type Dog implements Thing { id: ID!  name: String  self: Thing!  other: Thing  barks: [String!]!  owner: Query }
  union Any = Cat | Dog
  enum Color { RED GREEN }
  input In { a: Int = 1  b: [In!]  c: Color }`

/** What happens to the value at a path, decided by it alone: so it is the same however the document is executed. */
export type Fate = { isLate: boolean; outcome: 'VALUE' | 'NULL' | 'ERROR' | 'THROWN' | 'WRONG' }
export type FateOf = (path: string) => Fate

type Source = { path: string; kind: 'Cat' | 'Dog' }
type Context = { fateOf: FateOf }

export function worldSchema(): GraphQLSchema {
  const schema = buildSchema(text)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const named = String(field.type)
      field.resolve = (source: Source | undefined, args, context: Context) => {
        const path = `${source?.path ?? ''}.${field.name}${JSON.stringify(args)}`
        const { isLate, outcome } = context.fateOf(path)
        const give = () => {
          if (outcome === 'THROWN') throw new Error(`thrown at ${path}`)
          if (outcome === 'ERROR') return new Error(`given at ${path}`)
          if (outcome === 'NULL') return null
          return outcome === 'WRONG' ? { toString: () => 'wrong', path, kind: 'Bird' } : madeOf(named, path, args)
        }
        return isLate ? Promise.resolve().then(give) : give()
      }
    }
  }
  const kindOf = ({ kind, path }: Source) => (path.length % 3 === 0 ? Promise.resolve(kind) : kind)
  for (const name of ['Thing', 'Any']) Object.assign(schema.getType(name) as object, { resolveType: kindOf })
  Object.assign(schema.getType('Cat') as object, {
    isTypeOf: ({ path, kind }: Source) => (path.length % 5 === 0 ? Promise.resolve(kind === 'Cat') : kind === 'Cat'),
  })
  return schema
}

function madeOf(type: string, path: string, args: Record<string, unknown>): unknown {
  const source = (end = ''): Source => ({ path: `${path}${end}`, kind: path.length % 2 === 0 ? 'Cat' : 'Dog' })
  const { n, first } = args as { n?: number; first?: number }
  const count = Math.max(0, Math.min(n ?? first ?? 2, 4))
  if (type === '[[Int!]]') return [[1, 2], null, new Set([3])]
  if (type === '[String!]!') return ['a', Promise.resolve('b')]
  if (type.startsWith('['))
    return Array.from({ length: count }, (_, index) =>
      index === 1 ? Promise.resolve(source('+')) : source(String(index)),
    )
  if (/^(Int|ID)/.test(type)) return path.length
  if (type.startsWith('String')) return path.slice(-60)
  if (type.startsWith('Color')) return path.length % 2 === 0 ? 'RED' : 'GREEN'
  return source()
}

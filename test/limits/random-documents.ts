/** Valid documents made at random from the schema: any field, with arguments that clients could think of, and some they could not. */
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql'

const oddTexts = [
  '',
  ' ',
  'a',
  '%_\\',
  "' or 1=1 --",
  '"; drop',
  '(a+)+$',
  '🦊‮',
  'ﷺ',
  '\u0000',
  '\uD800',
  '-0',
  '1e400',
  '__proto__',
  'x'.repeat(600),
]
const oddNumbers = [0, 1, 2, 5, 100, 101, -1, 2_147_483_647]

export function randomDocuments(schema: GraphQLSchema, seed: number, ids: readonly string[]) {
  let state = seed
  const below = (count: number) => {
    // mulberry32: the same documents in every run
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count)
  }
  const oneOf = <Item>(items: readonly Item[]) => items[below(items.length)] as Item

  function value(type: GraphQLInputType, depth: number): string {
    if (isNonNullType(type)) return value(type.ofType, depth)
    if (isListType(type)) return `[${Array.from({ length: below(3) }, () => value(type.ofType, depth + 1)).join(' ')}]`
    if (isEnumType(type)) return oneOf(type.getValues()).name
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields())
      const optional = fields.filter((field) => !isNonNullType(field.type))
      const chosen = type.isOneOf
        ? [oneOf(fields)]
        : [
            ...fields.filter((field) => isNonNullType(field.type)),
            ...(depth < 3 && optional.length > 0 ? [oneOf(optional)] : []),
          ]
      return `{${[...new Set(chosen)].map((field) => `${field.name}: ${value(field.type, depth + 1)}`).join(' ')}}`
    }
    switch (getNamedType(type).name) {
      case 'Int':
        return String(oneOf(oddNumbers))
      case 'Float':
        return oneOf(['0', '-1.5', '1e300'])
      case 'Boolean':
        return oneOf(['true', 'false'])
      case 'ID':
        return JSON.stringify(oneOf([...ids, ...oddTexts]))
      case 'DateTime':
        return oneOf(['"2026-03-01T00:00:00Z"', '"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"'])
      case 'Duration':
        return oneOf(['"P7D"', '"PT0S"', '"P999999999W"'])
      case 'Locale':
        return oneOf(['"de"', '"zh-Hant"'])
      case 'URL':
        return '"https://desk.example/1"'
      case 'EventCursor':
        return JSON.stringify(oneOf(oddTexts))
      case 'JSON':
        return oneOf(['null', '{a: [1 {b: "c"}]}', '"text"'])
      default:
        return JSON.stringify(oneOf(oddTexts))
    }
  }

  function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
    const given = args.filter((arg) =>
      isNonNullType(arg.type) ? arg.defaultValue === undefined || below(2) === 0 : below(3) === 0,
    )
    const words = given.map(
      (arg) => `${arg.name}: ${below(20) === 0 && !isNonNullType(arg.type) ? 'null' : value(arg.type, 0)}`,
    )
    return `${name}${words.length > 0 ? `(${words.join(' ')})` : ''}${selection(type, depth)}`
  }

  function selection(given: GraphQLOutputType, depth: number): string {
    const type = getNamedType(getNullableType(given))
    const members = isAbstractType(type) ? schema.getPossibleTypes(type) : []
    const parts = ['__typename']
    const pick = (fields: GraphQLField<unknown, unknown>[], count: number) => {
      for (const chosen of new Set(Array.from({ length: count }, () => oneOf(fields)))) {
        const isLeaf = !isCompositeType(getNamedType(chosen.type))
        if (isLeaf || depth > 0) parts.push(field(chosen, depth - 1))
      }
    }
    if (isUnionType(type) || isAbstractType(type)) {
      const member = oneOf(members)
      const before = parts.length
      pick(Object.values(member.getFields()), 2)
      const own = parts.splice(before)
      if (own.length > 0) parts.push(`... on ${member.name} { ${own.join(' ')} }`)
    } else if (isObjectType(type)) pick(Object.values(type.getFields()), 3)
    else return ''
    return ` { ${parts.join(' ')} }`
  }

  return {
    query: () => `{ a: ${field(oneOf(Object.values(schema.getQueryType()?.getFields() ?? {})), 4)} }`,
    mutation: () => `mutation { a: ${field(oneOf(Object.values(schema.getMutationType()?.getFields() ?? {})), 2)} }`,
  }
}

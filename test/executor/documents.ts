/** Valid documents at random: aliases, fragments within fragments, directives, variables. */
import fc from 'fast-check'
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isObjectType,
} from 'graphql'

const literals: Record<string, string[]> = {
  Int: ['0', '1', '4', '$int'],
  ID: ['"a"', '7', '$id'],
  String: ['"text"', 'null', '$text'],
  Color: ['RED', 'GREEN', '$color'],
  In: ['{}', '{a: 2, c: RED}', '{b: [{a: 3}, {b: []}]}', '{a: $int}'],
  '[Color!]': ['[]', 'RED', '[RED, GREEN]'],
}
const head = '($int: Int! = 2, $id: ID, $text: String, $color: Color, $yes: Boolean!, $no: Boolean = false)'
const conditions = ['', '', '', ' @skip(if: $no)', ' @include(if: $yes)', ' @include(if: true)', ' @skip(if: $yes)']

export function documentsOf(schema: GraphQLSchema, operation: 'query' | 'mutation'): fc.Arbitrary<string> {
  const root = operation === 'query' ? schema.getQueryType() : schema.getMutationType()
  const conditionOf = fc.constantFrom(...conditions)

  const argumentsOf = (field: GraphQLField<unknown, unknown>): fc.Arbitrary<string> =>
    fc
      .tuple(
        ...field.args.map(({ name, type }) => {
          const words = literals[String(type).replace(/!$/, '')] as string[]
          const usable = isNonNullType(type)
            ? words.filter((word) => !['null', '$id', '$text', '$color'].includes(word))
            : words
          return fc.option(
            fc.constantFrom(...usable).map((word) => `${name}: ${word}`),
            { nil: '' },
          )
        }),
      )
      .map((words) => words.filter((word) => word !== '').join(', '))
      .map((words) => (words === '' ? '' : `(${words})`))

  /** An alias stands for one field with its arguments and its type: so documents never contradict themselves. */
  const aliasOf = (type: GraphQLNamedType, words: string) =>
    `_${[...`${type.name}${words}`].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7)}`

  const fieldOf = (type: GraphQLNamedType, field: GraphQLField<unknown, unknown>, depth: number) =>
    fc
      .tuple(argumentsOf(field), conditionOf, selectionOf(getNamedType(field.type), depth - 1), fc.boolean())
      .map(([words, condition, selection, isPlain]) => {
        const isBare = words === '' && isPlain && !isAbstractType(type)
        const key = isBare ? '' : `${aliasOf(type, `${field.name}${words}`)}: `
        return `${key}${field.name}${words}${condition}${selection}`
      })

  const partOf = (type: GraphQLNamedType, depth: number): fc.Arbitrary<string> => {
    const fields = 'getFields' in type ? Object.values((type as { getFields(): object }).getFields()) : []
    const usable = (fields as GraphQLField<unknown, unknown>[]).filter(
      (field) => depth > 0 || !isCompositeType(getNamedType(field.type)),
    )
    const members = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
    const parts: fc.Arbitrary<string>[] = [fc.constantFrom('__typename', 'kind: __typename')]
    if (usable.length > 0) parts.push(fc.constantFrom(...usable).chain((field) => fieldOf(type, field, depth)))
    if (depth > 0) {
      const fragment = (member: GraphQLNamedType) =>
        fc
          .tuple(conditionOf, partsOf(member, depth - 1))
          .map(([condition, inner]) => `... on ${member.name}${condition} { ${inner} }`)
      parts.push(fc.constantFrom(...members, ...members).chain(fragment))
    }
    return fc.oneof(...parts)
  }
  const partsOf = (type: GraphQLNamedType, depth: number) =>
    fc.array(partOf(type, depth), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '))
  const selectionOf = (type: GraphQLNamedType, depth: number): fc.Arbitrary<string> =>
    isCompositeType(type) ? partsOf(type, Math.max(0, depth)).map((parts) => ` { ${parts} }`) : fc.constant('')

  // Fragments by name are parts of the same kind, moved out of the operation; named twice, they are spread once.
  return fc.tuple(partsOf(root as GraphQLNamedType, 4), partsOf(schema.getType('Cat') as GraphQLNamedType, 2)).map(
    ([parts, ofCat]) =>
      `${operation} Random${head} { ${parts} ${operation === 'query' ? 'thing { ...OfCat ...OfCat other { ...OfCat } }' : ''} used: __typename @include(if: $yes) }
      fragment OfCat on Cat { ${ofCat} }`,
  )
}

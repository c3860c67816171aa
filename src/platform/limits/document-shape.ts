/**
 * Measures a document before anything else looks at it: the rules of GraphQL themselves take the square of what they
 * compare. Everything here is linear in the document, however its fragments are nested.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  TokenKind,
} from 'graphql'
import { type DocumentLimits, introspectionDepth, tooComplex } from './limits.ts'

/** @throws GraphQLError that names the first limit passed. */
export function checkShape(document: DocumentNode, limits: DocumentLimits, allowsIntrospection: boolean): void {
  const within = (limit: keyof DocumentLimits, got: number) => {
    if (got > limits[limit]) throw tooComplex(limit, limits[limit], got)
  }
  const { directives, nesting } = signsIn(document)
  within('directives', directives)
  within('nesting', nesting)

  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
  within('fragments', fragments.length)
  const fragmentByName = new Map(fragments.map((node) => [node.name.value, node]))
  const measure = measurer(fragmentByName)
  // Fragments that nobody uses are compared by the rules all the same; how deep they stand, the operation says.
  for (const { selectionSet } of fragments) within('fields', measure(selectionSet).fields)
  for (const { selectionSet } of operations) {
    const { depth, schemaDepth, fields, aliases } = measure(selectionSet)
    within('depth', depth)
    if (schemaDepth > introspectionDepth) throw tooComplex('depth', introspectionDepth, schemaDepth)
    if (schemaDepth > 0 && !allowsIntrospection) throw introspectionIsOff()
    within('fields', fields)
    within('aliases', aliases)
  }
  for (const definition of [...fragments, ...operations]) {
    const { repeats, roots } = repeatsIn(definition.selectionSet, fragmentByName)
    within('repeats', repeats)
    if (definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'mutation') within('mutations', roots)
  }
}

function introspectionIsOff() {
  const message = 'Introspection is switched off here: the schema is in the documentation.'
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN', http: { status: 400 } } })
}

type Measures = {
  depth: number
  /** The same below `__schema` and `__type`, which have a depth of their own. */
  schemaDepth: number
  fields: number
  aliases: number
}

/** Each fragment is measured once. */
function measurer(fragments: Map<string, FragmentDefinitionNode>) {
  const known = new Map<string, Measures>()
  const open: string[] = []

  function ofFragment(name: string): Measures {
    const measured = known.get(name)
    const fragment = fragments.get(name)
    if (measured || !fragment) return measured ?? { depth: 0, schemaDepth: 0, fields: 0, aliases: 0 }
    if (open.includes(name)) throw circular([...open.slice(open.indexOf(name)), name])
    open.push(name)
    const result = ofSelections(fragment.selectionSet)
    open.pop()
    known.set(name, result)
    return result
  }

  function ofSelections({ selections }: SelectionSetNode): Measures {
    const sum = { depth: 0, schemaDepth: 0, fields: 0, aliases: 0 }
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const { name, alias, selectionSet } = selection
        const below = selectionSet ? ofSelections(selectionSet) : { depth: 0, schemaDepth: 0, fields: 0, aliases: 0 }
        const isOfSchema = name.value === '__schema' || name.value === '__type'
        add(sum, below)
        sum.depth = Math.max(sum.depth, isOfSchema ? 1 : below.depth + 1)
        if (isOfSchema) sum.schemaDepth = Math.max(sum.schemaDepth, below.depth + 1)
        sum.fields += 1
        // Counted whatever it stands for: a thousand times `__typename` is a thousand fields.
        if (alias) sum.aliases += 1
      } else {
        const below =
          selection.kind === Kind.INLINE_FRAGMENT
            ? ofSelections(selection.selectionSet)
            : ofFragment(selection.name.value)
        add(sum, below)
        sum.depth = Math.max(sum.depth, below.depth)
      }
    }
    return sum
  }

  return ofSelections
}

function add(sum: Measures, below: Measures): void {
  sum.fields += below.fields
  sum.aliases += below.aliases
  sum.schemaDepth = Math.max(sum.schemaDepth, below.schemaDepth)
}

function circular(names: string[]): GraphQLError {
  const [first, ...rest] = names
  const via = rest.slice(0, -1).slice(0, 5)
  return new GraphQLError(
    `Cannot spread fragment "${first}" within itself${via.length > 0 ? ` via ${via.map((name) => `"${name}"`).join(', ')}` : ''}.`,
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } },
  )
}

/**
 * How often at most one name stands in one place, once what stands in that place several times is put together. Its
 * work is bounded by `fields`, since one fragment is looked at once in a place.
 */
function repeatsIn(root: SelectionSetNode, fragments: Map<string, FragmentDefinitionNode>) {
  let repeats = 0
  const roots = look([root])

  function look(sets: SelectionSetNode[]): number {
    const places = new Map<string, { count: number; below: SelectionSetNode[] }>()
    const spread = new Set<string>()
    const collect = ({ selections }: SelectionSetNode) => {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
        else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments.get(selection.name.value)
          if (fragment && !spread.has(selection.name.value)) {
            spread.add(selection.name.value)
            collect(fragment.selectionSet)
          }
        } else {
          const name = (selection.alias ?? selection.name).value
          const place = places.get(name) ?? { count: 0, below: [] }
          place.count += 1
          if (selection.selectionSet) place.below.push(selection.selectionSet)
          places.set(name, place)
        }
      }
    }
    for (const set of sets) collect(set)
    for (const { count, below } of places.values()) {
      repeats = Math.max(repeats, count)
      if (below.length > 0) look(below)
    }
    return places.size
  }
  return { repeats, roots }
}

/** Counted in the words and signs: directives, and the deepest list or object between parentheses. */
function signsIn({ loc }: DocumentNode): { directives: number; nesting: number } {
  let [directives, nesting, parentheses, depth] = [0, 0, 0, 0]
  for (let token = loc?.startToken ?? null; token; token = token.next) {
    const { kind } = token
    if (kind === TokenKind.AT) directives += 1
    else if (kind === TokenKind.PAREN_L) parentheses += 1
    else if (kind === TokenKind.PAREN_R) parentheses -= 1
    else if (parentheses === 0) continue
    else if (kind === TokenKind.BRACKET_L || kind === TokenKind.BRACE_L) nesting = Math.max(nesting, ++depth)
    else if (kind === TokenKind.BRACKET_R || kind === TokenKind.BRACE_R) depth -= 1
  }
  return { directives, nesting }
}

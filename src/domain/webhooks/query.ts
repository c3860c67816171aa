/** The document that shapes what a webhook is sent: what it may ask, and the variables it gets. */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getOperationAST,
  isInputType,
  isTypeSubTypeOf,
  type OperationDefinitionNode,
  parseType,
  TypeInfo,
  typeFromAST,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { openDocuments } from '#platform/limits/documents.ts'
import { type DocumentLimits, tooComplex } from '#platform/limits/limits.ts'
import { planOf } from '#platform/limits/plan.ts'
import { priceOf } from '#platform/limits/price.ts'
import type { WebhookEvent } from '#vocabulary.ts'
import { typeOfEvent } from './events.ts'

/** In points; a long conversation costs 700, and this is asked for each event. */
const MOST_COST = 2_000

/** These ask others, or are about a request, and there is none. */
const REFUSED_FIELDS = ['detectLanguage', 'translationPreview', 'rateLimit']

/** With what the variables hold for which events; for the others they are null. */
const VARIABLES: Record<string, { type: string; isGiven(about: string): boolean; says: string }> = {
  id: { type: 'ID', isGiven: () => true, says: 'what the event is about' },
  ticketId: { type: 'ID', isGiven: (about) => /^(Ticket|Message|Mention)$/.test(about), says: 'its ticket' },
  messageId: { type: 'ID', isGiven: (about) => /^(Message|Mention)$/.test(about), says: 'its message' },
  cursor: { type: 'EventCursor', isGiven: () => true, says: 'its place in the log' },
  at: { type: 'DateTime', isGiven: () => true, says: 'when it happened' },
}

/** For people. */
export const variablesInWords = Object.entries(VARIABLES)
  .map(([name, { type, says }]) => `\`$${name}: ${type}\` (${says})`)
  .join(', ')

type Checking = { schema: GraphQLSchema; limits: DocumentLimits; events: readonly WebhookEvent[] }

/** The document, when it can be run for every one of the events. @throws GraphQLError that says why not. */
export function checkedQuery(text: string, { schema, limits, events }: Checking): DocumentNode {
  const document = openDocuments(limits, false).read(text)
  const [mistake] = validate(schema, document, undefined, { maxErrors: 1 })
  if (mistake) throw new GraphQLError(mistake.message)
  const operation = getOperationAST(document)
  if (operation?.operation !== 'query') throw new GraphQLError('Expected exactly one operation, a query')
  checkVariables(operation, { schema, events })
  checkFields(document, schema)
  const { cost, nodes } = priceOf(planOf(schema, document, operation).sum, {})
  if (nodes > limits.nodes) throw tooComplex('nodes', limits.nodes, nodes)
  if (cost > MOST_COST) throw new GraphQLError(`Expected a cost of at most ${MOST_COST} points, got ${cost}`)
  return document
}

function checkVariables(
  { variableDefinitions = [] }: OperationDefinitionNode,
  { schema, events }: Pick<Checking, 'schema' | 'events'>,
): void {
  for (const { variable, type } of variableDefinitions) {
    const name = variable.name.value
    const given = Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined
    if (!given) {
      const names = Object.keys(VARIABLES).map((known) => `$${known}`)
      throw new GraphQLError(`Expected only the variables ${names.join(', ')}, got $${name}`)
    }
    const lacking = events.find((event) => !given.isGiven(typeOfEvent[event]))
    const provided = typeIn(schema, `${given.type}${lacking ? '' : '!'}`)
    const declared = typeFromAST(schema, type as never) as GraphQLInputType
    if (isTypeSubTypeOf(schema, provided, declared)) continue
    const why = lacking && isTypeSubTypeOf(schema, typeIn(schema, `${given.type}!`), declared)
    throw new GraphQLError(`Expected $${name} to be ${provided}, got ${declared}${why ? `: ${lacking} has none` : ''}`)
  }
}

function typeIn(schema: GraphQLSchema, text: string): GraphQLInputType {
  const type = typeFromAST(schema, parseType(text) as never)
  if (!isInputType(type)) throw new Error(`the schema has no input type ${text}`)
  return type
}

function checkFields(document: DocumentNode, schema: GraphQLSchema): void {
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name }) {
        if (types.getParentType() === schema.getQueryType() && REFUSED_FIELDS.includes(name.value))
          throw new GraphQLError(`Expected no ${name.value}: it cannot be asked here`)
      },
    }),
  )
}

/** `translationPreview`: a text in another language, before it is sent or while it is read. */
import { GraphQLError } from 'graphql'
import { actorById } from '#domain/actors/loaders.ts'
import { type BackendRow, backendById, backendOf } from '#domain/backends/loaders.ts'
import { type Invalid, notFound, type Problem } from '#domain/backends/problems.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { messageBodyById } from '#domain/messages/loaders.ts'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { forbidden } from '#domain/viewer/permissions.ts'
import { currentWorkspace } from '#domain/workspaces/loaders.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { TRANSLATION_DEADLINE_MS } from '#platform/language/languages.ts'
import { type SeenMessage, seenMessage, seenTicket } from './seen.ts'
import { type Made, TranslationError, translate } from './translating.ts'

type Preview = Made & { to: string }

const TranslationPreview = builder.objectRef<Preview>('TranslationPreview').implement({
  description: 'A text in another language; nothing of it is stored.',
  fields: (t) => ({
    translatedText: t.exposeString('text', { description: 'The translation as plain text.' }),
    sourceLocale: t.field({
      type: 'Locale',
      nullable: true,
      description: 'The language it was in, as given or as the translator says; null when nobody says.',
      resolve: ({ from }) => from,
    }),
    targetLocale: t.field({ type: 'Locale', description: 'The language it is in now.', resolve: ({ to }) => to }),
    provider: t.exposeString('provider', { description: 'Who translated: a help desk, or the configured translator.' }),
  }),
})

const TranslationPreviewInput = builder.inputType('TranslationPreviewInput', {
  description: 'What to translate. The languages are those of the ticket unless they are named.',
  fields: (t) => ({
    text: t.string({ description: 'The text, at most 10,000 characters. Left out: what the message says.' }),
    ticketId: t.id({
      description:
        'The ticket it is for: an answer goes into the language of the contact, and the help desk translates itself where it can.',
    }),
    messageId: t.id({
      description:
        'The message it is about: one of the contact goes into the language of the agent, or of the workspace.',
    }),
    contactId: t.id({ description: 'For a new ticket: who is written to.' }),
    from: t.field({
      type: 'Locale',
      description: 'The language it is in. Left out: that of the ticket, else it is found out.',
    }),
    to: t.field({ type: 'Locale', description: 'The language it should be in.' }),
  }),
})
type Shape = typeof TranslationPreviewInput.$inferInput

builder.queryField('translationPreview', (t) =>
  t.field({
    type: TranslationPreview,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Translates a text without storing it; not for customers, who have their messages translated by `messageTranslate`. Asks the help desk or the configured translator, so it can take up to 10 s; what fails is a top-level error whose `extensions.code` is one of `ErrorCode`.',
    args: { input: t.arg({ type: TranslationPreviewInput, required: true, description: 'What to translate.' }) },
    extensions: { ...costs(10), waitsMs: TRANSLATION_DEADLINE_MS },
    resolve: async (_root, { input }, context) => {
      try {
        return await preview(context, input)
      } catch (error) {
        throw error instanceof TranslationError ? topLevel(error.problem) : error
      }
    },
  }),
)

async function preview(context: GraphContext, input: Shape): Promise<Preview> {
  // Nothing of it is kept, so there would be no end of what they have translated at the company's cost.
  if (context.viewer.role === 'CONTACT') throw new TranslationError(forbiddenProblem)
  const about = await aboutWhat(context, input)
  const text = input.text ?? (about.message && (await messageBodyById(context, about.message.id))?.bodyText)
  if (text == null) throw required('text', 'Expected a text, or the message whose text it is.')
  const { to, ...source } = await languagesOf(context, input, about)
  const made = await translate(context, {
    ...{ ...source, text, to, html: null, backend: about.backend },
    ticketExternalId: about.ticket && isVendorId(about.ticket.externalId) ? about.ticket.externalId : null,
  })
  return { ...made, to }
}

type About = {
  message: SeenMessage['message'] | null
  ticket: TicketRow | null
  backend: BackendRow | null
  /** Of a contact who has no ticket yet. */
  contactLanguage: string | null
}

async function aboutWhat(context: GraphContext, { ticketId, messageId, contactId }: Shape): Promise<About> {
  if (messageId != null) {
    const seen = await seenMessage(context, messageId)
    if (!seen) throw missing('message', messageId, 'messageId')
    return { ...seen, backend: await backendOf(context, seen.ticket), contactLanguage: null }
  }
  if (ticketId != null) {
    const ticket = await seenTicket(context, ticketId)
    if (!ticket) throw missing('ticket', ticketId, 'ticketId')
    return { message: null, ticket, backend: await backendOf(context, ticket), contactLanguage: null }
  }
  if (contactId == null) return { message: null, ticket: null, backend: null, contactLanguage: null }
  const id = idFrom(contactId, 'Contact')
  const contact = id === null ? null : await actorById(context, id)
  if (!contact || (contact.type !== 'CONTACT' && contact.type !== 'VISITOR'))
    throw missing('contact', contactId, 'contactId')
  const backend = contact.backendId === null ? null : await backendById(context, contact.backendId)
  return { message: null, ticket: null, backend, contactLanguage: contact.language }
}

/** From the side that wrote it to the other one. */
async function languagesOf(context: GraphContext, input: Shape, { message, ticket, contactLanguage }: About) {
  const isOfContact = message?.direction === 'INBOUND'
  const contact = ticket?.contactLanguage ?? contactLanguage
  const agent = ticket?.agentLanguage ?? null
  const own = isOfContact ? contact : agent
  // Somebody who writes now knows the language of the ticket; what is written already may be in any.
  const from = input.from ?? (message ? null : own)
  const to = input.to ?? (isOfContact ? (agent ?? (await currentWorkspace(context)).defaultLocale) : contact)
  if (to) return { from, likelyFrom: own, to }
  throw required('to', 'Expected a language: nobody has said which one the contact speaks.')
}

// ------------------------------------------------------------------ failures

function topLevel({ message, code, path }: Problem): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...(path && { argument: path.join('.') }) } })
}

function missing(what: string, nodeId: string, field: string): TranslationError {
  return new TranslationError(notFound(what, nodeId, ['input', field]))
}

function required(field: string, message: string): TranslationError {
  const problem = { __typename: 'ValidationError', message, code: 'REQUIRED', path: ['input', field], rule: null }
  return new TranslationError(problem as Invalid)
}

const forbiddenProblem: Problem = {
  ...{ __typename: 'ForbiddenError', message: forbidden.explanation, code: 'FORBIDDEN', path: ['input'] },
}

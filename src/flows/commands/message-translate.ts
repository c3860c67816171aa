/** Translates a message and keeps the translation beside it, one for each language. */
import { and, eq } from 'drizzle-orm'
import { backendOf } from '#domain/backends/loaders.ts'
import { messages } from '#domain/messages/table.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { MessageTranslation } from '#domain/translations/graphql.ts'
import { serves, translationOf } from '#domain/translations/loaders.ts'
import { type NewTranslation, translationFor, upsertTranslations } from '#domain/translations/making.ts'
import { seenMessage } from '#domain/translations/seen.ts'
import { TranslationError } from '#domain/translations/translating.ts'
import { messageRefusal } from '#domain/viewer/message-permissions.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { localeFrom } from '#translators/locales.ts'
import { askFirst } from './ask-first.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload, messagePart } from './payloads.ts'
import { forbiddenError, refused } from './permits.ts'
import { CommandError, missing } from './problem.ts'
import { logChanges } from './ticket-edit.ts'

const MessageTranslateInput = builder.inputType('MessageTranslateInput', {
  description: 'Which message to translate, and into what.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The message.' }),
    to: t.field({ type: 'Locale', required: true, description: 'The language.' }),
    force: t.boolean({
      defaultValue: false,
      description: 'Make it anew, also where there is one already; not for customers.',
    }),
    ...namedByClient(t),
  }),
})
type Shape = typeof MessageTranslateInput.$inferInput

const MessageTranslatePayload = builder.objectRef<Payload>('MessageTranslatePayload').implement({
  description: 'The translation of a message.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    translation: t.field({
      type: MessageTranslation,
      nullable: true,
      description: 'The translation; null when there is none.',
      resolve: async ({ messageIds, translationLocale }, _args, context) => {
        const message = messageIds?.[0] ? await visibleMessage(context, messageIds[0]) : null
        return message && translationOf(context, message, translationLocale ?? null)
      },
    }),
    ...messagePart(t),
  }),
})

builder.mutationField('messageTranslate', (t) =>
  t.field({
    type: MessageTranslatePayload,
    scopes: ['MESSAGES_WRITE'],
    description:
      'Translates a message, by its help desk where that translates, else by the configured translator, and keeps the translation. One that is there already is answered without asking anybody.',
    args: { input: t.arg({ type: MessageTranslateInput, required: true, description: 'What to translate.' }) },
    resolve: (_root, { input }, context) => askFirst(context, 'messageTranslate', input, translation, keep),
  }),
)

const path = ['input', 'id']

/** Null: there is one already. */
async function translation(context: GraphContext, { id, to, force }: Shape): Promise<NewTranslation | null> {
  const seen = await seenMessage(context, id)
  if (!seen) throw missing('message', id, path)
  const { message, ticket } = seen
  const { viewer, languages } = context
  const isCustomer = viewer.role === 'CONTACT'
  if (force && isCustomer) throw forbiddenError('A customer takes the translation that is there.', ['input', 'force'])
  const backend = await backendOf(context, message)
  const stored = force ? null : await translationOf(context, message, to)
  if (stored && serves(stored, to, { isFrugal: isCustomer })) return null
  const refusal = messageRefusal('translate', { viewer, ticket, backend, message, own: null, languages })
  if (refusal) throw refused(refusal, backend, path)
  try {
    return await translationFor(context, seen, localeFrom(to) ?? to)
  } catch (error) {
    if (!(error instanceof TranslationError)) throw error
    const { problem } = error
    throw new CommandError({ ...problem, path: problem.path && path })
  }
}

async function keep(command: Command, { id, to }: Shape, made: NewTranslation | null): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  const messageId = idFrom(id, 'Message') ?? ''
  const outcome = { messageIds: [messageId], translationLocale: to }
  if (made === null) return outcome
  const [row] = await tx
    .select({ ticketId: messages.ticketId })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, messageId)))
    .for('key share')
  if (!row) throw missing('message', id, path)
  const written = await upsertTranslations(tx, [{ ...made, workspaceId, messageId, createdAt: now }])
  const line = { ...row, messageId, kind: 'UPDATED' as const, changedFields: ['translation'], version: null }
  if (written > 0) await logChanges(command, [line])
  return outcome
}

/** Passes a message on to somebody outside the conversation. */
import { and, eq } from 'drizzle-orm'
import { messages, type WholeMessage } from '#domain/messages/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { addEntries } from './entries.ts'
import { BodyInput, EmailAddressInput, type EntryShape, onlyOnce } from './inputs.ts'
import { editMessage, permitMessage } from './message-edit.ts'
import type { Command, Outcome } from './outcome.ts'
import { MessagePayload } from './payloads.ts'
import * as plausible from './plausible.ts'
import { invalid, withPaths } from './problem.ts'
import { saveTicket } from './ticket-edit.ts'

const MOST_RECIPIENTS = 100
const receiving = new Set(['TO', 'CC', 'BCC', 'FORWARDED_TO'])

const MessageForwardInput = builder.inputType('MessageForwardInput', {
  description: 'Which message to pass on, and to whom.',
  fields: (t) => ({
    messageId: t.id({ required: true, description: 'The message.' }),
    to: t.field({
      type: [EmailAddressInput],
      required: true,
      description: 'Who gets it: TO, CC, BCC or FORWARDED_TO.',
    }),
    body: t.field({ type: BodyInput, description: 'What to say above it; left out: nothing but the message itself.' }),
    includeAttachments: t.boolean({ defaultValue: true, description: 'Whether its files go along.' }),
    ...onlyOnce(t),
  }),
})
type Shape = typeof MessageForwardInput.$inferInput

builder.mutationField('messageForward', (t) =>
  t.field({
    type: MessagePayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Passes a message on. Its text is quoted below what is said.',
    args: { input: t.arg({ type: MessageForwardInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'messageForward', input, messageForward),
  }),
)

async function messageForward(command: Command, input: Shape): Promise<Outcome> {
  const about = await editMessage(command, input.messageId, ['input', 'messageId'])
  permitMessage(command, about, 'forward', ['input', 'messageId'])
  const { edit, message: original } = about
  const entry: EntryShape = {
    ...{ type: 'FORWARD', body: input.body ?? { text: '' }, emailAddresses: recipientsFrom(input.to) },
    subject: subjectOf(original),
  }
  const [written] = await addEntries(command, edit, [{ entry, path: ['input'] }], {
    conversationId: nodeIdOf('Conversation', original.conversationId),
    forwarded: { messageId: original.id, includesAttachments: input.includeAttachments ?? true },
    path: ['input'],
  }).catch((error) => {
    throw withPaths(error, { emailAddresses: 'to', type: 'messageId' })
  })
  const message = written?.message as WholeMessage
  await quote(command, message, original)
  await saveTicket(command, edit)
  return { ticketId: edit.before.id, messageIds: [message.id] }
}

function recipientsFrom(to: Shape['to']): Shape['to'] {
  const path = ['input', 'to']
  for (const [index, { direction }] of plausible.listOf(to, path, MOST_RECIPIENTS).entries()) {
    if (!receiving.has(direction))
      throw invalid([...path, index, 'direction'], `Expected one of ${[...receiving].join(', ')}, got ${direction}.`)
  }
  return to
}

/** Null where the channel has no subjects. */
function subjectOf({ subject }: WholeMessage): string | null {
  if (!subject?.trim()) return null
  return (/^\s*(fwd?|wg|tr|rv|enc)\s*:/i.test(subject) ? subject : `Fwd: ${subject}`).slice(0, 1000)
}

/** The help desk quotes it in what goes out; here it stands beside our own words until the ticket is read again. */
async function quote({ tx, workspaceId }: Command, message: WholeMessage, original: WholeMessage): Promise<void> {
  await tx
    .update(messages)
    .set({ quotedText: original.bodyText, ...(message.preview === '' && { preview: original.preview }) })
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, message.id)))
}

/** What the stream of a ticket says when a message was translated: the line of the log that `messageTranslate` writes. */
import { UserError } from '#domain/backends/problems.ts'
import type { Line } from '#domain/changes/feed.ts'
import { ChangeEvent } from '#domain/changes/graphql.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { builder } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { MessageTranslation } from './graphql.ts'
import { translationOf } from './loaders.ts'

export const TranslationEvent = builder.objectRef<Line>('TranslationEvent').implement({
  description: 'A message was translated. In `changes` this is a `MessageEvent`.',
  interfaces: [ChangeEvent],
  fields: (t) => ({
    messageId: t.id({
      description: 'Which message.',
      resolve: ({ messageId }) => nodeIdOf('Message', messageId as string),
    }),
    translation: t.field({
      type: MessageTranslation,
      nullable: true,
      description: 'Its newest translation; null when the message is gone, or says something else by now.',
      resolve: async ({ messageId }, _args, context) => {
        const message = await visibleMessage(context, messageId as string)
        return message && translationOf(context, message, null)
      },
    }),
    errors: t.field({
      type: [UserError],
      description:
        'Expected failures. Nobody but who asked for a translation is told that it failed, so there are none.',
      resolve: () => [],
    }),
  }),
})

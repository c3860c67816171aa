import { Message } from '#domain/messages/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'
import { type Translation, translationOf } from './loaders.ts'

export const MessageTranslation = builder.objectRef<Translation>('MessageTranslation').implement({
  description: 'A message in another language.',
  fields: (t) => ({
    locale: t.field({
      type: 'Locale',
      nullable: true,
      description: 'The language it was translated to; null when the help desk does not say.',
      resolve: ({ locale }) => locale,
    }),
    sourceLocale: t.field({
      type: 'Locale',
      nullable: true,
      description: 'The language it was translated from; null when nobody says.',
      resolve: ({ sourceLocale }) => sourceLocale,
    }),
    text: t.exposeString('text', { description: 'The translation as plain text.' }),
    html: t.exposeString('html', { nullable: true, description: 'The translation as safe HTML.' }),
    provider: t.exposeString('provider', { description: 'Who translated.' }),
    isFromBackend: t.exposeBoolean('isFromBackend', {
      description: 'True: made by the help desk. False: made by the configured translator.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was made or first seen.',
      resolve: ({ createdAt }) => createdAt,
    }),
  }),
})

builder.objectField(Message, 'translation', (t) =>
  t.field({
    type: MessageTranslation,
    nullable: true,
    description: 'A stored translation of what it says now, if there is one. `messageTranslate` makes one.',
    args: {
      to: t.arg({
        type: 'Locale',
        description: 'In this language, also as written in another region where there is no better one; otherwise any.',
      }),
    },
    resolve: (message, { to }, context) => translationOf(context, message, to ?? null),
  }),
)

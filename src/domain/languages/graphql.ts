import { builder } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { type Detection, detected } from './detecting.ts'

export const LanguageDetection = builder.objectRef<Detection>('LanguageDetection').implement({
  description: 'Which language a text is in.',
  fields: (t) => ({
    locale: t.field({
      type: 'Locale',
      nullable: true,
      description:
        'The language; null where there is none, as in numbers and addresses, or where a guess would be worth nothing.',
      resolve: ({ locale }) => locale,
    }),
    confidence: t.exposeFloat('confidence', {
      nullable: true,
      description:
        'From 0 to 1: how often such an answer is right. Null when there is no language in it, or the help desk does not say.',
    }),
    provider: t.exposeString('provider', { description: 'Who found out: a help desk, or our own library.' }),
  }),
})

builder.queryField('detectLanguage', (t) =>
  t.field({
    extensions: costs(10),
    type: LanguageDetection,
    scopes: ['TICKETS_READ'],
    description:
      'Which language a text is in, by our own library. Quoted mails, addresses and codes in it are passed over.',
    args: { text: t.arg.string({ required: true, description: 'The text; its first 5,000 characters count.' }) },
    resolve: (_root, { text }, context) => detected(context, text),
  }),
)

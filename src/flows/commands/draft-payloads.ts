/** What commands on drafts answer. */
import { Draft, visibleDraft } from '#domain/drafts/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'
import type { Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, replayedPart, ticketPart } from './payloads.ts'

export const DraftPayload = builder.objectRef<Payload>('DraftPayload').implement({
  description: 'What became of a draft.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    draft: t.field({
      type: Draft,
      nullable: true,
      description: 'The draft as it is now; null when nothing was changed.',
      resolve: ({ draftId }, _args, context) => (draftId ? visibleDraft(context, draftId) : null),
    }),
    ...ticketPart(t),
    ...replayedPart(t),
    ...deliveriesPart(t),
  }),
})

export const DraftDeletePayload = builder.objectRef<Payload>('DraftDeletePayload').implement({
  description: 'Which draft is gone.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    deletedDraftId: t.id({
      nullable: true,
      description: 'Global id of the draft that was deleted; null when none was.',
      resolve: ({ deletedId }) => deletedId ?? null,
    }),
    ...ticketPart(t),
    ...deliveriesPart(t),
  }),
})

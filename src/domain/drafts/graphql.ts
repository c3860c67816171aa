import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { addressed, EmailAddress, EmailAddressDirectionEnum, MessageContentTypeEnum } from '#domain/messages/graphql.ts'
import { RichText } from '#domain/messages/rich-text.ts'
import { ConflictError } from '#domain/tickets/conflict.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { type TicketRow, ticketOf } from '#domain/tickets/loaders.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { connectionOf } from '#platform/graphql/connections.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { previewOf, readMinutesOf } from '#platform/richtext/plain-text.ts'
import { type DraftRow, draftById, draftsOfTicket, isDraftShownTo } from './loaders.ts'

export const Draft = builder.objectRef<DraftRow>('Draft').implement({
  scopes: ['TICKETS_READ'],
  description: 'An entry somebody has begun and not sent. Agents share one per ticket and kind.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Draft')),
    ticket: t.field({
      type: Ticket,
      description: 'The ticket it answers.',
      resolve: (row, _args, context) => ticketOf(context, row),
    }),
    type: t.field({
      type: ConversationTypeEnum,
      description: 'What kind of entry it will be.',
      resolve: ({ type }) => type,
    }),
    version: t.exposeInt('version', { description: 'Raised by every change.' }),
    subject: t.exposeString('subject', { nullable: true, description: 'Its subject.' }),
    body: t.field({
      type: RichText,
      description: 'What it says so far.',
      resolve: (row) => ({
        known: { preview: previewOf(row.bodyText), readMinutes: readMinutesOf(row.bodyText) },
        body: async () => row,
      }),
    }),
    contentType: t.field({
      type: MessageContentTypeEnum,
      description: 'What it is made of.',
      resolve: ({ contentType }) => contentType,
    }),
    emailAddresses: t.field({
      type: [EmailAddress],
      description: 'Who it will go to.',
      args: { direction: t.arg({ type: [EmailAddressDirectionEnum], description: 'Only these parts.' }) },
      resolve: ({ addresses, backendId }, { direction }) => addressed(addresses, backendId, direction),
    }),
    quotedText: t.exposeString('quotedText', { nullable: true, description: 'The quoted history under it.' }),
    hasUnreceivedAttachment: t.exposeBoolean('hasUnreceivedAttachment', {
      description: 'Whether a file of it is still on its way to the help desk.',
    }),
    metadata: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What else the help desk noted.',
      resolve: ({ metadata }) => metadata,
    }),
    updatedBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who last changed it.',
      resolve: (row, _args, context) => actorOf(context, row.updatedById),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was begun.', resolve: ({ createdAt }) => createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last changed.',
      resolve: ({ updatedAt }) => updatedAt,
    }),
  }),
})

export async function visibleDraft(context: GraphContext, id: string): Promise<DraftRow | null> {
  const row = await draftById(context, id)
  return row && isDraftShownTo(context.viewer, row) ? row : null
}

registerNode('Draft', visibleDraft)

export const DraftConnection = connectionOf('Draft', Draft, 'drafts')

const draftsFor = async (row: TicketRow, context: GraphContext) =>
  row.hasDraft ? (await draftsOfTicket(context, row.id)).filter((draft) => isDraftShownTo(context.viewer, draft)) : []

builder.objectFields(Ticket, (t) => ({
  hasDraft: t.boolean({
    hidden: fromContacts(false),
    description: 'Whether somebody has begun an entry and not sent it.',
    resolve: async (row, _args, context) => {
      if (!row.hasDraft || sightOf(context.viewer) === 'ALL') return row.hasDraft
      const all = await draftsOfTicket(context, row.id)
      return all.length === 0 || all.some((draft) => isDraftShownTo(context.viewer, draft))
    },
  }),
  draft: t.field({
    hidden: fromContacts(null),
    type: Draft,
    nullable: true,
    description: 'What somebody has begun: the shared draft, of several kinds the latest one.',
    args: { type: t.arg({ type: ConversationTypeEnum, description: 'Only of this kind.' }) },
    resolve: async (row, { type }, context) =>
      (await draftsFor(row, context)).find((draft) => !type || draft.type === type),
  }),
  drafts: t.field({
    hidden: fromContacts([]),
    type: [Draft],
    description: 'All that is begun: the shared draft of each kind, then what could not be sent and lies beside it.',
    resolve: (row, _args, context) => draftsFor(row, context),
  }),
}))

builder.objectField(ConflictError, 'currentDraft', (t) =>
  t.field({
    type: Draft,
    nullable: true,
    description: 'The draft as it is now, so that it can be merged without a second request; null when it is gone.',
    resolve: ({ draftId }, _args, context) => (draftId ? visibleDraft(context, draftId) : null),
  }),
)

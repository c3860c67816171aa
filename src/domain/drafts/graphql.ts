import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { addressed, EmailAddress, EmailAddressDirectionEnum, MessageContentTypeEnum } from '#domain/messages/graphql.ts'
import { RichText } from '#domain/messages/rich-text.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { ticketOf } from '#domain/tickets/loaders.ts'
import { builder } from '#platform/graphql/builder.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { previewOf, readMinutesOf } from '#platform/richtext/plain-text.ts'
import { type DraftRow, draftById, draftsOfTicket } from './loaders.ts'

export const Draft = builder.objectRef<DraftRow>('Draft').implement({
  description: 'An answer somebody has begun and not sent. One per ticket and kind.',
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
        preview: previewOf(row.bodyText),
        readMinutes: readMinutesOf(row.bodyText),
        body: async () => ({ ...row, bodyMarkdown: null, bodyEditorjs: null }),
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

registerNode('Draft', draftById)

builder.objectField(Ticket, 'draft', (t) =>
  t.field({
    type: Draft,
    nullable: true,
    description: 'The answer somebody has begun; the latest one when there are several.',
    resolve: async (row, _args, context) =>
      row.hasDraft ? ((await draftsOfTicket(context, row.id))[0] ?? null) : null,
  }),
)

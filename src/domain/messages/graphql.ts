import { Contact } from '#domain/actors/contacts.ts'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf, contactByEmail } from '#domain/actors/loaders.ts'
import { Channel, ChannelAccount } from '#domain/channels/graphql.ts'
import { accountById, channelById } from '#domain/channels/loaders.ts'
import { Conversation, ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { conversationById } from '#domain/conversations/loaders.ts'
import { TicketPriorityEnum } from '#domain/tickets/filter.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { ticketOf } from '#domain/tickets/loaders.ts'
import { BackendLabel } from '#domain/tickets/parts.ts'
import { TimelineItem, TimelineItemTypeEnum } from '#domain/tickets/timeline-item.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, enumOf, type GraphContext } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { deliveryStatuses, emailAddressDirections, messageContentTypes, messageDirections } from '#vocabulary.ts'
import {
  type AddressRow,
  addressesOfConversation,
  addressesOfMessage,
  isOwnAddress,
  type MessageBody,
  type MessageRow,
  messageBodyById,
  messageDetailById,
  messageRawById,
} from './loaders.ts'
import { RichText, type RichTextShape } from './rich-text.ts'
import type { MessageDelivery as DeliveryShape, MessagePart as PartShape } from './table.ts'
import { visibleMessage, visibleMessageAt } from './visible.ts'

export const MessageDirectionEnum = enumOf(
  'MessageDirection',
  'Which way a message went, seen from our organisation.',
  messageDirections,
)
export const MessageContentTypeEnum = enumOf('MessageContentType', 'What a message is made of.', messageContentTypes)
const DeliveryStatusEnum = enumOf('DeliveryStatus', 'How far a message got on its way out.', deliveryStatuses)
export const EmailAddressDirectionEnum = enumOf(
  'EmailAddressDirection',
  'What part an address plays in an e-mail.',
  emailAddressDirections,
)

type Addressed = AddressRow & { backendId: string }
export const EmailAddress = builder.objectRef<Addressed>('EmailAddress').implement({
  description: 'A mail address on a message.',
  fields: (t) => ({
    email: t.exposeString('email', { description: 'The address.' }),
    name: t.exposeString('name', { nullable: true, description: 'The name written with it.' }),
    direction: t.field({
      type: EmailAddressDirectionEnum,
      description: 'What part it plays.',
      resolve: ({ direction }) => direction,
    }),
    contact: t.field({
      type: Contact,
      nullable: true,
      description: 'The contact who has this address at the same help desk.',
      resolve: ({ backendId, email }, _args, context) => contactByEmail(context, backendId, email),
    }),
    isOwnAddress: t.boolean({
      description: 'Whether it is one of our own channel accounts.',
      resolve: ({ email }, _args, context) => isOwnAddress(context, email),
    }),
  }),
})

/** The addresses of the asked directions, with the backend they were seen at. */
export function addressed(
  rows: AddressRow[],
  backendId: string,
  directions: AddressRow['direction'][] | null | undefined,
): Addressed[] {
  return rows
    .filter(({ direction }) => !directions || directions.includes(direction))
    .map((row) => ({ ...row, backendId }))
}

/** Who got it without the others knowing, customers are not told. */
function shownAddresses({ viewer }: GraphContext, rows: AddressRow[]): AddressRow[] {
  if (viewer.role !== 'CONTACT') return rows
  return rows.filter(({ direction }) => direction !== 'BCC' && direction !== 'FORWARDED_TO')
}

const MessageDelivery = builder.objectRef<DeliveryShape>('MessageDelivery').implement({
  description: 'What became of a message on its way out.',
  fields: (t) => ({
    status: t.field({ type: DeliveryStatusEnum, description: 'How far it got.', resolve: ({ status }) => status }),
    failReason: t.string({ nullable: true, description: 'Why it failed.', resolve: ({ failReason }) => failReason }),
    at: t.field({ type: 'DateTime', nullable: true, description: 'When it got there.', resolve: ({ at }) => at }),
    retryCount: t.int({ description: 'How often it was tried again.', resolve: ({ retryCount }) => retryCount ?? 0 }),
    groupId: t.string({ nullable: true, description: 'The batch it was sent in.', resolve: ({ groupId }) => groupId }),
    orderNumber: t.int({
      nullable: true,
      description: 'Its place in the batch.',
      resolve: ({ orderNumber }) => orderNumber,
    }),
  }),
})

const MessagePart = builder.objectRef<PartShape>('MessagePart').implement({
  description: 'A part of a body as the channel delivered it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: "The help desk's id of the part; not a global id." }),
    contentType: t.exposeString('contentType', { description: 'Media type.' }),
    encoding: t.string({
      nullable: true,
      description: 'Character encoding it claims.',
      resolve: ({ encoding }) => encoding,
    }),
    body: t.exposeString('body', { description: 'As it came. Never show it unsanitised.' }),
    text: t.string({ nullable: true, description: 'Its plain text.', resolve: ({ text }) => text }),
    templateId: t.string({
      hidden: fromContacts(null),
      nullable: true,
      description: 'The template it was made from.',
      resolve: ({ templateId }) => templateId,
    }),
    meta: t.field({
      hidden: fromContacts(null),
      type: 'JSON',
      nullable: true,
      description: 'What else the help desk noted.',
      resolve: ({ meta }) => meta,
    }),
  }),
})

function richTextOf(row: MessageRow, context: GraphContext): RichTextShape {
  const body = () => messageBodyById(context, row.id) as Promise<MessageBody>
  return { known: row, body }
}

export const Message = builder.objectRef<MessageRow>('Message')
Message.implement({
  scopes: ['TICKETS_READ'],
  description: 'Something said on a ticket: a message, a note, or a line the help desk wrote.',
  interfaces: [Node, TimelineItem],
  fields: (t) => ({
    id: t.id(nodeIdField('Message')),
    itemType: t.field({
      type: TimelineItemTypeEnum,
      description: 'What it is in the timeline of its ticket.',
      resolve: () => 'MESSAGE' as const,
    }),
    externalId: t.exposeString('externalId', { description: "The help desk's own id of it." }),
    sourceId: t.exposeString('sourceId', {
      nullable: true,
      description: 'Its id in the channel it came by, e.g. the Message-ID of an e-mail.',
    }),
    clientMessageId: t.exposeString('clientMessageId', {
      hidden: {
        from: ({ role, actorId }, { senderId }: MessageRow) => role === 'CONTACT' && senderId !== actorId,
        ...{ as: null, says: 'To a contact, of their own.' },
      },
      nullable: true,
      description: 'The idempotency key it was sent with from here.',
    }),
    at: t.field({
      type: 'DateTime',
      description: 'Its time: when it was sent, received or written, whichever the channel goes by.',
      resolve: ({ at }) => at,
    }),
    ticket: t.field({
      type: Ticket,
      description: 'The ticket it belongs to.',
      resolve: (row, _args, context) => ticketOf(context, row),
    }),
    conversation: t.field({
      type: Conversation,
      description: 'The thread it belongs to.',
      resolve: async (row, _args, context) => conversationOf(context, row),
    }),
    type: t.field({
      type: ConversationTypeEnum,
      description: 'What kind of entry it is.',
      resolve: ({ type }) => type,
    }),
    direction: t.field({
      type: MessageDirectionEnum,
      description: 'Which way it went.',
      resolve: ({ direction }) => direction,
    }),
    contentType: t.field({
      type: MessageContentTypeEnum,
      description: 'What it is made of.',
      resolve: ({ contentType }) => contentType,
    }),
    subject: t.exposeString('subject', { nullable: true, description: 'Its own subject, e.g. of an e-mail.' }),
    body: t.field({
      type: RichText,
      description: 'What it says.',
      resolve: (row, _args, context) => richTextOf(row, context),
    }),
    parts: t.field({
      type: [MessagePart],
      description: 'The parts of the body as the channel delivered them; empty where it has no parts.',
      resolve: async (row, _args, context) =>
        ((await messageBodyById(context, row.id))?.bodyParts as PartShape[] | null) ?? [],
    }),
    sender: t.field({
      type: Actor,
      nullable: true,
      description: 'Who wrote it; null when the help desk does not say.',
      resolve: (row, _args, context) => actorOf(context, row.senderId),
    }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'Same as `sender`.',
      resolve: (row, _args, context) => actorOf(context, row.senderId),
    }),
    senderName: t.string({
      nullable: true,
      description: 'Name as written on the message, also where no actor is known.',
      resolve: async (row, _args, context) => row.senderName ?? (await actorOf(context, row.senderId))?.displayName,
    }),
    emailAddresses: t.field({
      type: [EmailAddress],
      description: 'Who it came from and went to, in the order written.',
      args: { direction: t.arg({ type: [EmailAddressDirectionEnum], description: 'Only these parts.' }) },
      resolve: (row, { direction }, context) =>
        addressesOfMessage(context, row.id).then((rows) =>
          addressed(shownAddresses(context, rows), row.backendId, direction),
        ),
    }),
    parent: t.field({
      type: Message,
      nullable: true,
      description: 'The message it answers.',
      resolve: (row, _args, context) => visibleMessageAt(context, row.backendId, row.parentExternalId),
    }),
    previous: t.field({
      type: Message,
      nullable: true,
      description: 'The message before it, as the help desk links them.',
      resolve: (row, _args, context) => visibleMessageAt(context, row.backendId, row.previousExternalId),
    }),
    isInternal: t.exposeBoolean('isInternal', { description: 'Whether only agents see it.' }),
    isRead: t.exposeBoolean('isRead', { description: 'Whether it was read; true where the help desk does not say.' }),
    isSpam: t.exposeBoolean('isSpam', { hidden: fromContacts(false), description: 'Whether it is spam.' }),
    isSuggested: t.boolean({
      description: 'Whether a machine proposed it.',
      resolve: ({ type }) => type === 'SUGGESTED_REPLY',
    }),
    isEdited: t.exposeBoolean('isEdited', { description: 'Whether it was changed after it was written.' }),
    isDeleted: t.exposeBoolean('isDeleted', { description: 'Whether its text was removed at the help desk.' }),
    showInlineImages: t.exposeBoolean('showInlineImages', {
      description: 'Whether pictures in the text should be shown.',
    }),
    showInCorrespondence: t.exposeBoolean('showInCorrespondence', {
      description: "Whether it belongs to what the contact sees of the ticket's history.",
    }),
    isOriginalSentToContact: t.exposeBoolean('isOriginalSentToContact', {
      nullable: true,
      description: 'Whether the untranslated text was sent.',
    }),
    statusDetail: t.field({
      hidden: fromContacts(null),
      type: BackendLabel,
      nullable: true,
      description: "Its state in the help desk's own words.",
      resolve: ({ statusDetail }) => statusDetail,
    }),
    priority: t.field({
      type: TicketPriorityEnum,
      nullable: true,
      description: 'Its own priority, where messages have one.',
      resolve: ({ priority }) => priority,
    }),
    extractedText: t.exposeString('extractedText', {
      nullable: true,
      description: 'Only the newest part of a quoted e-mail, as the help desk cut it out.',
    }),
    delivery: t.field({
      hidden: fromContacts(null),
      type: MessageDelivery,
      nullable: true,
      description: 'What became of it on its way out.',
      resolve: ({ delivery }) => delivery,
    }),
    channel: t.field({
      type: Channel,
      nullable: true,
      description: 'The channel it went by.',
      resolve: (row, _args, context) => (row.channelId ? channelById(context, row.channelId) : null),
    }),
    channelAccount: t.field({
      type: ChannelAccount,
      nullable: true,
      description: 'The account of the channel.',
      resolve: (row, _args, context) => (row.channelAccountId ? accountById(context, row.channelAccountId) : null),
    }),
    sentiment: t.field({
      hidden: fromContacts(null),
      type: 'JSON',
      nullable: true,
      description: 'What the help desk thinks of its mood.',
      resolve: async (row, _args, context) => (await messageDetailById(context, row.id))?.sentiment,
    }),
    contentAttributes: t.field({
      hidden: fromContacts(null),
      type: 'JSON',
      nullable: true,
      description: 'What belongs to its kind of content, e.g. the fields of a form.',
      resolve: async (row, _args, context) => (await messageDetailById(context, row.id))?.contentAttributes,
    }),
    metadata: t.field({
      hidden: fromContacts(null),
      type: 'JSON',
      nullable: true,
      description: 'What else the help desk noted.',
      resolve: async (row, _args, context) => (await messageDetailById(context, row.id))?.metadata,
    }),
    sentAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was sent.',
      resolve: ({ sentAt }) => sentAt,
    }),
    receivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was received.',
      resolve: ({ receivedAt }) => receivedAt,
    }),
    readAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was read.',
      resolve: ({ readAt }) => readAt,
    }),
    expiresAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When it will be gone.',
      resolve: ({ expiresAt }) => expiresAt,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created at the help desk.',
      resolve: ({ createdAt }) => createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last changed there.',
      resolve: ({ updatedAt }) => updatedAt,
    }),
    createdBy: t.field({
      type: Actor,
      nullable: true,
      description: 'Who created the entry.',
      resolve: (row, _args, context) => actorOf(context, row.createdById),
    }),
    updatedBy: t.field({
      hidden: fromContacts(null),
      type: Actor,
      nullable: true,
      description: 'Who last changed the entry.',
      resolve: (row, _args, context) => actorOf(context, row.updatedById),
    }),
    raw: t.field({
      type: 'JSON',
      scopes: ['RAW_READ'],
      nullable: true,
      description: "The help desk's own record, without live secrets.",
      resolve: async (row, _args, context) => (await messageRawById(context, row.id))?.raw,
    }),
  }),
})

async function conversationOf(context: GraphContext, row: MessageRow) {
  const conversation = await conversationById(context, row.conversationId)
  if (!conversation) throw new Error(`conversation ${row.conversationId} is missing`)
  return conversation
}

registerNode('Message', visibleMessage)

builder.objectField(Conversation, 'emailAddresses', (t) =>
  t.field({
    type: [EmailAddress],
    description: 'Everybody written to or from, each once per part, in order of appearance.',
    args: { direction: t.arg({ type: [EmailAddressDirectionEnum], description: 'Only these parts.' }) },
    resolve: async (row, { direction }, context) =>
      addressed(
        shownAddresses(context, await addressesOfConversation(context, row.id, sightOf(context.viewer))),
        row.backendId,
        direction,
      ),
  }),
)

builder.queryField('message', (t) =>
  t.field({
    type: Message,
    scopes: ['TICKETS_READ'],
    nullable: true,
    description: 'One message; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: (_root, { id }, context) => {
      const key = idFrom(id, 'Message')
      return key ? visibleMessage(context, key) : null
    },
  }),
)

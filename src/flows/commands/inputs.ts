/** Input types that several commands share. */
import { ContactRef } from '#domain/actors/contacts.ts'
import { ConversationTypeEnum } from '#domain/conversations/graphql.ts'
import { EmailAddressDirectionEnum, MessageContentTypeEnum } from '#domain/messages/graphql.ts'
import { ReplyingAgentModeEnum, TicketPriorityEnum, TicketStatusEnum } from '#domain/tickets/filter.ts'
import { builder, type GraphTypes } from '#platform/graphql/builder.ts'

const clientMutationId = 'Any text; echoed, and in events, so that a client knows its own changes.'
const idempotencyKey =
  'A text of your own, new for each thing you do. The same one with the same input answers again and does nothing twice; kept for seven days.'

type InputFields = PothosSchemaTypes.InputFieldBuilder<GraphTypes, 'InputObject'>
export const namedByClient = (t: InputFields) => ({ clientMutationId: t.string({ description: clientMutationId }) })
export const onlyOnce = (t: InputFields) => ({
  idempotencyKey: t.string({ description: idempotencyKey }),
  ...namedByClient(t),
})

export const NodeActionInput = builder.inputType('NodeActionInput', {
  description: 'Something by its global id.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Which one.' }), ...namedByClient(t) }),
})

export const TicketActionInput = builder.inputType('TicketActionInput', {
  description: 'Which ticket.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The ticket.' }),
    ifVersion: t.int({ description: 'Fail with ConflictError when the ticket moved on.' }),
    ...namedByClient(t),
  }),
})

export const MessageActionInput = builder.inputType('MessageActionInput', {
  description: 'Which message.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The message.' }), ...onlyOnce(t) }),
})

export const SideEnum = builder.enumType('Side', {
  description: 'One of the two parties of a conversation.',
  values: {
    AGENT: { description: 'Those who answer.' },
    CONTACT: { description: 'The customer.' },
  } as const,
})

const EditorJsBlockInput = builder.inputType('EditorJsBlockInput', {
  description: 'One block of an Editor.js document.',
  fields: (t) => ({
    id: t.string({ description: "The editor's id of it." }),
    type: t.string({ required: true, description: 'Kind of block, e.g. paragraph.' }),
    data: t.field({ type: 'JSON', required: true, description: 'Its content, as the kind defines it.' }),
  }),
})
const EditorJsInput = builder.inputType('EditorJsInput', {
  description: 'An Editor.js document.',
  fields: (t) => ({
    time: t.float({ description: 'When it was saved, in milliseconds since 1970.' }),
    version: t.string({ description: 'Version of the editor.' }),
    blocks: t.field({ type: [EditorJsBlockInput], required: true, description: 'The blocks in order.' }),
  }),
})
export const BodyInput = builder.inputType('BodyInput', {
  description: 'What is said, in exactly one form. The others are made of it, as far as the help desk needs them.',
  isOneOf: true,
  fields: (t) => ({
    text: t.string({ description: 'Plain text.' }),
    html: t.string({ description: 'HTML. What is not safe is removed before anybody sees it.' }),
    markdown: t.string({ description: 'Markdown (CommonMark with tables).' }),
    editorjs: t.field({ type: EditorJsInput, description: 'A document of Editor.js.' }),
  }),
})
export type BodyShape = typeof BodyInput.$inferInput

const EmailAddressInput = builder.inputType('EmailAddressInput', {
  description: 'Somebody a message goes to or comes from.',
  fields: (t) => ({
    email: t.string({ required: true, description: 'The address.' }),
    name: t.string({ description: 'The name beside it.' }),
    direction: t.field({ type: EmailAddressDirectionEnum, required: true, description: 'In which role.' }),
  }),
})

export { EmailAddressInput }

export const CustomFieldInput = builder.inputType('CustomFieldInput', {
  description: "One of a help desk's own fields.",
  fields: (t) => ({
    key: t.string({ required: true, description: 'Its key.' }),
    value: t.field({ type: 'JSON', description: 'The new value; null clears it.' }),
  }),
})

export const ActorRefInput = builder.inputType('ActorRef', {
  description: 'Somebody, named in exactly one way.',
  isOneOf: true,
  fields: (t) => ({
    contactId: t.id({ description: 'A contact by its global id.' }),
    agentId: t.id({ description: 'An agent by its global id.' }),
    botId: t.id({ description: 'A bot by its global id.' }),
    contact: t.field({ type: ContactRef, description: 'A contact by what they are called elsewhere.' }),
  }),
})
export type ActorRefShape = typeof ActorRefInput.$inferInput

export const AssigneeInput = builder.inputType('AssigneeInput', {
  description: 'Who is to have a ticket.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Global id of an agent or a bot of the same help desk.' }),
  }),
})

export const MessageEntryInput = builder.inputType('MessageEntryInput', {
  description: 'One entry of a thread: a reply, a note, a forward, or something imported.',
  fields: (t) => ({
    type: t.field({
      type: ConversationTypeEnum,
      required: true,
      defaultValue: 'REPLY_OUTBOUND',
      description: 'What kind of entry it is.',
    }),
    body: t.field({ type: BodyInput, required: true, description: 'What is said.' }),
    subject: t.string({ description: 'Subject, where the channel has one.' }),
    contentType: t.field({
      type: MessageContentTypeEnum,
      description: 'What it is made of; by default as the body is.',
    }),
    emailAddresses: t.field({ type: [EmailAddressInput], description: 'Who else gets it, and in which role.' }),
    attachmentIds: t.idList({ description: 'Uploaded files, see attachmentUploadCreate.' }),
    mentionAgentIds: t.idList({ description: 'Agents to call by a note.' }),
    parentMessageId: t.id({ description: 'The message it answers.' }),
    sender: t.field({ type: ActorRefInput, description: 'Who speaks; by default whoever the token belongs to.' }),
    isInternal: t.boolean({ description: 'Whether only agents see it; by default as the type says.' }),
    isRead: t.boolean({ description: 'Whether it counts as read already.' }),
    sourceId: t.string({ description: 'Its id in the channel it came by, for imports.' }),
    channelAccountId: t.id({ description: 'By which account of a channel it goes out.' }),
    at: t.field({ type: 'DateTime', description: 'For imports: the time to show instead of now.' }),
    showInlineImages: t.boolean({ description: 'Whether pictures inside the text are shown.' }),
    showInCorrespondence: t.boolean({ description: 'Whether it is part of what is quoted to the customer.' }),
    contentAttributes: t.field({ type: 'JSON', description: "The help desk's own additions to the content." }),
    metadata: t.field({ type: 'JSON', description: 'Your own additions.' }),
  }),
})
export type EntryShape = typeof MessageEntryInput.$inferInput

export const TicketPatch = builder.inputType('TicketPatch', {
  description: 'What to change of a ticket. What is left out stays; null clears.',
  fields: (t) => ({
    subject: t.string({ description: 'What it is about.' }),
    status: t.field({ type: TicketStatusEnum, description: 'How far it is.' }),
    rawStatus: t.string({ description: "The help desk's own status, when the common ones are too coarse." }),
    priority: t.field({ type: TicketPriorityEnum, description: 'How urgent it is.' }),
    assignee: t.field({ type: AssigneeInput, description: 'Who has it; null: nobody.' }),
    departmentId: t.id({ description: 'Which department has it; null: none.' }),
    requester: t.field({ type: ActorRefInput, description: 'Whose it is.' }),
    channelId: t.id({ description: 'By which channel it is answered.' }),
    channelAccountId: t.id({ description: 'By which account of a channel it is answered.' }),
    category: t.string({ description: 'Its category.' }),
    snoozedUntil: t.field({ type: 'DateTime', description: 'Until when it is parked; null ends that.' }),
    contactLanguage: t.field({ type: 'Locale', description: "The customer's language." }),
    agentLanguage: t.field({ type: 'Locale', description: "The agents' language." }),
    isAutoTranslationOn: t.boolean({ description: 'Whether messages are translated by themselves.' }),
    replyingAgentMode: t.field({ type: ReplyingAgentModeEnum, description: 'Who answers.' }),
    isReadByAgent: t.boolean({ description: 'Whether it counts as read by the agents.' }),
    isRecycled: t.boolean({ description: 'Whether it is in the recycle bin.' }),
    isSpam: t.boolean({ description: 'Whether it is spam.' }),
    tagIds: t.idList({ description: 'The whole set of tags; not together with the two below.' }),
    addTagIds: t.idList({ description: 'Tags to add.' }),
    removeTagIds: t.idList({ description: 'Tags to take away.' }),
    customFields: t.field({ type: [CustomFieldInput], description: "The help desk's own fields; others stay." }),
    message: t.field({ type: MessageEntryInput, description: 'Sent or added in the same step, as a closing reply.' }),
  }),
})
export type PatchShape = typeof TicketPatch.$inferInput

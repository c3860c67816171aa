import { Draft, visibleDraft } from '#domain/drafts/graphql.ts'
import { Message } from '#domain/messages/graphql.ts'
import { visibleMessage } from '#domain/messages/visible.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { visibleTicket } from '#domain/tickets/visible.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { connectionOf } from '#platform/graphql/connections.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { attachmentKinds, attachmentStatuses } from '#vocabulary.ts'
import { shownFileName } from './announced.ts'
import { downloadExpiry, downloadUrlOf, thumbnailUrlOf } from './download.ts'
import {
  type AttachmentRow,
  type AttachmentsShape,
  attachmentById,
  attachmentsOfDraft,
  attachmentsOfMessage,
  attachmentsOfTicket,
  seenAttachmentCount,
} from './loaders.ts'

const AttachmentStatusEnum = enumOf('AttachmentStatus', 'Whether a file can be downloaded.', attachmentStatuses)
const AttachmentKindEnum = enumOf('AttachmentKind', 'What kind of file it is.', attachmentKinds)

const pictureWidths = [16, 1024] as const

export const Attachment = builder.objectRef<AttachmentRow>('Attachment').implement({
  scopes: ['TICKETS_READ'],
  description: 'A file on a message or draft.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Attachment')),
    externalId: t.exposeString('externalId', { nullable: true, description: "The help desk's own id of it." }),
    name: t.string({
      description: 'File name, without folders and without signs that cannot be seen or turn the direction of writing.',
      resolve: ({ name }) => shownFileName(name),
    }),
    contentType: t.exposeString('contentType', { nullable: true, description: 'Media type.' }),
    kind: t.field({ type: AttachmentKindEnum, description: 'What kind of file it is.', resolve: ({ kind }) => kind }),
    sizeBytes: t.float({
      nullable: true,
      description: 'Size in bytes; a whole number that may exceed 32 bits.',
      resolve: ({ sizeBytes }) => sizeBytes,
    }),
    sizeKb: t.int({
      nullable: true,
      description: 'Size in units of 1024 bytes, rounded up.',
      resolve: ({ sizeBytes }) => (sizeBytes === null ? null : Math.ceil(sizeBytes / 1024)),
    }),
    status: t.field({
      type: AttachmentStatusEnum,
      description: 'Whether it can be downloaded.',
      resolve: ({ status }) => status,
    }),
    statusMessage: t.exposeString('statusMessage', { nullable: true, description: 'Why not, or what to watch.' }),
    downloadUrl: t.field({
      type: 'URL',
      nullable: true,
      description:
        'Where to get it for a while, from this gateway: no host or credential of the help desk shows. Null unless the status is OK or WARNING.',
      resolve: (row, _args, context) => downloadUrlOf(row, context),
    }),
    downloadUrlExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when the download address works.',
      resolve: (row, _args, context) => (downloadUrlOf(row, context) ? downloadExpiry(context.now) : null),
    }),
    thumbnailUrl: t.field({
      type: 'URL',
      nullable: true,
      description: `Where to get a small picture of it for a while, as WebP, from this gateway. Of JPEG, PNG and WebP up to 10 MB and 16 million pixels; null where there can be none. What turns out to be none when it is asked for is answered with 404.`,
      args: {
        width: t.arg.int({
          required: true,
          defaultValue: 256,
          description: `How wide in pixels at most, from ${pictureWidths.join(' to ')}.`,
        }),
      },
      resolve: (row, { width }, context) => {
        checkBetween('width', width, pictureWidths)
        return thumbnailUrlOf(row, width, context)
      },
    }),
    fileKey: t.exposeString('fileKey', {
      hidden: fromContacts(null),
      nullable: true,
      description: "The help desk's storage key of it, which its own interface takes.",
    }),
    isInline: t.exposeBoolean('isInline', { description: 'Whether it is shown inside the text.' }),
    contentId: t.exposeString('contentId', { nullable: true, description: 'By what the text refers to it.' }),
    message: t.field({
      type: Message,
      nullable: true,
      description: 'The message it is on.',
      resolve: (row, _args, context) => (row.messageId ? visibleMessage(context, row.messageId) : null),
    }),
    ticket: t.field({
      type: Ticket,
      nullable: true,
      description: 'The ticket it belongs to.',
      resolve: ({ ticketId }, _args, context) => (ticketId ? visibleTicket(context, ticketId) : null),
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was added.',
      resolve: ({ createdAt }) => createdAt,
    }),
  }),
})

// Files of what the viewer may read. Whose an upload is that nothing uses yet, nobody knows: customers are told of none.
registerNode('Attachment', async (context, id) => {
  const row = await attachmentById(context, id)
  if (!row || sightOf(context.viewer) === 'ALL') return row
  if (row.draftId) return visibleDraft(context, row.draftId).then((draft) => draft && row)
  if (row.messageId === null) return context.viewer.role === 'CONTACT' ? null : row
  return (await visibleMessage(context, row.messageId)) && row
})
const AttachmentConnection = connectionOf('Attachment', Attachment, 'files')
builder.objectField(AttachmentConnection, 'totalSizeBytes', (t) =>
  t.float({
    description:
      'Size of all files on all pages, in bytes, as far as the help desk says; added up only when asked for.',
    resolve: (connection) => (connection as AttachmentsShape).totalSizeBytes(),
  }),
)

builder.objectField(Message, 'attachments', (t) =>
  t.field({
    type: [Attachment],
    description: 'Its files.',
    args: {
      includeInline: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'Whether files shown inside the text count.',
      }),
    },
    resolve: (row, { includeInline }, context) => {
      if (row.attachmentCount === 0) return []
      const files = attachmentsOfMessage(context, row.id)
      return includeInline ? files : files.then((all) => all.filter(({ isInline }) => !isInline))
    },
  }),
)

builder.objectField(Draft, 'attachments', (t) =>
  t.field({
    type: [Attachment],
    description: 'Its files.',
    resolve: (row, _args, context) => attachmentsOfDraft(context, row.id),
  }),
)

builder.objectField(Ticket, 'attachments', (t) =>
  t.field({
    type: AttachmentConnection,
    description: 'The files on its messages.',
    args: {
      includeInline: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Whether files shown inside the text count.',
      }),
      first: t.arg.int({ description: 'How many, at most 100. Default 50.', extensions: usualSize(50) }),
      after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
    },
    resolve: (row, { includeInline, ...args }, context) =>
      attachmentsOfTicket(context, row.id, args, { includeInline, sight: sightOf(context.viewer) }),
  }),
)

builder.objectField(Ticket, 'attachmentCount', (t) =>
  t.int({
    description: 'How many files its messages have that the viewer may read.',
    resolve: ({ id, attachmentCount }, _args, context) =>
      sightOf(context.viewer) === 'ALL' ? attachmentCount : seenAttachmentCount(context, id, sightOf(context.viewer)),
  }),
)

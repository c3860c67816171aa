/** Announces a file; its bytes are then put to the address that is answered. */
import { v7 as uuidv7 } from 'uuid'
import { fileName, kindOfType, mediaType } from '#domain/attachments/announced.ts'
import { Attachment } from '#domain/attachments/graphql.ts'
import { attachmentById } from '#domain/attachments/loaders.ts'
import { attachments } from '#domain/attachments/table.ts'
import { newStorageKey, type Uploading, unusedExpiry, uploadExpiry, uploadUrlOf } from '#domain/attachments/upload.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { permit } from './permits.ts'
import { invalid, unsupported } from './problem.ts'
import { editTicket } from './ticket-edit.ts'

const AttachmentUploadInput = builder.inputType('AttachmentUploadInput', {
  description: 'Which file is to be uploaded.',
  fields: (t) => ({
    ticketId: t.id({
      description: 'The ticket it is for; its help desk may take less than we do. Left out: it can go to any.',
    }),
    name: t.string({ required: true, description: 'File name. Folders and control characters are left out.' }),
    contentType: t.string({ required: true, description: 'Media type, e.g. image/png.' }),
    sizeBytes: t.int({ required: true, description: 'Size in bytes; exactly so many have to be uploaded.' }),
    isInline: t.boolean({ defaultValue: false, description: 'Whether it is shown inside the text.' }),
    ...namedByClient(t),
  }),
})
type Shape = typeof AttachmentUploadInput.$inferInput

/** The address and how long it works; null when there is none. */
async function addressOf({ attachmentId }: Payload, context: GraphContext): Promise<string | null> {
  const row = attachmentId ? await attachmentById(context, attachmentId) : null
  return row && uploadUrlOf(row, context)
}

const AttachmentUploadPayload = builder.objectRef<Payload>('AttachmentUploadPayload').implement({
  description: 'Where to put the bytes of a file.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    attachment: t.field({
      type: Attachment,
      nullable: true,
      description:
        'The file: UNAVAILABLE until its bytes are here, then OK, and to be named in `attachmentIds`. Removed after 24 hours unless something uses it.',
      resolve: ({ attachmentId }, _args, context) => (attachmentId ? attachmentById(context, attachmentId) : null),
    }),
    uploadUrl: t.field({
      type: 'URL',
      nullable: true,
      description:
        'Where to send the bytes as the body of one request, with `content-length`. No token is needed. 201: it is uploaded.',
      resolve: (payload, _args, context) => addressOf(payload, context),
    }),
    uploadMethod: t.string({
      nullable: true,
      description: 'By which HTTP method.',
      resolve: async (payload, _args, context) => ((await addressOf(payload, context)) === null ? null : 'PUT'),
    }),
    uploadFields: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Form fields to send along; null: the body is the file itself.',
      resolve: () => null,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until when an upload to the address can begin.',
      resolve: async (payload, _args, context) =>
        (await addressOf(payload, context)) === null ? null : uploadExpiry(context.now),
    }),
  }),
})

builder.mutationField('attachmentUploadCreate', (t) =>
  t.field({
    type: AttachmentUploadPayload,
    scopes: ['MESSAGES_WRITE'],
    description: 'Announces a file that a message or draft is to have, and says where to send it.',
    args: { input: t.arg({ type: AttachmentUploadInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) =>
      carryOut(context, 'attachmentUploadCreate', input, (command, given) =>
        attachmentUploadCreate(command, given, context.uploads),
      ),
  }),
)

async function attachmentUploadCreate(command: Command, input: Shape, uploads: Uploading | null): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  if (!uploads) throw invalid(['input'], 'This gateway has no storage for files.', null, 'FORBIDDEN')
  const path = ['input', 'ticketId']
  const edit = input.ticketId == null ? null : await editTicket(command, input.ticketId, path)
  if (edit) permit(command, edit, 'reply', path)
  const vendor = edit && vendorOf(edit.backend)
  if (edit && vendor?.capabilities.ATTACHMENT_UPLOAD.level !== 'NATIVE')
    throw unsupported(edit.backend, 'ATTACHMENT_UPLOAD', path)
  const mostBytes = Math.min(uploads.maxBytes, vendor?.writing.attachments.mostBytesEach ?? Number.POSITIVE_INFINITY)
  const [name, contentType] = [nameFrom(input.name), typeFrom(input.contentType)]
  checkSize(input.sizeBytes, mostBytes)
  const id = uuidv7()
  await tx.insert(attachments).values({
    ...{ workspaceId, id, backendId: edit?.backend.id ?? null, ticketId: edit?.before.id ?? null },
    ...{ externalId: newExternalId(id), name, contentType, kind: kindOfType(contentType), sizeBytes: input.sizeBytes },
    ...{ status: 'UNAVAILABLE', storageKey: newStorageKey(workspaceId), expiresAt: unusedExpiry(now) },
    ...{ isInline: input.isInline ?? false, createdAt: now },
  })
  return { attachmentId: id }
}

const LONGEST_NAME = 255
const LONGEST_TYPE = 255

function nameFrom(given: string): string {
  const path = ['input', 'name']
  const name = fileName(given)
  if (name === '') throw invalid(path, 'Expected a file name, got none.', 'minLength=1', 'REQUIRED')
  if (name.length > LONGEST_NAME)
    throw invalid(path, `Expected at most ${LONGEST_NAME} characters, got ${name.length}.`, `maxLength=${LONGEST_NAME}`)
  return name
}

function typeFrom(given: string): string {
  const type = mediaType(given)
  if (type !== null && type.length <= LONGEST_TYPE) return type
  const came = JSON.stringify(given.slice(0, 100))
  throw invalid(['input', 'contentType'], `Expected a media type such as image/png, got ${came}.`, 'mediaType')
}

function checkSize(sizeBytes: number, mostBytes: number): void {
  const path = ['input', 'sizeBytes']
  if (sizeBytes < 1) throw invalid(path, `Expected a file that is not empty, got ${sizeBytes} bytes.`, 'minBytes=1')
  if (sizeBytes > mostBytes)
    throw invalid(path, `Expected at most ${mostBytes} bytes, got ${sizeBytes}.`, `maxBytes=${mostBytes}`)
}

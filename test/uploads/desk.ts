/** A gateway that takes uploads, with a ticket at two help desks and one of another company. */
import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { records } from '#connectors/contract.ts'
import { openDownloads } from '#flows/download/download.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { storePage } from '#flows/sync/store.ts'
import { openUploads, type UploadOptions } from '#flows/upload/door.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import type { Storage } from '#platform/storage/storage.ts'
import { createTestDatabase, requestsOn } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { cleanerOfFile, silent } from '../syncing/backend.ts'
import { message, minute, thread } from '../syncing/scripted.ts'

export const key = 'key of the tests'

export async function openDesk(storage: Storage, options: Partial<UploadOptions> = {}) {
  const { db, pool } = await createTestDatabase()
  const cleaner = cleanerOfFile()
  const acme = { key: 'acme', name: 'Acme' }
  const backends = await registerBackends(db, [
    { workspace: acme, key: 'woot', name: 'woot', vendor: 'chatwoot' },
    { workspace: acme, key: 'comm', name: 'comm', vendor: 'comm100' },
    { workspace: { key: 'other', name: 'Other' }, key: 'theirs', name: 'theirs', vendor: 'chatwoot' },
  ])
  const vendors = ['chatwoot', 'comm100', 'chatwoot']
  for (const [index, { workspaceId, backendId }] of backends.entries()) {
    const page = records({ tickets: [thread('1', [message('11')])] })
    const backend = { workspaceId, backendId, id: backendId, key: `b${index}`, vendor: vendors[index] as string }
    await storePage({ db, backend, records: page, fetchedAt: minute(1000), cleaner, log: silent } as never)
  }
  await pool.query('update backends set is_connected = true')
  const { rows } = await pool.query('select t.id, b.key from tickets t join backends b on b.id = t.backend_id')
  const tickets = Object.fromEntries(rows.map((row) => [row.key, nodeIdOf('Ticket', row.id)]))
  const workspaceId = backends[0]?.workspaceId as string
  const gateway = await openTestGateway(db, {
    workspaceId,
    uploads: openUploads({ dbOf: requestsOn(db), log: silent, key, storage, ...options }),
    downloads: openDownloads({ dbOf: requestsOn(db), log: silent, key, sessionOf: () => null, storage }),
  })
  afterAll(() => gateway.close())

  async function announce(input: object = {}): Promise<Announced> {
    const { data, errors } = await gateway.ask(CREATE, {
      input: { name: 'log.txt', contentType: 'text/plain', sizeBytes: 5, ...input },
    })
    if (errors) throw new Error(JSON.stringify(errors))
    return (data as { attachmentUploadCreate: Announced }).attachmentUploadCreate
  }
  return {
    ...gateway,
    ...{ db, pool, workspaceId, announce },
    tickets: tickets as Record<'woot' | 'comm' | 'theirs', string>,
    async attachment(id: string): Promise<{ status: string; downloadUrl: string | null }> {
      const { data } = await gateway.ask(
        'query ($id: ID!) { node(id: $id) { ... on Attachment { status downloadUrl } } }',
        {
          id,
        },
      )
      return (data as { node: never }).node
    },
    async rows(): Promise<Record<string, unknown>[]> {
      return (await pool.query('select * from attachments order by id')).rows
    },
    /** An uploaded file, ready to be used. */
    async uploaded(input: object = {}, text = 'hello'): Promise<string> {
      const { uploadUrl, attachment } = await announce({ sizeBytes: Buffer.byteLength(text), ...input })
      const { status } = await fetch(uploadUrl as string, { method: 'PUT', body: text })
      if (status !== 201) throw new Error(`the upload was answered ${status}`)
      return (attachment as { id: string }).id
    },
    unknownId: nodeIdOf('Ticket', randomUUID()),
  }
}

export type Announced = {
  attachment: { id: string; [field: string]: unknown } | null
  uploadUrl: string | null
  uploadMethod: string | null
  uploadFields: unknown
  expiresAt: string | null
  clientMutationId: string | null
  errors: { __typename: string; code: string; path: string[]; rule?: string; message: string }[]
}

const CREATE = `mutation ($input: AttachmentUploadInput!) {
  attachmentUploadCreate(input: $input) {
    attachment { id status name contentType kind sizeBytes isInline downloadUrl ticket { id } message { id } }
    uploadUrl uploadMethod uploadFields expiresAt clientMutationId
    errors { __typename code path message ... on ValidationError { rule } }
  }
}`

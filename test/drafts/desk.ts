/** A Comm100 site with mail, a ticket where drafts are kept here only, and three people with a token each. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeEach, vi } from 'vitest'
import { type MessageRecord, type Records, records, type TicketRecord } from '#connectors/contract.ts'
import { connectorByKey } from '#connectors/registry.ts'
import { addMessage, addTicket } from '#connectors/sandbox/build.ts'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import { attachments } from '#domain/attachments/table.ts'
import { openDownloads } from '#flows/download/download.ts'
import { registerBackends } from '#flows/sync/register.ts'
import { syncNow } from '#flows/sync/schedule.ts'
import { storePage } from '#flows/sync/store.ts'
import { openSyncing, type SyncedBackend } from '#flows/sync/syncing.ts'
import { openUploads } from '#flows/upload/door.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { smallDesk } from '../connectors/comm100/orders.ts'
import { openSite, type SiteOptions } from '../connectors/comm100/site.ts'
import { createTestDatabase, requestsOn } from '../support/database.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { type Answer, openTestGateway } from '../support/gateway.ts'
import { watchStatements } from '../support/statements.ts'
import { temporaryStorage } from '../support/storage.ts'
import { cleanerOfFile, silent } from '../syncing/backend.ts'
import { message, minute, thread } from '../syncing/scripted.ts'

export type Problem = {
  __typename: string
  code: string
  path: string[]
  rule?: string
  currentVersion?: number
  changedFields?: string[]
  currentDraft?: Draft | null
  currentTicket?: { id: string } | null
}
export type Draft = {
  id: string
  type: string
  version: number
  subject: string | null
  contentType: string
  body: { text: string; html: string | null; markdown: string | null }
  emailAddresses: { email: string; direction: string }[]
  quotedText: string | null
  attachments: { id: string; name: string; fileKey: string | null }[]
  hasUnreceivedAttachment: boolean
  metadata: unknown
  updatedBy: { id: string } | null
  ticket: { id: string }
}
export type Ticket = { id: string; version: number; hasDraft: boolean; draft: Draft | null; drafts: Draft[] }
export type Result = {
  draft: Draft | null
  ticket: Ticket | null
  deletedDraftId: string | null
  message: { id: string; body: { text: string; quotedText: string | null }; attachments: { name: string }[] } | null
  deliveries: { id: string; operation: string; state: string }[]
  errors: Problem[]
}

const DRAFT = `id type version subject contentType body { text html markdown } emailAddresses { email direction } quotedText
  attachments { id name fileKey } hasUnreceivedAttachment metadata updatedBy { id } ticket { id }`
const TICKET = `id version hasDraft draft { ${DRAFT} } drafts { ${DRAFT} }`
const SHARED = `ticket { ${TICKET} } deliveries { id operation state } errors { __typename code path
  ... on ValidationError { rule } ... on ConflictError { currentVersion changedFields currentDraft { ${DRAFT} } currentTicket { id } } }`
const MESSAGE = 'message { id body { text quotedText } attachments { name } }'
const mutations = {
  draftSave: ['DraftSaveInput', `draft { ${DRAFT} }`],
  draftDelete: ['DraftActionInput', 'deletedDraftId'],
  draftSend: ['DraftSendInput', `draft { ${DRAFT} } ${MESSAGE}`],
  messageSend: ['MessageSendInput', `draft { ${DRAFT} } ${MESSAGE}`],
  suggestedReplyAccept: ['MessageActionInput', `draft { ${DRAFT} }`],
} as const

/** Call it at the top level of a test file. */
export async function openDraftDesk(options: SiteOptions = {}) {
  const { db, pool } = await createTestDatabase()
  const { during } = watchStatements(pool)
  const cleaner = cleanerOfFile()
  const small = smallDesk()
  const site = await openSite(small.desk, options)
  const acme = { key: 'acme', name: 'Acme' }
  const [comm, woot] = await registerBackends(db, [
    { workspace: acme, key: 'comm', name: 'comm', vendor: 'comm100' },
    { workspace: acme, key: 'woot', name: 'woot', vendor: 'chatwoot' },
  ])
  if (!comm || !woot) throw new Error('not registered')
  const { workspaceId } = comm
  const connector = connectorByKey('comm100') as SyncedBackend['connector']
  const backends: SyncedBackend[] = [{ ...comm, connector, settings: site.settings }]
  const syncing = openSyncing({ db, log: silent, backends })
  const pull = () => syncNow(syncing, comm.backendId)
  await pull()
  await pool.query('update backends set is_connected = true')

  const rows = async <Row = Record<string, unknown>>(query: ReturnType<typeof sql>) =>
    (await db.execute(query)).rows as Row[]
  const idOf = async (query: ReturnType<typeof sql>) => (await rows<{ id: string }>(query))[0]?.id as string
  const actorIds = {
    ada: await idOf(sql`select id from actors where type = 'AGENT' and email = 'ada@example.com'`),
    ben: await idOf(sql`select id from actors where type = 'AGENT' and email = 'ben@example.com'`),
    kai: await idOf(sql`select id from actors where type = 'CONTACT' and email = 'kai@example.org'`),
  }
  const viewers: Record<string, Viewer> = {
    ada: { workspaceId, actorId: actorIds.ada, role: 'AGENT', scopes: usualScopes('AGENT'), tokenName: 'ada' },
    ben: { workspaceId, actorId: actorIds.ben, role: 'AGENT', scopes: usualScopes('AGENT'), tokenName: 'ben' },
    kai: { workspaceId, actorId: actorIds.kai, role: 'CONTACT', scopes: usualScopes('CONTACT'), tokenName: 'kai' },
    program: { workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: 'program' },
  }
  const storage = temporaryStorage()
  const key = 'key of the tests'
  const gateway = await openTestGateway(db, {
    workspaceId,
    authenticate: (token) => viewers[token ?? ''] ?? null,
    uploads: openUploads({ dbOf: requestsOn(db), log: silent, key, storage }),
    downloads: openDownloads({ dbOf: requestsOn(db), log: silent, key, sessionOf: syncing.sessionOf, storage }),
  })
  afterAll(async () => {
    await gateway.close()
    await syncing.stop()
    await site.close()
  })
  beforeEach(() => {
    site.sent.length = 0
  })

  async function askAs(name: string, query: string, variables: object = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
    const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
    return { status: response.status, headers: response.headers, ...((await response.json()) as object) } as Answer
  }
  async function run(name: keyof typeof mutations, input: object, { as = 'ada' } = {}): Promise<Result> {
    const [type, fields] = mutations[name]
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} ${SHARED} } }`
    const { data, errors } = await askAs(as, document, { input })
    if (errors) throw new Error(JSON.stringify(errors))
    return (data as Record<string, Result>)[name] as Result
  }
  /** As `run`, and it went well. */
  async function done(name: keyof typeof mutations, input: object, options: { as?: string } = {}): Promise<Result> {
    const result = await run(name, input, options)
    if (result.errors.length > 0) throw new Error(JSON.stringify(result.errors))
    return result
  }
  const save = (ticketId: string, text: string, more: object = {}) =>
    done('draftSave', { ticketId, body: { text }, ...more })

  let count = 100
  return {
    ...{ ...small, db, workspaceId, site, syncing, backends, rows, storage, actorIds, askAs, run, done, save, pull },
    statementsDuring: during,
    backendId: comm.backendId,
    wootId: woot.backendId,
    async ticket(id: string, { as = 'ada' } = {}): Promise<Ticket> {
      const { data } = await askAs(as, `query ($id: ID!) { ticket(id: $id) { ${TICKET} } }`, { id })
      return (data as { ticket: Ticket }).ticket
    },
    /** A ticket at Comm100 that no other test has touched. */
    async freshTicket(): Promise<{ id: string; desk: DeskTicket; externalId: string }> {
      count += 1
      const desk = addTicket(small.desk, {
        requesterId: small.kai.id,
        channelId: small.mail.id,
        assigneeId: small.ada.id,
      })
      addMessage(small.desk, { ticketId: desk.id, text: `Question ${count}` })
      await pull()
      const id = await idOf(sql`select id from tickets where external_id = ${String(desk.id)}`)
      return { id: nodeIdOf('Ticket', id), desk, externalId: String(desk.id) }
    },
    /** One where no help desk keeps drafts. */
    async localTicket(said: MessageRecord[] = [], own: Partial<TicketRecord> = {}): Promise<string> {
      count += 1
      const externalId = String(count)
      const backend = { workspaceId, id: woot.backendId, vendor: 'chatwoot' }
      const page = records({ tickets: [thread(externalId, [message(`${externalId}1`), ...said], own)] })
      await storePage({ db, backend, records: page, fetchedAt: minute(1000), cleaner })
      return nodeIdOf(
        'Ticket',
        await idOf(sql`select id from tickets where backend_id = ${woot.backendId} and external_id = ${externalId}`),
      )
    },
    async uploaded(ticketId: string, name = 'log.txt', text = 'hello'): Promise<string> {
      const { data } = await askAs(
        'ada',
        `mutation ($input: AttachmentUploadInput!) { attachmentUploadCreate(input: $input) { uploadUrl attachment { id } } }`,
        { input: { ticketId, name, contentType: 'text/plain', sizeBytes: text.length } },
      )
      const made = (data as { attachmentUploadCreate: { uploadUrl: string; attachment: { id: string } } })
        .attachmentUploadCreate
      await fetch(made.uploadUrl, { method: 'PUT', body: text })
      return made.attachment.id
    },
    fileRow: async (id: string) => {
      const [row] = await db.select().from(attachments).where(eq(attachments.id, id))
      return row
    },
    /** Stores what was read of tickets at Comm100. */
    async store(read: Records | null, fetchedAt: Date): Promise<void> {
      const backend = { workspaceId, id: comm.backendId, vendor: 'comm100' }
      await storePage({ db, backend, records: read ?? records(), fetchedAt, cleaner })
    },
    /** Carries over what is promised, at once, while the work goes on. */
    async whileDelivering<Result>(work: () => Promise<Result>): Promise<Result> {
      const delivering = deliverDuringTest({ db, syncing, backends }, { bytesOf: storage.bytes })
      const hurry = async () => {
        await db.execute(sql`update deliveries set next_attempt_at = now() where state = 'QUEUED'`)
        delivering.wake()
      }
      const hurrying = setInterval(() => void hurry().catch(() => {}), 20)
      try {
        return await work()
      } finally {
        clearInterval(hurrying)
        await delivering.stop()
      }
    },
    /** What is due goes out, until such a delivery of the ticket is settled. */
    async deliverDue(ticketId: string, operation: string): Promise<void> {
      const delivering = deliverDuringTest({ db, syncing, backends }, { bytesOf: storage.bytes })
      delivering.wake()
      await vi.waitFor(async () => {
        const found = await rows(sql`select from deliveries where ticket_id = ${idFrom(ticketId, 'Ticket')}
          and operation = ${operation} and state = 'SETTLED'`)
        if (found.length === 0) throw new Error(`${operation} is not settled`)
      }, 5000)
      await delivering.stop()
    },
    /** Everything that was promised goes out now, also what would rest a while. */
    async deliver(): Promise<void> {
      const delivering = deliverDuringTest({ db, syncing, backends }, { bytesOf: storage.bytes })
      await db.execute(sql`update deliveries set next_attempt_at = now() where state = 'QUEUED'`)
      await delivering.settled()
      await delivering.stop()
    },
  }
}

/** A desk for tests of messages: tickets nobody has touched, the mutations, and what they leave behind. */
import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import { nodeIdOf, nodeKeyOf } from '#platform/graphql/node-ids.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

export const uuidOf = (nodeId: string) => nodeKeyOf(nodeId)?.id ?? ''
export const ticketNode = ({ id }: { id: string }) => nodeIdOf('Ticket', id)
export const messageNode = ({ messageId }: { messageId: string }) => nodeIdOf('Message', messageId)

export type Row = Record<string, unknown> & { id: string }

type Problem = {
  __typename: string
  code: string
  message: string
  path: string[] | null
  rule?: string
  capability?: string
}
type Message = {
  id: string
  type: string
  direction: string
  isInternal: boolean
  isEdited: boolean
  isDeleted: boolean
  isRead: boolean
  at: string
  subject: string | null
  body: { text: string; quotedText: string | null }
  mentions: { agent: { id: string } }[]
  emailAddresses: { email: string; direction: string }[]
  delivery: { status: string; failReason: string | null } | null
}
type Result = {
  message: Message | null
  messages: Message[]
  ticket: { id: string; version: number; messageCount: number; isReadByAgent: boolean; isReadByContact: boolean } | null
  conversation: {
    id: string
    isMuted: boolean
    unreadCount: number
    agentLastSeenAt: string | null
    contactLastSeenAt: string | null
  } | null
  deletedMessageId: string | null
  deliveries: { id: string; state: string; operation: string }[]
  replayed: boolean
  errors: Problem[]
}

const message = `id type direction isInternal isEdited isDeleted isRead at subject body { text quotedText }
  mentions { agent { id } } emailAddresses { email direction } delivery { status failReason }`
const shared = `ticket { id version messageCount isReadByAgent isReadByContact } deliveries { id state operation }
  errors { __typename code message path ... on ValidationError { rule } ... on UnsupportedError { capability } }`
const mutations = {
  noteAdd: ['NoteAddInput', `message { ${message} } replayed`],
  messageSend: ['MessageSendInput', `message { ${message} } replayed`],
  messagesCreate: ['MessagesCreateInput', `messages { ${message} } replayed`],
  messageForward: ['MessageForwardInput', `message { ${message} } replayed`],
  messageResend: ['MessageActionInput', `message { ${message} } replayed`],
  messageUpdate: ['MessageUpdateInput', `message { ${message} } replayed`],
  messageDelete: ['MessageActionInput', 'deletedMessageId replayed'],
  conversationMarkSeen: [
    'ConversationActionInput',
    'conversation { id isMuted unreadCount agentLastSeenAt contactLastSeenAt }',
  ],
  conversationMute: [
    'ConversationMuteInput',
    'conversation { id isMuted unreadCount agentLastSeenAt contactLastSeenAt }',
  ],
} as const

/** Call it at the top level of a test file. */
export async function openMessageDesk() {
  const served = await serveBuiltIn()
  const { ask, db, workspaceId } = served

  const rows = async (query: ReturnType<typeof sql>) => (await db.execute(query)).rows as Row[]
  const row = async (query: ReturnType<typeof sql>) => (await rows(query))[0] as Row
  const deliveryOf = (nodeId: string) => row(sql`select * from deliveries where id = ${uuidOf(nodeId)}`)
  const messageRow = (nodeId: string) => row(sql`select * from messages where id = ${uuidOf(nodeId)}`)

  const used = new Set<string>()
  /** A ticket of a vendor that no other test has touched, with a message that fits. */
  async function freshTicket(
    vendor: string,
    having: string = "m.direction = 'INBOUND'",
  ): Promise<Row & { messageId: string }> {
    const found = await rows(sql`
      select t.*, m.id as "messageId" from tickets t
      join backends b on b.id = t.backend_id and b.vendor = ${vendor}
      join lateral (select * from messages m where m.ticket_id = t.id and not m.is_deleted and ${sql.raw(having)}
        order by m.at desc limit 1) m on true
      where not t.is_recycled and t.vanished_at is null and t.merged_into_id is null and t.merged_into_external_id is null
        and not exists (select from conversations c where c.ticket_id = t.id and not c.can_reply)
      order by t.created_at desc, t.id`)
    const ticket = found.find(({ id }) => !used.has(id))
    if (!ticket) throw new Error(`no ticket of ${vendor} left with ${having}`)
    used.add(ticket.id)
    return ticket as Row & { messageId: string }
  }

  async function run(name: keyof typeof mutations, input: object): Promise<Result> {
    const [type, fields] = mutations[name]
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} ${shared} } }`
    const { data, errors } = await ask(document, { input })
    expect(errors).toBeUndefined()
    return (data as Record<string, Result>)[name] as Result
  }

  async function done(name: keyof typeof mutations, input: object): Promise<Result> {
    const result = await run(name, input)
    expect(result.errors).toEqual([])
    return result
  }

  /** Refused with one error at this path, and nothing of it is left. */
  async function refused(name: keyof typeof mutations, input: object, problem: Partial<Problem>): Promise<Problem> {
    const before = await everything()
    const result = await run(name, input)
    expect(result.errors[0], JSON.stringify(input).slice(0, 200)).toMatchObject(problem)
    expect(await everything()).toEqual(before)
    return result.errors[0] as Problem
  }
  const everything = () =>
    rows(sql`select (select sum(version) from tickets) as versions, (select count(*) from messages) as messages,
      (select count(*) from deliveries) as deliveries, (select max(position) from changes) as changes,
      (select count(*) from mentions) as mentions, (select count(*) from attachments where message_id is null) as uploads`)

  const settledLines = (ticketId: string) =>
    rows(sql`select kind, message_id, changed_fields, version, source, token_name from changes
      where ticket_id = ${ticketId} and source = 'COMMAND' order by position`)

  async function upload(ticketId: string, said: { sizeBytes?: number; status?: string } = {}): Promise<string> {
    const { id } = await row(sql`
      insert into attachments (workspace_id, id, ticket_id, external_id, name, content_type, kind, size_bytes, status, storage_key)
      values (${workspaceId}, gen_random_uuid(), ${ticketId}, 'deskgraph:' || gen_random_uuid(), 'log.txt', 'text/plain',
        'FILE', ${said.sizeBytes ?? 5}, ${said.status ?? 'OK'}, 'stored') returning id`)
    return nodeIdOf('Attachment', id)
  }
  const agentsOf = async (ticket: Row) =>
    (
      await rows(
        sql`select id from actors where backend_id = ${ticket.backend_id} and type = 'AGENT' order by id limit 2`,
      )
    ).map(({ id }) => nodeIdOf('Agent', id))
  const delivering = () => deliverDuringTest(served, { bytesOf: async () => new TextEncoder().encode('hello') })

  async function sent(vendor: string, text = 'An answer.') {
    const ticket = await freshTicket(vendor)
    const result = await done('messageSend', { ticketId: ticketNode(ticket), entry: { body: { text } } })
    return { ticket, id: result.message?.id ?? '', deliveryId: result.deliveries[0]?.id ?? '' }
  }
  const setDelivery = (nodeId: string, set: ReturnType<typeof sql>) =>
    db.execute(sql`update deliveries set ${set} where id = ${uuidOf(nodeId)}`)

  const conversationNode = async (ticket: { messageId: string }) =>
    nodeIdOf('Conversation', (await messageRow(messageNode(ticket))).conversation_id as string)

  return {
    ...{ ask, db, workspaceId, rows, row, deliveryOf, messageRow, freshTicket, run, done, refused, everything },
    ...{ settledLines, upload, agentsOf, delivering, sent, setDelivery, conversationNode },
  }
}

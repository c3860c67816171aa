/** What the sandbox makes of the parameters of a new message. Source: MessageBuilder and the message model (SEEN). */
import type { NewMessage } from '#connectors/sandbox/build.ts'
import type { DeskChannel, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { EmailAddressDirection } from '#vocabulary.ts'
import type { SandboxUser } from './sandbox-gate.ts'
import { isTruthy, type Params, paramsIn, type UploadedFile } from './sandbox-params.ts'
import type { World } from './sandbox-people.ts'

/** The message, or the vendor's words for why not. `ticket` null: it is made with the message. */
export function newMessageFrom(
  world: World,
  ticket: DeskTicket | null,
  params: Params,
  user: SandboxUser,
  channel: DeskChannel | undefined = ticket ? world.channelOf(ticket) : undefined,
): Omit<NewMessage, 'ticketId'> | string {
  const type = String(params.message_type ?? 'outgoing')
  const isPrivate = isTruthy(params.private)
  if (!messageTypes.has(type)) return `'${type}' is not a valid message_type`
  if (type === 'incoming' && channel?.type !== 'API') return 'Incoming messages are only allowed in Api inboxes'
  const contentType = params.content_type ?? 'text'
  if (!contentTypes.has(String(contentType))) return `'${contentType}' is not a valid content_type`
  const content = typeof params.content === 'string' ? params.content : ''
  if (content.length > 150_000) return 'Validation failed: Content is too long (maximum is 150000 characters)'
  const files = (Array.isArray(params.attachments) ? params.attachments : []) as UploadedFile[]
  if (files.length > 15) return 'Validation failed: Attachments exceeded maximum allowed'
  if (files.some(({ bytes }) => bytes === undefined)) return 'Validation failed: Attachments is invalid'
  if (files.some(({ bytes }) => bytes.length > 40 * 1024 * 1024))
    return 'Validation failed: Attachments file size should be less than 40MB'
  if (ticket && writtenLately(world, ticket) >= 200) return 'Validation failed: Too many messages'
  const isMail = channel?.type === 'EMAIL'
  const addresses = isMail ? addressesIn(params) : []
  if (addresses === null) return 'Invalid email address'

  const { in_reply_to: inReplyTo, ...clientData } = attributesIn(params.content_attributes)
  const html = isMail && !isPrivate && typeof params.email_html_content === 'string' ? params.email_html_content : null
  return {
    type: isPrivate ? 'NOTE_PRIVATE' : type === 'incoming' ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND',
    ...(type === 'incoming' ? {} : { author: authorOf(world, params, user) }),
    text: content.replaceAll(silentMention, ''),
    html,
    addresses,
    mentionedAgentIds: isPrivate ? [...content.matchAll(silentMention)].map((match) => Number(match[1])) : [],
    inReplyToId: inReplyTo === undefined || inReplyTo === null ? null : Number(inReplyTo),
    sourceId: typeof params.source_id === 'string' ? params.source_id : null,
    clientData,
    attachments: files.map(({ name, contentType, bytes }) => ({ name, contentType, bytes, sizeBytes: bytes.length })),
  }
}

const messageTypes = new Set(['incoming', 'outgoing', 'activity', 'template'])
const contentTypes = new Set([
  ...['text', 'input_text', 'input_textarea', 'input_email', 'input_select', 'cards', 'form', 'article'],
  ...['incoming_email', 'input_csat', 'integrations', 'sticker', 'voice_call'],
])
/** Only the wire's own way to write one: the desk keeps text and mentions apart. */
const silentMention = /\[\]\(mention:\/\/user\/(\d+)\/.+?\)/g

function writtenLately({ desk }: World, { messages }: DeskTicket): number {
  const since = desk.now().getTime() - 60_000
  return messages.filter(({ at }) => at.getTime() >= since).length
}

/** An object, or its JSON text; anything else counts as none. */
function attributesIn(value: unknown): Params {
  if (typeof value !== 'string') return paramsIn(value)
  try {
    return paramsIn(JSON.parse(value))
  } catch {
    return {}
  }
}

/** Only a bot can be spoken for. */
function authorOf(world: World, params: Params, user: SandboxUser): DeskMessage['author'] {
  const bot = params.sender_type === 'AgentBot' ? world.botOf(Number(params.sender_id)) : undefined
  if (bot) return { type: 'CHATBOT', id: bot.id, name: bot.name }
  if (user.role === 'bot') return { type: 'CHATBOT', id: user.id, name: world.botOf(user.id)?.name ?? null }
  return { type: 'AGENT', id: user.id, name: world.agentOf(user.id)?.name ?? null }
}

/** Ruby's URI::MailTo, nearly. */
const mailAddress = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$/

/** Null when one of them is none. */
function addressesIn(params: Params): DeskMessage['addresses'] | null {
  const lists: [EmailAddressDirection, unknown][] = [
    ['TO', params.to_emails],
    ['CC', params.cc_emails],
    ['BCC', params.bcc_emails],
  ]
  const all = lists.flatMap(([direction, list]) =>
    String(list ?? '')
      .replaceAll(/\s+/g, '')
      .split(',')
      .filter(Boolean)
      .map((email) => ({ email, name: null, direction })),
  )
  return all.every(({ email }) => mailAddress.test(email)) ? all : null
}

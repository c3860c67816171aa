/**
 * The account's webhooks: their four calls, and what is posted to them. Every post is signed. Source: the vendor's
 * webhook controller, listener and trigger (SEEN; the wording of refusals ASSUMED).
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import { type DeskChange, observe } from '#connectors/sandbox/observing.ts'
import { openPosting, type Post } from '#connectors/sandbox/posting.ts'
import type { SandboxAnswer, SandboxRequest, SandboxWebhooks } from '#connectors/sandbox/sandbox.ts'
import { conversationWire } from './sandbox-conversation.ts'
import { messageEvent } from './sandbox-message.ts'
import type { World } from './sandbox-people.ts'

type Webhook = { id: number; url: string; name: string | null; subscriptions: string[] }

const events = [
  ...['conversation_status_changed', 'conversation_updated', 'conversation_created', 'contact_created'],
  ...['contact_updated', 'message_created', 'message_updated', 'webwidget_triggered', 'inbox_created'],
  ...['inbox_updated', 'conversation_typing_on', 'conversation_typing_off'],
]

export type AccountWebhooks = SandboxWebhooks & {
  /** Signs what is posted. The vendor has one for each webhook; here all have the same, so that it is known beforehand. */
  secret: string
  /** Null: not a call about webhooks. */
  answer(request: SandboxRequest): SandboxAnswer | null
}

export function openAccountWebhooks(world: World): AccountWebhooks {
  const secret = randomBytes(18).toString('base64url')
  const webhooks = new Map<number, Webhook>()
  const posting = openPosting()
  let lastId = 0

  const stopObserving = observe(world.desk, (change) => {
    if (webhooks.size === 0) return
    for (const payload of payloadsOf(world, change)) {
      const body = JSON.stringify(payload)
      for (const { url, subscriptions } of webhooks.values()) {
        const delivery = randomUUID()
        if (subscriptions.includes(payload.event)) posting.send(() => signed({ url, body, delivery, secret }))
      }
    }
  })

  function add(url: string, name: string | null, subscriptions: string[]): Webhook {
    const webhook = { id: ++lastId, url, name, subscriptions }
    webhooks.set(webhook.id, webhook)
    return webhook
  }
  const isTaken = (url: string, except?: number) =>
    [...webhooks.values()].some((webhook) => webhook.url === url && webhook.id !== except)
  const shown = (webhook: Webhook) => ({ ...webhook, account_id: world.accountId, secret })

  return {
    secret,
    register(address) {
      if (!isTaken(address)) add(address, null, events)
    },
    close() {
      stopObserving()
      posting.close()
    },
    answer({ method, path, body }) {
      const [, id] = new RegExp(`^/api/v1/accounts/${world.accountId}/webhooks(?:/(\\d+))?$`).exec(path) ?? [null, null]
      if (id === null) return null
      if (id === undefined && method === 'GET') return ok({ webhooks: [...webhooks.values()].map(shown) })
      const known = id === undefined ? undefined : webhooks.get(Number(id))
      if (id !== undefined && !known) return { status: 404, body: { error: 'Resource could not be found' } }
      if (known && method === 'DELETE') {
        webhooks.delete(known.id)
        return { status: 200 }
      }
      if (method !== (known ? 'PATCH' : 'POST')) return { status: 404, body: { error: 'Resource could not be found' } }
      const asked = fieldsIn(body)
      const {
        url = known?.url ?? '',
        name = known?.name ?? null,
        subscriptions = known?.subscriptions ?? events,
      } = asked
      if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) return invalid('Url is invalid', 'url')
      if (isTaken(url, known?.id)) return invalid('Url has already been taken', 'url')
      if (subscriptions.length === 0 || subscriptions.some((event) => !events.includes(event)))
        return invalid('Subscriptions Invalid events', 'subscriptions')
      if (!known) return ok({ webhook: shown(add(url, name, subscriptions)) })
      return ok({ webhook: shown(Object.assign(known, { url, name, subscriptions })) })
    },
  }
}

const ok = (payload: unknown): SandboxAnswer => ({ status: 200, body: { payload } })
const invalid = (message: string, attribute: string): SandboxAnswer => ({
  status: 422,
  body: { message, attributes: [attribute] },
})

type Fields = { url?: string; name?: string; subscriptions?: string[] }

/** Flat, or below `webhook` as Rails wraps it. */
function fieldsIn(body: Buffer): Fields {
  try {
    const read = JSON.parse(body.toString()) as Fields & { webhook?: Fields }
    const { url, name, subscriptions } = { ...read, ...read.webhook }
    return {
      ...(url !== undefined && { url: String(url) }),
      ...(name !== undefined && { name: String(name) }),
      ...(Array.isArray(subscriptions) && { subscriptions: subscriptions.map(String) }),
    }
  } catch {
    return {}
  }
}

function signed({
  url,
  body,
  delivery,
  secret,
}: {
  url: string
  body: string
  delivery: string
  secret: string
}): Post {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'x-chatwoot-timestamp': timestamp,
    'x-chatwoot-signature': `sha256=${signature}`,
    'x-chatwoot-delivery': delivery,
  }
  return { url, headers, body }
}

// ------------------------------------------------------------------ payloads

type Payload = { event: string; [name: string]: unknown }

/** Fields whose change is told; read marks and deletions are not (SEEN). */
const toldFields = new Set<keyof DeskTicket>([
  ...(['assigneeId', 'departmentId', 'status', 'snoozedUntil', 'customFields', 'tagIds', 'priority'] as const),
])
const messageTypes = ['incoming', 'outgoing', 'activity', 'template']

function payloadsOf(world: World, change: DeskChange): Payload[] {
  const ticket = world.desk.tickets.get(change.ticketId)
  if (!ticket) return []
  if (change.kind === 'ticketOpened') return [conversationPayload('conversation_created', world, ticket)]
  if (change.kind === 'ticketChanged') {
    if (!change.fields.some((field) => toldFields.has(field))) return []
    const updated = conversationPayload('conversation_updated', world, ticket)
    return change.fields.includes('status')
      ? [conversationPayload('conversation_status_changed', world, ticket), updated]
      : [updated]
  }
  const event = change.kind === 'messageAdded' ? 'message_created' : 'message_updated'
  return messagePayload(event, world, ticket, change.messageId)
}

function conversationPayload(event: string, world: World, ticket: DeskTicket): Payload {
  return { event, ...conversationOf(world, ticket), account: accountOf(world) }
}

/** Activity lines are not told (SEEN), suggested replies do not exist. Type as text and time as ISO text (SEEN). */
function messagePayload(event: string, world: World, ticket: DeskTicket, messageId: number): Payload[] {
  const message = ticket.messages.find(({ id }) => id === messageId)
  if (!message || message.isSystemLine || message.type === 'SUGGESTED_REPLY') return []
  const {
    id,
    content,
    content_type,
    content_attributes,
    additional_attributes,
    source_id,
    sender,
    attachments,
    ...rest
  } = messageEvent(world, ticket, message)
  return [
    {
      ...{ event, id, content, content_type, content_attributes, additional_attributes, source_id, sender },
      ...(attachments ? { attachments } : {}),
      message_type: messageTypes[Number(rest.message_type)],
      private: rest.private,
      created_at: message.at.toISOString(),
      account: accountOf(world),
      inbox: { id: ticket.channelId, name: world.channelOf(ticket)?.account.name ?? null },
      conversation: conversationOf(world, ticket),
    },
  ]
}

const accountOf = ({ accountId }: World) => ({ id: accountId, name: 'Sandbox' })

/** Less than the interface shows, and a null where that leaves the assignee out. */
function conversationOf(world: World, ticket: DeskTicket): Record<string, unknown> {
  const { meta, uuid, muted, account_id, sla_policy_id, last_non_activity_message, assignee_last_seen_at, ...shown } =
    conversationWire(world, ticket)
  const { sender, channel, assignee, team } = meta as Record<string, Record<string, unknown> | undefined>
  const person = assignee && { id: assignee.id, name: assignee.name, avatar_url: '', type: assignee.type }
  return {
    ...shown,
    channel,
    contact_inbox: { contact_id: ticket.requesterId, inbox_id: ticket.channelId },
    meta: {
      sender,
      assignee: person ?? null,
      team: team ? { id: team.id, name: team.name } : null,
      hmac_verified: false,
    },
  }
}

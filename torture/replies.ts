/** Clients: they write replies through the gateways, and ask again with the same key until they have an answer. */
import { setTimeout as sleep } from 'node:timers/promises'

export type Thread = { vendor: string; ticketId: string; sent: Reply[] }

/** `mark` stands in the text. Some replies say the same as the one before: both have to arrive. */
export type Reply = { mark: string; place: number; messageId: string; deliveryId: string }

export type Ask = (query: string, variables?: object) => Promise<Answer>
type Answer = { data: unknown }

/** Asks one of the gateways; where none answers, the next one, until one does. */
export function askOneOf(gateways: () => string[], token: string): Ask {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let turn = 0
  return async (query, variables = {}) => {
    for (let attempt = 0; ; attempt++) {
      const urls = gateways()
      const url = urls[turn++ % urls.length] as string
      const failure = await fetch(url, {
        ...{ method: 'POST', headers, body: JSON.stringify({ query, variables }) },
        signal: AbortSignal.timeout(15_000),
      }).then(
        async (response) => {
          const answer = (await response.json()) as { data?: unknown; errors?: unknown[] }
          return answer.errors ? new Error(JSON.stringify(answer.errors)) : answer
        },
        (error: Error) => error,
      )
      if (!(failure instanceof Error)) return failure as Answer
      if (attempt >= 60) throw new Error('no gateway answers', { cause: failure })
      await sleep(100 + attempt * 50)
    }
  }
}

const SEND = `mutation ($input: MessageSendInput!) {
  messageSend(input: $input) { errors { code message path } message { id } deliveries { id } }
}`

type Sent = {
  messageSend: { errors: unknown[]; message: { id: string } | null; deliveries: { id: string }[] }
}

/** Null: this ticket takes no replies, such as one whose channel is closed. */
export async function send(ask: Ask, thread: Thread, mark: string): Promise<Reply | null> {
  const place = thread.sent.length + 1
  const { ticketId } = thread
  const text = `Your order is on its way. (${mark})`
  const entry = { type: 'REPLY_OUTBOUND', body: { text } }
  const input = { ticketId, entry, idempotencyKey: `${ticketId} ${place}` }
  const { data } = await ask(SEND, { input })
  const { errors, message, deliveries } = (data as Sent).messageSend
  const [delivery] = deliveries
  if (errors.length > 0 || !message || !delivery) return null
  const reply = { mark, place, messageId: message.id, deliveryId: delivery.id }
  thread.sent.push(reply)
  return reply
}

/** Every tenth one says what the one before it on the same ticket said. */
export function markFor(number: number, { sent }: Thread): string {
  const last = sent.at(-1)
  return last && number % 10 === 0 ? last.mark : `reply ${String(number).padStart(5, '0')}`
}

/** Node ids end with the row's. */
export function rowIdOf(nodeId: string): string {
  const text = Buffer.from(nodeId, 'base64url').toString()
  return /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(`${text} ${nodeId}`)?.[0] ?? nodeId
}

/** Our messages → what Chatwoot's `POST messages` takes. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { OutgoingMessage } from '#connectors/operations.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { WireBody } from './client-writes.ts'
import { type FormPart, multipartOf } from './multipart.ts'
import type { Source } from './read.ts'
import { markerKey } from './words.ts'

/** The fields of a message without its files. Throws RefusedError for what Chatwoot has no place for. */
export async function messageFields({ client }: Source, message: OutgoingMessage): Promise<JsonObject> {
  const { type, body, marker, sourceId } = message
  const kind = kindOf[type]
  if (!kind) throw new RefusedError(refusals[type] ?? `Chatwoot has no entries of the type ${type}`)
  if (message.at) throw new RefusedError('Chatwoot dates every message now; it takes no other time')
  const text = body.markdown ?? body.text
  const content = kind.private ? text + (await mentionsOf(client, message.mentionedAgentExternalIds)) : text
  return {
    // Files alone have no text, not an empty one.
    ...(content === '' && message.attachments.length > 0 ? {} : { content }),
    ...kind,
    content_attributes: {
      ...objectOf(message.contentAttributes),
      ...(message.parentExternalId ? { in_reply_to: numberIn(message.parentExternalId) } : {}),
      [markerKey]: marker,
    },
    // A message that has one counts as sent elsewhere: it is kept, and not sent (SEEN).
    ...(sourceId === null ? {} : { source_id: sourceId }),
    ...(kind === reply ? { ...addressesOf(message), ...htmlOf(message), ...botOf(message) } : {}),
  }
}

/** As JSON, or with files as a form; `wrap` names the object that holds the message, where there is one around it. */
export async function bodyWith(
  fields: JsonObject,
  message: OutgoingMessage | undefined,
  wrap: string | null = null,
): Promise<WireBody> {
  const files = message?.attachments ?? []
  if (files.length === 0) return { body: fields }
  const parts = partsOf(fields)
  for (const { name, contentType, bytes } of files)
    parts.push({
      name: wrap ? `${wrap}[attachments][]` : 'attachments[]',
      file: { name, contentType, bytes: await bytes() },
    })
  return multipartOf(parts)
}

type Kind = { message_type: 'incoming' | 'outgoing'; private: boolean }
const reply: Kind = { message_type: 'outgoing', private: false }
const kindOf: Partial<Record<OutgoingMessage['type'], Kind>> = {
  REPLY_OUTBOUND: reply,
  // Refused by the server outside of API inboxes.
  REPLY_INBOUND: { message_type: 'incoming', private: false },
  NOTE_PRIVATE: { message_type: 'outgoing', private: true },
}
const refusals: Partial<Record<OutgoingMessage['type'], string>> = {
  FORWARD: 'Chatwoot cannot forward a message',
  NOTE_PUBLIC: 'Chatwoot knows private notes only',
}

/**
 * Links with an empty label: the server looks for the link only (SEEN), nothing of it is shown, and the text stays as
 * it was written.
 */
async function mentionsOf(client: Source['client'], ids: readonly string[]): Promise<string> {
  if (ids.length === 0) return ''
  const names = new Map((await client.agents()).map((row) => [idOf(objectOf(row)?.id), textOf(objectOf(row)?.name)]))
  const links = ids.map((id) => {
    if (!names.has(id)) throw new RefusedError(`Chatwoot has no agent ${id} to mention`)
    const name = encodeURIComponent(names.get(id) ?? 'agent').replaceAll(/[()]/g, '')
    return `[](mention://user/${id}/${name})`
  })
  return links.join('')
}

/** Comma-separated and bare: a name beside an address is refused (SEEN). E-mail inboxes only; others ignore them. */
function addressesOf({ addresses }: OutgoingMessage): JsonObject {
  // With a new conversation the server would end in an internal error (INFERRED).
  const bad = addresses.find(({ email }) => !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(email))
  if (bad) throw new RefusedError(`"${bad.email}" is no e-mail address`)
  const listOf = (direction: string) =>
    addresses
      .filter((entry) => entry.direction === direction)
      .map(({ email }) => email)
      .join(',')
  const lists = { to_emails: listOf('TO'), cc_emails: listOf('CC'), bcc_emails: listOf('BCC') }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== ''))
}

/** Newer servers mail this instead of what they make of the text; others ignore it (SEEN). */
function htmlOf({ body }: OutgoingMessage): JsonObject {
  return body.html === null ? {} : { email_html_content: body.html }
}

/** Only a bot can be spoken for (SEEN); every other answer is by the user of the token. */
function botOf({ sender }: OutgoingMessage): JsonObject {
  const id = sender?.type === 'CHATBOT' ? /^bot:(\d+)$/.exec(sender.externalId ?? '')?.[1] : undefined
  return id === undefined ? {} : { sender_type: 'AgentBot', sender_id: Number(id) }
}

/** `9001` of `9001:2`, see the mapping. */
function numberIn(externalId: string): number | string {
  const id = externalId.split(':', 1)[0] ?? ''
  return /^\d+$/.test(id) ? Number(id) : externalId
}

/** `message[private]`, as Rails reads it. `content_attributes` goes as JSON text, as the vendor's own screens do it. */
function partsOf(fields: JsonObject, outer: string | null = null): FormPart[] {
  return Object.entries(fields).flatMap(([key, value]): FormPart[] => {
    const name = outer === null ? key : `${outer}[${key}]`
    if (value === null) return []
    if (key !== 'content_attributes' && isObject(value)) return partsOf(value, name)
    return [{ name, text: typeof value === 'string' ? value : JSON.stringify(value) }]
  })
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

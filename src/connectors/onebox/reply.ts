/**
 * Answers: `POST /api/message`. Its body names no ticket: OneBox finds the thread by the message that is answered, so
 * the thread is read first, and connection, method and both addresses are taken from the contact's last message
 * (fields SEEN, procedure INFERRED).
 */
import type { JsonObject } from '#connectors/contract.ts'
import type { CreateMessages, OutgoingFile, OutgoingMessage, Receipt } from '#connectors/operations.ts'
import { idOf, takeNotes, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { answeredIn } from './answered.ts'
import { wallClock } from './clock.ts'
import { checkFiles, refuseUnless } from './refusals.ts'
import { partiesOf } from './reply-parties.ts'
import { routeOf } from './reply-route.ts'
import { messagesIn } from './thread.ts'
import type { SessionParts } from './whole.ts'
import { mostFilesOfReply } from './writing.ts'

/** The id of what was sent is not in the answer, which shows another message (SEEN). */
export async function sendReply(order: CreateMessages, parts: SessionParts): Promise<Receipt> {
  const { client, settings, now } = parts
  const message = onlyReply(order.messages)
  const ticketId = order.ticketExternalId
  const thread = messagesIn(await client.thread(ticketId), ticketId, takeNotes())
  const answered = answeredIn(thread, order, settings.zone)
  const route = routeOf(answered, settings)
  const parties = await partiesOf(message, { answered, route, client })
  if (route.isMention) checkMention(message, answered.From)

  await client.sendMessage({
    ConnectionId: numberOf(message.channelAccountExternalId ?? idOf(answered.ConnectionId)),
    MethodId: route.methodId,
    Subject: message.subject ?? (await subjectOf(ticketId, { answered, isMail: route.isMail, client })),
    ...parties,
    ConversationId: numberOf(route.conversationId),
    PreviousId: numberOf(route.previousId),
    PrevRemoteId: null,
    Attachments: await Promise.all(
      message.attachments.map((file) => attachmentOf(file, wallClock(now(), settings.zone))),
    ),
    Content: contentOf(message),
  })
  return { messages: [null] }
}

/** A note would reach the contact as an answer, and what the contact said as something we said: neither is sent. */
function onlyReply(messages: OutgoingMessage[]): OutgoingMessage {
  const [message] = messages
  if (!message || messages.length > 1) throw new RefusedError(`OneBox sends one message a call, got ${messages.length}`)
  refuseUnless(message.type === 'REPLY_OUTBOUND', `OneBox only sends answers, it has no ${message.type}`)
  refuseUnless(message.forwarded === null, 'OneBox forwards no messages')
  refuseUnless(message.at === null, 'OneBox dates a message itself')
  checkFiles(message.attachments, mostFilesOfReply)
  return message
}

/**
 * Both forms are mandatory (SEEN). What was not written as HTML goes as plain text, so that it comes back unchanged.
 */
function contentOf({ body: { html, text } }: OutgoingMessage): JsonObject {
  return {
    Body: html ?? text,
    BodyText: text,
    ContentType: html === null ? 'text/plain' : 'text/html',
    Encoding: 'UTF-8',
  }
}

/**
 * With a file its description and date are mandatory too (SEEN). That the date is in `zone`, as in answers, is
 * ASSUMED.
 */
async function attachmentOf({ name, bytes }: OutgoingFile, date: string): Promise<JsonObject> {
  const Content = Buffer.from(await bytes()).toString('base64')
  return { Description: name, File: { Date: date, Name: name, Content } }
}

async function subjectOf(
  ticketId: string,
  { answered, isMail, client }: { answered: { Subject?: unknown }; isMail: boolean; client: SessionParts['client'] },
): Promise<string> {
  const subject = textOf(answered.Subject) ?? textOf((await client.ticket(ticketId)).Subject) ?? ''
  return isMail && !/^re:/i.test(subject) ? `Re: ${subject}` : subject
}

/** SEEN: an answer to a mention has to name whom it answers. The text is the client's: it is not changed here. */
function checkMention({ body }: OutgoingMessage, from: unknown): void {
  const name = textOf(from)?.replace(/^@/, '') ?? ''
  const isNamed = /^\d*$/.test(name)
    ? /(^|\s)@\w/.test(body.text)
    : body.text.toLowerCase().includes(`@${name.toLowerCase()}`)
  refuseUnless(isNamed, `an answer to a mention has to name the customer, e.g. @${/^\d*$/.test(name) ? 'name' : name}`)
}

/** Ids are numbers in requests (SEEN) and text everywhere else. */
function numberOf(id: string | null): number | string | null {
  return id !== null && /^\d{1,15}$/.test(id) ? Number(id) : id
}

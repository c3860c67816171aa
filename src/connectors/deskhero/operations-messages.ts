/** Entries of a thread: new ones, and those that change their type. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { OutgoingMessage, Receipt, UpdateMessage } from '#connectors/operations.ts'
import { idOf, listOf, objectOf, textOf, wordOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { ConversationType } from '#vocabulary.ts'
import type { Client } from './client.ts'
import { uploadOf } from './files.ts'
import type { Looking } from './looking.ts'
import { entryFrom, enumFrom } from './outgoing.ts'
import type { Settings } from './settings.ts'
import { numberOf, typeNames, typeOf } from './words.ts'
import { manyIn } from './wrapper.ts'

export type MessageOperations = ReturnType<typeof messageOperations>

/** What goes with a message beside its words, looked up or handed over beforehand. */
export type Enclosed = { fileIds: string[]; quotedHtml: string | null }

export function messageOperations(client: Client, looking: Looking, settings: Settings) {
  const { paths, wrapperKeys, convertFields } = settings
  const upload = uploadOf(client, settings)

  return { enclose, postEntries, createMessages, updateMessage }

  /** `thread` is of the ticket that holds the messages that are passed on. Throws RefusedError before any call. */
  async function enclose(messages: OutgoingMessage[], thread: () => Promise<JsonObject>): Promise<Enclosed[]> {
    if (messages.some(({ at }) => at !== null))
      throw new RefusedError('DeskHero sets the time of an entry itself: `created` is read-only')
    const whole = messages.some(({ forwarded }) => forwarded) ? await thread() : null
    const passedOn = messages.map(({ forwarded }) => {
      if (!forwarded) return null
      const entry = entryIn(whole, forwarded.messageExternalId)
      if (!entry) throw new GoneError(`DeskHero has no entry ${forwarded.messageExternalId} to pass on`)
      return { entry, includesAttachments: forwarded.includesAttachments }
    })
    const enclosed: Enclosed[] = []
    for (const [index, { attachments }] of messages.entries()) {
      const original = passedOn[index]
      const files = original?.includesAttachments ? listOf(original.entry.sys_attachments) : []
      const fileIds = files.flatMap((file) => idOf(objectOf(file)?.id) ?? [])
      for (const file of attachments) fileIds.push(await upload(file))
      enclosed.push({ fileIds, quotedHtml: original ? contentOf(original.entry) : null })
    }
    return enclosed
  }

  /**
   * `POST ticket_conversations/{ticket_id}` with all entries at once; answered with the new entries (SEEN), in the order
   * of the request (ASSUMED). An answer of another length says nothing about which is which.
   */
  async function postEntries(
    ticketExternalId: string,
    messages: OutgoingMessage[],
    enclosed: Enclosed[],
  ): Promise<Receipt> {
    const entries = messages.map((message, index) =>
      entryFrom(message, { ticketExternalId, ...(enclosed[index] as Enclosed) }, settings),
    )
    const path = paths.newEntries.replace('{id}', encodeURIComponent(ticketExternalId))
    const answer = await looking.changing(ticketExternalId, () => client.write({ method: 'POST', path, body: entries }))
    if (answer === null) throw new TryAgainError(`POST ${path}: expected the new entries, got an empty answer`)
    const made = manyIn(answer, wrapperKeys) ?? []
    return {
      ticketExternalId,
      messages: messages.map((_, index) => {
        const externalId = made.length === messages.length ? idOf(objectOf(made[index])?.id) : null
        return externalId === null ? null : { externalId, conversationExternalId: externalId }
      }),
    }
  }

  async function createMessages(order: { ticketExternalId: string; messages: OutgoingMessage[] }): Promise<Receipt> {
    const { ticketExternalId, messages } = order
    const enclosed = await enclose(messages, () => looking.ticket(ticketExternalId))
    return postEntries(ticketExternalId, messages, enclosed)
  }

  /** Read state and mentions are kept here only, so they need no call. The only change DeskHero documents is of the type. */
  async function updateMessage(order: UpdateMessage): Promise<Receipt> {
    const { ticketExternalId, messageExternalId, isInternal } = order
    if (order.body) throw new RefusedError('DeskHero has no call to change the text of an entry')
    const receipt: Receipt = {
      ticketExternalId,
      messages: [{ externalId: messageExternalId, conversationExternalId: messageExternalId }],
    }
    if (isInternal === undefined) return receipt
    const entry = entryIn(await looking.ticket(ticketExternalId), messageExternalId)
    if (!entry) throw new GoneError(`DeskHero has no entry ${messageExternalId} in ticket ${ticketExternalId}`)
    const type = wordOf(typeOf, entry.type) ?? 'UNKNOWN'
    const wanted: ConversationType = isInternal ? 'NOTE_PRIVATE' : 'NOTE_PUBLIC'
    if (type === wanted) return receipt
    // What went out cannot be called back by naming it otherwise, and nothing else may become visible by accident.
    if (type !== 'NOTE_PRIVATE' && type !== 'NOTE_PUBLIC')
      throw new RefusedError(`only notes can be made private or public, entry ${messageExternalId} is of type ${type}`)
    const body = {
      [convertFields.entry]: numberOf(messageExternalId),
      [convertFields.type]: enumFrom(typeNames, wanted, settings),
    }
    await looking.changing(ticketExternalId, () => client.write({ method: 'POST', path: paths.convertType, body }))
    return receipt
  }
}

/** An entry of a `DTO_ticket_complete`. */
function entryIn(complete: JsonObject | null, id: string): JsonObject | null {
  return (
    listOf(complete?.conversations)
      .map(objectOf)
      .find((entry) => idOf(entry?.id) === id) ?? null
  )
}

function contentOf(entry: JsonObject): string {
  const rich: Json | undefined = entry.sys_content_rich
  return textOf(objectOf(rich)?.html) ?? textOf(objectOf(rich)?.plain_preview) ?? textOf(rich) ?? ''
}

/** Orders in DeskHero's shapes. Pure. */
import type { JsonObject } from '#connectors/contract.ts'
import type { OutgoingActor, OutgoingBody, OutgoingMessage } from '#connectors/operations.ts'
import { objectOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { dataUriOf, htmlOfPlain } from './body.ts'
import type { Settings } from './settings.ts'
import { directionNames, numberOf, typeNames } from './words.ts'

export type EntryParts = {
  ticketExternalId: string
  /** Ids of files that DeskHero has already. */
  fileIds: string[]
  /** HTML of the message that is passed on. */
  quotedHtml: string | null
}

/**
 * A `DTO_ticket_conversation` without its read-only fields: `id`, `created`, `last_updated` and who did it (SEEN). So the
 * writer is always the token's user, and the time is now; only what came in says whose it is, in `requester`.
 */
export function entryFrom(message: OutgoingMessage, parts: EntryParts, settings: Settings): JsonObject {
  const { type, body, addresses, sender } = message
  const requester = type === 'REPLY_INBOUND' && sender ? contactFrom(sender) : null
  const content = contentFrom(body, parts.quotedHtml, settings)
  return {
    ticket_id: numberOf(parts.ticketExternalId),
    type: enumFrom(typeNames, type, settings),
    ...(requester && { requester }),
    ...(content && { sys_content_rich: content }),
    // The words of our own, where more than these goes out.
    ...(parts.quotedHtml !== null && body.text !== '' && { last_message_extracted: body.text }),
    ...(addresses.length > 0 && {
      email_addresses: addresses.map(({ email, name, direction }) => ({
        email,
        name,
        direction: enumFrom(directionNames, direction, settings),
      })),
    }),
    ...(parts.fileIds.length > 0 && { sys_attachments: parts.fileIds.map((id) => ({ id: numberOf(id) })) }),
  }
}

/** A `DTO_contact`: known by `user_id`, by mail, or by neither. */
export function contactFrom({ externalId, email, name }: OutgoingActor): JsonObject {
  const userId = externalId !== null && /^\d{1,15}$/.test(externalId) && externalId !== '0' ? Number(externalId) : null
  const mail = email ?? (externalId?.startsWith('mail:') ? externalId.slice('mail:'.length) : null)
  if (userId === null && mail === null && name === null)
    throw new RefusedError('DeskHero knows a contact by its id, mail address or name; none of them was given')
  return {
    ...(userId !== null && { user_id: userId }),
    ...(mail !== null && { email: mail }),
    ...(name !== null && { name }),
  }
}

/** Whether enums travel as numbers or names is not stated. */
export function enumFrom<Word extends string>(names: Word[], word: Word, { enumsAs }: Settings): number | Word {
  return enumsAs === 'names' ? word : names.indexOf(word)
}

/**
 * A `DTO_rich_text`. `plain_preview` is read-only, so plain text goes as HTML that gives back every character (or, when
 * the setting says so, as `data:text/plain;base64,…`). An Editor.js document goes beside the HTML (both SEEN as writable).
 */
function contentFrom(body: OutgoingBody, quotedHtml: string | null, { plainTextAs }: Settings): JsonObject | null {
  const editorjs = objectOf(body.editorjs)
  if (quotedHtml === null && !body.html && !editorjs && body.text === '') return null
  const isPlain = !body.html && !editorjs && quotedHtml === null
  if (isPlain && plainTextAs === 'data-uri') return { html: dataUriOf(body.text) }
  const own = body.html || (body.text === '' ? '' : htmlOfPlain(body.text))
  const quoted = quotedHtml === null ? '' : `<blockquote type="cite">${quotedHtml}</blockquote>`
  return { html: own + quoted, ...(editorjs && { editorjs }) }
}

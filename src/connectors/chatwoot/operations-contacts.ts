/** Contacts. A contact's language has no place at Chatwoot: it is kept in our store only. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { ContactFields, Operations, Receipt } from '#connectors/operations.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, TryAgainError } from '#errors.ts'
import type { Source } from './read.ts'

type MergeContacts = Parameters<NonNullable<Operations['mergeContacts']>>[0]

/** Refused when another contact has the e-mail, phone or identifier. The phone as `+` and digits. */
export async function createContact({ client }: Source, order: ContactFields): Promise<Receipt> {
  const answer = objectOf(objectOf(await client.createContact(bodyOf(order)))?.payload)
  const id = idOf(objectOf(answer?.contact)?.id) ?? idOf(answer?.id)
  if (id === null) throw new TryAgainError('Chatwoot answered without the contact it made', { httpStatus: 200 })
  return { contactExternalId: id }
}

/** By identifier, else by e-mail, else by phone: each belongs to one contact only. */
export async function findContact({ client }: Source, order: ContactFields): Promise<string | null> {
  const marks = [
    { text: order.identifier, is: (row: JsonObject) => textOf(row.identifier) === order.identifier },
    { text: order.email, is: (row: JsonObject) => textOf(row.email)?.toLowerCase() === order.email?.toLowerCase() },
    { text: order.phone, is: (row: JsonObject) => textOf(row.phone_number) === order.phone },
  ]
  for (const { text, is } of marks) {
    if (!text) continue
    for (let page = 1; page <= mostPages; page += 1) {
      const rows = await client.contactsLike(text, page)
      const found = rows.map(objectOf).find((row) => row && is(row))
      if (found) return idOf(found.id)
      if (rows.length < pageSize) break
    }
  }
  return null
}

export async function updateContact(
  { client }: Source,
  { externalId, ...fields }: ContactFields & { externalId: string },
): Promise<Receipt> {
  const body = bodyOf(fields)
  if (Object.keys(body).length > 0) await client.updateContact(externalId, body)
  const cleared = (fields.customFields ?? []).filter(({ value }) => value === null).map(({ key }) => key)
  if (cleared.length > 0) await client.removeContactAttributes(externalId, cleared)
  if (fields.avatarUrl === null) await client.removeContactPicture(externalId)
  return { contactExternalId: externalId }
}

/** Their conversations, addresses and notes go over to the target. A source that is gone already was merged before. */
export async function mergeContacts(
  { client }: Source,
  { targetExternalId, sourceExternalIds }: MergeContacts,
): Promise<Receipt> {
  if (!(await client.contact(targetExternalId))) throw new GoneError(`Chatwoot has no contact ${targetExternalId}`)
  for (const id of new Set(sourceExternalIds)) {
    if (id === targetExternalId) continue
    const isThere = await client.contact(id).catch((error) => {
      if (error instanceof GoneError) return null
      throw error
    })
    if (isThere) await client.mergeContact(Number(targetExternalId), Number(id))
  }
  return { contactExternalId: targetExternalId }
}

/** The server's page size with `q` (SEEN). */
const pageSize = 15
/** 300 contacts share a part of the text: then nobody is found, and making one is refused as a repetition. */
const mostPages = 20

/** Null clears; a name cannot be null there. */
function bodyOf(fields: ContactFields): JsonObject {
  const { name, email, phone, identifier, avatarUrl, isBlocked, customFields } = fields
  const set = (customFields ?? []).filter(({ value }) => value !== null)
  const all: Record<string, Json | undefined> = {
    name: name === null ? '' : name,
    email,
    phone_number: phone,
    identifier,
    avatar_url: avatarUrl ?? undefined,
    blocked: isBlocked,
    custom_attributes:
      set.length > 0 ? Object.fromEntries(set.map(({ key, value }) => [key, value as Json])) : undefined,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject
}

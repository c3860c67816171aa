/** Contacts: `POST /api/contactrz` (SEEN). There is no call that changes or merges contacts. */
import type { ContactFields, Receipt } from '#connectors/operations.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import { hasAddress } from './people.ts'
import { next, type Place, startAfter } from './place.ts'

/**
 * The names of the fields are INFERRED from the answer, which shows a new contact; the reference does not say what the
 * call takes. What OneBox has no field for (identifier, language, …) is left out of records, so it stays in our store.
 */
export async function createContact(order: ContactFields, client: Client): Promise<Receipt> {
  const { name, email, phone } = order
  const Name = name ?? email ?? phone
  if (!Name) throw new RefusedError('OneBox makes no contact without a name, an e-mail address or a phone number')
  const contact = { Name, ...(email && { Email: email }), ...(phone && { Phone: phone, Mobile: phone }) }
  const contactExternalId = idOf(objectOf(await client.createContact(contact))?.Id)
  if (contactExternalId === null) throw new TryAgainError('OneBox answered a new contact without its Id')
  return { contactExternalId }
}

/**
 * By e-mail address, else by phone number. There is no search: the list is read until the contact is found, a hundred
 * contacts a call. That contacts can be listed is ASSUMED.
 */
export async function findContact({ email, phone }: ContactFields, client: Client): Promise<string | null> {
  if (!email && !phone) throw new RefusedError('a contact of OneBox is found by e-mail address or phone number only')
  let byPhone: string | null = null
  for (let place: Place | null = startAfter('0'); place; ) {
    const { sinceId, offset } = place
    const found = await client.findContacts({ sinceId, offset, limit: 100 }).catch((error: unknown) => {
      if (!(error instanceof GoneError)) throw error
      throw new RefusedError('this OneBox does not list its contacts', { ...error.provider, cause: error })
    })
    for (const row of found.rows) {
      const contact = objectOf(row)
      if (!contact) continue
      if (email && textOf(contact.Email)?.toLowerCase() === email.toLowerCase()) return idOf(contact.Id)
      if (phone && hasAddress(contact, phone)) byPhone ??= idOf(contact.Id)
    }
    place = next(place, found)
  }
  return byPhone
}

/** Contacts: found by what identifies them, made and changed. Source: vendor's reference, Contact, and its v4 drafts (SEEN). */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { ContactFields, OutgoingActor } from '#connectors/operations.ts'
import { boolOf, guidOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import { allRows } from './fetch-thread.ts'
import { fieldKey } from './people.ts'
import { guidMadeBy, type Writer } from './writer.ts'

/** The vendor's words for what identifies a contact; read without case. */
const identityWords = { identifier: 'externalID', email: 'Email', phone: 'SMS' } as const
type Identifying = keyof typeof identityWords
const identifying = Object.keys(identityWords) as Identifying[]

/** Looked for by each identifying value in turn; a contact that was merged stands for the one it went into. */
export async function findContact(writer: Writer, order: ContactFields): Promise<string | null> {
  for (const field of identifying) {
    const value = order[field]
    if (!value) continue
    const found = (await contactsWith(writer, value)).find((contact) => valueIn(contact, field) === folded(value))
    if (found) return guidOf(found.mergeToContactId) ?? guidOf(found.id)
  }
  return null
}

export async function createContact({ client, settings }: Writer, order: ContactFields): Promise<string> {
  refuseUnwritable(order, null)
  const name = order.name ?? order.email ?? order.phone ?? order.identifier
  if (!name) throw new RefusedError('Comm100 needs a name, an e-mail address or a phone number for a contact')
  const wanted = identifying.flatMap((field) => {
    const value = order[field]
    return value ? [identity(settings.contactsPath, field, value)] : []
  })
  const body: JsonObject = { name, contactIdentities: wanted }
  if (order.customFields?.length) body.customFields = withFields({}, order.customFields)
  return guidMadeBy(await client.write('POST', settings.contactsPath, body), 'a contact')
}

/** The whole contact is written back: name, identities and custom fields are required (SEEN in the drafts of v4). */
export async function updateContact(
  { client, settings }: Writer,
  { externalId, ...changes }: ContactFields & { externalId: string },
): Promise<void> {
  const path = `${settings.contactsPath}/${encodeURIComponent(externalId)}`
  const current = objectOf(await client.get(path, { include: 'contactIdentity' }))
  if (current === null || guidOf(current.id) !== externalId)
    throw new RefusedError(`expected contact ${externalId}, got something else`)
  refuseUnwritable(changes, current)
  let identities = listOf(current.contactIdentities)
  for (const field of identifying) {
    const value = changes[field]
    if (value === undefined || folded(value ?? '') === (valueIn(current, field) ?? '')) continue
    const at = identities.findIndex((item) => isKind(item, field))
    if (!value) identities = identities.filter((_, index) => index !== at)
    else if (at < 0) identities = [...identities, identity(settings.contactsPath, field, value)]
    else identities = identities.with(at, { ...objectOf(identities[at]), value })
  }
  const body: JsonObject = {
    name: changes.name || (textOf(current.name) ?? externalId),
    contactIdentities: identities,
    customFields: withFields(current.customFields, changes.customFields ?? []),
  }
  const isSame = Object.entries(body).every(
    ([key, value]) => JSON.stringify(value) === JSON.stringify(current[key] ?? (key === 'customFields' ? {} : null)),
  )
  if (!isSame) await client.write('PUT', path, body)
}

/** The contact behind somebody who is not an agent; one the vendor does not know yet is made. */
export async function contactFor(writer: Writer, actor: OutgoingActor): Promise<{ id: string; type: string }> {
  const type = actor.type === 'VISITOR' ? 'visitor' : 'contact'
  if (actor.type !== 'CONTACT' && actor.type !== 'VISITOR')
    throw new RefusedError(`a contact or a visitor is expected, got ${actor.type}`)
  if (actor.externalId !== null) return { id: actor.externalId, type }
  const { name, email, phone } = actor
  const id = (await findContact(writer, { email, phone })) ?? (await createContact(writer, { name, email, phone }))
  return { id, type: 'contact' }
}

/** What an order wants and no call takes. The language is left out on purpose: records never say it, it is kept here. */
function refuseUnwritable({ avatarUrl, isBlocked }: ContactFields, current: JsonObject | null): void {
  if (avatarUrl) throw new RefusedError('Comm100 takes pictures of contacts from their channels only')
  if (isBlocked !== undefined && isBlocked !== (boolOf(current?.isBlocked) === true))
    throw new RefusedError('Comm100 has no call that blocks a contact')
}

/** `contactIdentityValue` narrows the list (SEEN); the answer is checked, in case it does not. */
async function contactsWith({ client, settings }: Writer, value: string): Promise<JsonObject[]> {
  const first = await client.get(settings.contactsPath, { contactIdentityValue: value, include: 'contactIdentity' })
  const park = (problem: string): never => {
    throw new RefusedError(`contacts cannot be searched: ${problem}`)
  }
  return (await allRows(client, { first, keys: ['contacts'], park })).map(objectOf).filter((row) => row !== null)
}

function valueIn(contact: JsonObject, field: Identifying): string | null {
  const found = listOf(contact.contactIdentities).find((item) => isKind(item, field))
  const value = textOf(objectOf(found)?.value) ?? (field === 'identifier' ? null : textOf(contact[field]))
  return value === null ? null : folded(value)
}

function isKind(item: Json, field: Identifying): boolean {
  const wire = objectOf(item)
  const kind = textOf(wire?.contactIdentityType) ?? textOf(wire?.type)
  return kind?.toLowerCase() === identityWords[field].toLowerCase()
}

const folded = (value: string) => value.trim().toLowerCase()

/** The older pages call the kind `contactIdentityType`, the newer `type` (SEEN). */
function identity(contactsPath: string, field: Identifying, value: string): JsonObject {
  const kind = identityWords[field]
  return contactsPath === 'global/contacts' ? { contactIdentityType: kind, value } : { type: kind, value }
}

/** In the shape they came in: a list, or an object by name (both SEEN). */
function withFields(current: Json | undefined, changes: { key: string; value: unknown }[]): Json {
  if (!Array.isArray(current)) {
    const fields: JsonObject = { ...objectOf(current) }
    for (const { key, value } of changes)
      fields[Object.keys(fields).find((name) => fieldKey(name) === key) ?? key] = (value ?? '') as Json
    return fields
  }
  const fields = [...current]
  for (const { key, value } of changes) {
    const at = fields.findIndex((item) => [objectOf(item)?.id, objectOf(item)?.name].some((id) => fieldKey(id) === key))
    const name = /^[0-9a-f]{32}$/.test(key) ? 'id' : 'name'
    const known = at < 0 ? { [name]: key } : objectOf(fields[at])
    fields[at < 0 ? fields.length : at] = { ...known, value: (value ?? '') as Json }
  }
  return fields
}

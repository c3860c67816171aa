/** Writing contacts and tags. Source: vendor's reference, Contact and Tag (SEEN); required fields from v4's drafts. */
import type { JsonObject } from '#connectors/contract.ts'
import { addContact, addTag } from '#connectors/sandbox/build.ts'
import { changeContact, deleteTag } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskContact } from '#connectors/sandbox/desk.ts'
import { tagIn } from './sandbox-find.ts'
import { bodyOf, listIn, need, textIn } from './sandbox-input.ts'
import { contactWire, tagWire } from './sandbox-people.ts'
import { created, missing, ok, type Route, refuse } from './sandbox-site.ts'
import { fieldId, guid } from './sandbox-words.ts'

export const peopleWrites: Route[] = [
  {
    method: 'GET',
    path: /^(?:global|contact)\/contacts\/([0-9a-f-]{36})$/i,
    answer: ({ desk }, { query }, id) =>
      ok(contactWire(contactAt(desk, id), query.get('include') === 'contactIdentity')),
  },
  {
    method: 'POST',
    path: /^(?:global|contact)\/contacts$/,
    answer({ desk }, request) {
      const contact = contactIn(desk, bodyOf(request), null)
      return created(contactWire(addContact(desk, { type: 'CONTACT', ...contact }), true))
    },
  },
  {
    method: 'PUT',
    path: /^(?:global|contact)\/contacts\/([0-9a-f-]{36})$/i,
    answer({ desk }, request, id) {
      const { id: contactId } = contactAt(desk, id)
      return ok(contactWire(changeContact(desk, contactId, contactIn(desk, bodyOf(request), contactId)), true))
    },
  },
  {
    method: 'POST',
    path: /^ticketing\/tags$/,
    answer: ({ desk }, request) => created(tagWire(addTag(desk, { name: freeName(desk, bodyOf(request), null) }))),
  },
  {
    method: 'PUT',
    path: /^ticketing\/tags\/([0-9a-f-]{36})$/i,
    answer({ desk }, request, id) {
      const tag = tagIn(desk, id) ?? missing()
      tag.name = freeName(desk, bodyOf(request), tag.id)
      return ok(tagWire(tag))
    },
  },
  {
    method: 'DELETE',
    path: /^ticketing\/tags\/([0-9a-f-]{36})$/i,
    answer({ desk }, _request, id) {
      deleteTag(desk, (tagIn(desk, id) ?? missing()).id)
      return { status: 204 }
    },
  },
]

/** Names of tags are ASSUMED to be unique. */
function freeName(desk: Desk, body: JsonObject, ownId: number | null): string {
  need(body, ['name'])
  const name = textIn(body, 'name') ?? ''
  if (desk.tags.some((tag) => tag.name === name && tag.id !== ownId)) refuse('The name is taken.', 'TagNameExists')
  return name
}

function contactAt(desk: Desk, id: string): DeskContact {
  for (const contact of desk.contacts.values()) if (guid('contact', contact.id) === id.toLowerCase()) return contact
  return missing()
}

/** A value belongs to one contact only. */
function contactIn(desk: Desk, body: JsonObject, ownId: number | null): Partial<DeskContact> {
  need(body, ['name', 'contactIdentities'])
  const values: Partial<Record<'email' | 'sms' | 'externalid', string>> = {}
  for (const identity of listIn(body, 'contactIdentities')) {
    const kind = (textIn(identity, 'contactIdentityType') ?? textIn(identity, 'type') ?? '').toLowerCase()
    if (kind !== 'email' && kind !== 'sms' && kind !== 'externalid') return refuse(`"${kind}" is no identity type.`)
    values[kind] = textIn(identity, 'value') || refuse('value is required.')
  }
  const wanted = { email: values.email ?? null, phone: values.sms ?? null, identifier: values.externalid ?? null }
  for (const other of desk.contacts.values()) {
    const isTaken = (['email', 'phone', 'identifier'] as const).some((key) => wanted[key] && other[key] === wanted[key])
    if (isTaken && other.id !== ownId) refuse('A contact with this identity exists.', 'ContactIdentityExists')
  }
  const fields = body.customFields == null ? {} : { customFields: fieldsIn(desk, body.customFields) }
  return { name: textIn(body, 'name') ?? null, ...wanted, ...fields }
}

function fieldsIn(desk: Desk, value: unknown): Record<string, string> {
  const names = [...desk.contacts.values()].flatMap(({ customFields }) => Object.keys(customFields))
  const nameOf = (key: string) =>
    names.find((name) => fieldId(name).replaceAll('-', '') === key.replaceAll('-', '')) ?? key
  const entries = Array.isArray(value)
    ? (value as JsonObject[]).map(
        (field) => [nameOf(String(field.id ?? field.name)), String(field.value ?? '')] as const,
      )
    : Object.entries(value as JsonObject).map(([key, item]) => [nameOf(key), String(item ?? '')] as const)
  return Object.fromEntries(entries.filter(([, item]) => item !== ''))
}

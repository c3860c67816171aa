/** What clients say of a contact, checked and as columns. */
import type { ContactFields } from '#connectors/operations.ts'
import { ActorTypeEnum } from '#domain/actors/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'
import { withCustomFields } from './apply-patch.ts'
import { CustomFieldInput } from './inputs.ts'
import * as plausible from './plausible.ts'
import { invalid, type Path } from './problem.ts'
import type { ActorRow, ContactRefShape } from './references.ts'

export const ContactFieldsInput = builder.inputType('ContactFieldsInput', {
  description: 'What is known of a contact. What is left out stays; null clears.',
  fields: (t) => ({
    name: t.string({ description: 'Their name.' }),
    email: t.string({ description: 'Mail address; one contact of a help desk has it.' }),
    phone: t.string({ description: 'Telephone number, written as the help desk writes it.' }),
    identifier: t.string({ description: 'Their key in your own system; one contact of a help desk has it.' }),
    avatarUrl: t.field({ type: 'URL', description: 'A picture.' }),
    language: t.field({ type: 'Locale', description: 'Their language.' }),
    type: t.field({ type: ActorTypeEnum, description: 'CONTACT: visitors become known by visiting only.' }),
    isBlocked: t.boolean({ description: 'Whether the help desk takes no more messages from them.' }),
    customFields: t.field({ type: [CustomFieldInput], description: "The help desk's own fields; others stay." }),
  }),
})
export type ContactFieldsShape = typeof ContactFieldsInput.$inferInput

const LONGEST_KEY = 255
const LONGEST_PHONE = 50
const phoneText = /^[+]?[\d\s().\-/x#*]*\d[\d\s().\-/x#*]*$/i

/** @throws CommandError with everything that is wrong. */
export async function contactFieldsFrom(given: ContactFieldsShape, path: Path): Promise<ContactFields> {
  const { name, email, phone, identifier, avatarUrl, language, isBlocked, customFields } = given
  const at = (field: string) => [...path, field]
  const changes: ContactFields = {}
  const checks: (() => void)[] = [
    () => set('name', name, (text) => plausible.line(text, at('name'), { most: LONGEST_KEY })),
    () => set('email', email, (text) => plausible.email(text, at('email'))),
    () => set('phone', phone, (text) => phoneFrom(text, at('phone'))),
    () => set('identifier', identifier, (text) => plausible.line(text, at('identifier'), { most: LONGEST_KEY })),
    () => set('avatarUrl', avatarUrl, (url) => pictureFrom(url, at('avatarUrl'))),
    () => set('language', language, (text) => text),
    () => {
      if (isBlocked !== undefined) changes.isBlocked = isBlocked === true
      if (customFields != null)
        changes.customFields = customFields.map(({ key, value }, index) => ({
          key: plausible.line(key, [...at('customFields'), index, 'key'], { most: LONGEST_KEY }),
          value: value ?? null,
        }))
    },
  ]
  await plausible.each(checks, async (check) => check())
  return changes

  function set(field: TextField, value: string | null | undefined, check: (text: string) => string) {
    if (value !== undefined) changes[field] = value === null ? null : check(value)
  }
}
/** What somebody is does not change. @throws CommandError */
export function refuseOtherType(given: ContactFieldsShape, type: ActorRow['type'], path: Path): void {
  if (given.type != null && given.type !== type)
    throw invalid([...path, 'type'], `Expected ${type}, got ${given.type}: what somebody is does not change.`)
}

type TextField = 'name' | 'email' | 'phone' | 'identifier' | 'avatarUrl' | 'language'

export type Identifying = { field: 'email' | 'identifier' | 'phone'; value: string }

/** The value that a reference names a contact by, checked like a field; null for the help desk's own id. */
export function identifyingIn(ref: ContactRefShape, path: Path): Identifying | null {
  if (ref.external) return null
  if (ref.email != null) return { field: 'email', value: plausible.email(ref.email, [...path, 'email']) }
  if (ref.identifier != null)
    return {
      field: 'identifier',
      value: plausible.line(ref.identifier, [...path, 'identifier'], { most: LONGEST_KEY }),
    }
  return { field: 'phone', value: phoneFrom(ref.phone ?? '', [...path, 'phone']) }
}

function phoneFrom(value: string, path: Path): string {
  const text = plausible.line(value, path, { most: LONGEST_PHONE })
  if (phoneText.test(text)) return text
  throw invalid(path, `Expected a telephone number such as +49 30 1234567, got ${JSON.stringify(text)}.`, 'phone')
}

function pictureFrom(value: string, path: Path): string {
  if (/^https?:$/.test(new URL(value).protocol) && value.length <= 2000) return value
  throw invalid(path, 'Expected a web address of at most 2000 characters.', 'url')
}

type ContactColumns = Pick<
  ActorRow,
  'displayName' | 'email' | 'phone' | 'identifier' | 'avatarUrl' | 'language' | 'isBlocked' | 'customFields'
>

/** The columns as they become; nobody is without a name to show. */
export function contactColumns(before: ContactColumns, changes: ContactFields): ContactColumns {
  const { name, customFields, ...plain } = changes
  const after = { ...before, ...plain }
  const shown = name === undefined ? before.displayName : name
  return {
    ...after,
    displayName: shown || after.email || after.phone || after.identifier || 'Contact',
    customFields: customFields ? withCustomFields(before.customFields, customFields) : before.customFields,
  }
}

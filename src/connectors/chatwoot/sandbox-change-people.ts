/**
 * The sandbox's endpoints that change contacts and labels. Source: ContactsController, ContactMergeAction,
 * LabelsController and their models (SEEN; the wording of validations ASSUMED).
 */
import { addContact, addTag } from '#connectors/sandbox/build.ts'
import { changeContact, deleteTag, mergeContact } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskContact, DeskTag } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import { notAuthorized } from './sandbox-gate.ts'
import { isTruthy, type Params, paramsIn } from './sandbox-params.ts'
import { contactRow, contactWithInboxes, labelRow, type World } from './sandbox-people.ts'
import { type Context, empty, invalid, notFound, ok, type Route } from './sandbox-route.ts'

export function contactChanges(world: World, forget: () => void): Route[] {
  const { desk } = world
  const onContact = (
    method: string,
    name: string,
    answer: (contact: DeskContact, context: Context) => SandboxAnswer,
  ): Route => ({
    method,
    path: new RegExp(`^/contacts/(\\d+)${name}$`),
    answer(context) {
      const contact = desk.contacts.get(context.id)
      return contact ? answer(contact, context) : notFound
    },
  })
  const updated: (contact: DeskContact, context: Context) => SandboxAnswer = (contact, { params }) => {
    const fields = contactFields(params, contact)
    const errors = problemsOf(desk, fields, contact.id)
    if (errors.length > 0) return invalid(errors)
    changeContact(desk, contact.id, fields)
    forget()
    return ok({ payload: contactWithInboxes(world, contact) })
  }

  return [
    {
      method: 'POST',
      path: /^\/contacts$/,
      answer({ params }) {
        const fields = contactFields(params, null)
        const errors = problemsOf(desk, fields, null)
        if (errors.length > 0) return invalid(errors)
        const contact = addContact(desk, { email: null, name: null, ...fields })
        forget()
        const inbox = { inbox: null, source_id: null }
        return ok({ payload: { contact: contactWithInboxes(world, contact), contact_inbox: inbox } })
      },
    },
    onContact('PUT', '', updated),
    onContact('PATCH', '', updated),
    onContact('POST', '/destroy_custom_attributes', (contact, { params }) => {
      const gone = Array.isArray(params.custom_attributes) ? params.custom_attributes.map(String) : []
      const kept = Object.entries(contact.customFields).filter(([key]) => !gone.includes(key))
      changeContact(desk, contact.id, { customFields: Object.fromEntries(kept) })
      return ok({ payload: contactWithInboxes(world, contact) })
    }),
    onContact('DELETE', '/avatar', (contact) => {
      changeContact(desk, contact.id, { avatarUrl: null })
      return ok({ payload: contactWithInboxes(world, contact) })
    }),
    {
      method: 'POST',
      path: /^\/actions\/contact_merge$/,
      answer({ params }) {
        const base = desk.contacts.get(Number(params.base_contact_id))
        const mergee = desk.contacts.get(Number(params.mergee_contact_id))
        if (!base || !mergee) return notFound
        if (base !== mergee) {
          // What the base contact lacks is taken from the other one.
          const { email, phone, identifier, name } = mergee
          changeContact(desk, base.id, {
            email: base.email ?? email,
            phone: base.phone ?? phone,
            identifier: base.identifier ?? identifier,
            name: base.name || name,
            customFields: { ...mergee.customFields, ...base.customFields },
          })
          mergeContact(desk, { fromId: mergee.id, intoId: base.id })
          forget()
        }
        return ok(contactRow(base))
      },
    },
  ]
}

/** Administrators only. */
export function labelChanges({ desk }: World): Route[] {
  const asAdministrator =
    (answer: Route['answer']): Route['answer'] =>
    (context) =>
      context.user.role === 'administrator' ? answer(context) : notAuthorized
  const labelOf = (id: number) => desk.tags.find((tag) => tag.id === id)
  return [
    {
      method: 'POST',
      path: /^\/labels$/,
      answer: asAdministrator(({ params }) => {
        const fields = labelFields(params)
        const problem = problemOf(desk, fields.name ?? '', null)
        if (problem) return invalid([{ attribute: 'title', message: problem }])
        return ok(labelRow(addTag(desk, fields)))
      }),
    },
    {
      method: 'PATCH',
      path: /^\/labels\/(\d+)$/,
      answer: asAdministrator(({ id, params }) => {
        const label = labelOf(id)
        if (!label) return notFound
        const next = { ...label, ...labelFields(params) }
        // Not saved, and answered as if it were.
        if (!problemOf(desk, next.name, id)) Object.assign(label, next)
        return ok(labelRow(next))
      }),
    },
    {
      method: 'DELETE',
      path: /^\/labels\/(\d+)$/,
      answer: asAdministrator(({ id }) => {
        const label = labelOf(id)
        if (!label) return notFound
        deleteTag(desk, label.id)
        return empty
      }),
    },
  ]
}

/** Custom attributes are merged into those there are. */
function contactFields(params: Params, before: DeskContact | null): Partial<DeskContact> {
  const textIn = (key: string) => (isTruthy(params[key]) ? String(params[key]) : null)
  return {
    ...('name' in params ? { name: textIn('name') } : {}),
    ...('email' in params ? { email: textIn('email')?.toLowerCase() ?? null } : {}),
    ...('phone_number' in params ? { phone: textIn('phone_number') } : {}),
    ...('identifier' in params ? { identifier: textIn('identifier') } : {}),
    ...('blocked' in params ? { isBlocked: isTruthy(params.blocked) } : {}),
    ...(isTruthy(params.avatar_url) ? { avatarUrl: String(params.avatar_url) } : {}),
    ...('custom_attributes' in params
      ? { customFields: { ...before?.customFields, ...(paramsIn(params.custom_attributes) as Record<string, string>) } }
      : {}),
  }
}

function problemsOf(desk: Desk, { email, phone, identifier }: Partial<DeskContact>, ownId: number | null) {
  const isTaken = (is: (contact: DeskContact) => boolean) =>
    [...desk.contacts.values()].some((contact) => contact.id !== ownId && is(contact))
  const problems = [
    { attribute: 'email', message: 'Email has already been taken', is: email && isTaken((one) => one.email === email) },
    { attribute: 'email', message: 'Email Invalid email', is: email && !/^[^@\s]+@[^@\s]+$/.test(email) },
    {
      attribute: 'identifier',
      message: 'Identifier has already been taken',
      is: identifier && isTaken((one) => one.identifier === identifier),
    },
    {
      attribute: 'phone_number',
      message: 'Phone number has already been taken',
      is: phone && isTaken((one) => one.phone === phone),
    },
    {
      attribute: 'phone_number',
      message: 'Phone number should be in e164 format',
      is: phone && !/^\+[1-9]\d{1,14}$/.test(phone),
    },
  ]
  return problems.filter(({ is }) => is).map(({ attribute, message }) => ({ attribute, message }))
}

function labelFields(params: Params): Partial<DeskTag> {
  return {
    ...('title' in params ? { name: String(params.title ?? '').toLowerCase() } : {}),
    ...(isTruthy(params.color) ? { color: String(params.color) } : {}),
  }
}

function problemOf(desk: Desk, title: string, ownId: number | null): string | null {
  if (title === '') return 'Title must not be blank'
  if (!/^[\p{L}\p{N}]+[\p{L}\p{N}_-]+$/u.test(title)) return 'Title is invalid'
  return desk.tags.some(({ id, name }) => id !== ownId && name === title) ? 'Title has already been taken' : null
}

/** A contact is found by what they are called, and changed; or made. */
import { and, eq, ne, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { ContactFields } from '#connectors/operations.ts'
import { ContactRef } from '#domain/actors/contacts.ts'
import { searchableActors } from '#domain/actors/loaders.ts'
import { actors } from '#domain/actors/table.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { isSame } from '#domain/tickets/differences.ts'
import { contactInability } from '#domain/viewer/contact-permissions.ts'
import { builder } from '#platform/graphql/builder.ts'
import { carryOut } from './command.ts'
import {
  ContactFieldsInput,
  type ContactFieldsShape,
  contactColumns,
  contactFieldsFrom,
  type Identifying,
  identifyingIn,
  refuseOtherType,
} from './contact-fields.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { ContactUpsertPayload } from './payloads.ts'
import { refused } from './permits.ts'
import { CommandError, invalid, missing, type Path, unsupported } from './problem.ts'
import { promise } from './promise.ts'
import { type ActorRow, backendFrom, type ContactRefShape, contactByRef } from './references.ts'

const ContactUpsertInput = builder.inputType('ContactUpsertInput', {
  description: 'Who is meant, and what is known of them.',
  fields: (t) => ({
    backendId: t.id({ required: true, description: 'The help desk that knows them or is to know them.' }),
    match: t.field({
      type: ContactRef,
      required: true,
      description: 'How they are found there. By `external` nobody is made: the help desk gives its ids itself.',
    }),
    onCreate: t.field({
      type: ContactFieldsInput,
      required: true,
      description: 'What a new contact is like, beside what they are found by.',
    }),
    onUpdate: t.field({ type: ContactFieldsInput, description: 'What to change of a known one; left out: nothing.' }),
    ...namedByClient(t),
  }),
})

builder.mutationField('contactUpsert', (t) =>
  t.field({
    type: ContactUpsertPayload,
    scopes: ['CONTACTS_WRITE'],
    description:
      'Finds a contact and changes it, or makes one. Asked for the same one many times at once, it makes one.',
    args: { input: t.arg({ type: ContactUpsertInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'contactUpsert', input, contactUpsert),
  }),
)

async function contactUpsert(command: Command, input: typeof ContactUpsertInput.$inferInput): Promise<Outcome> {
  const backend = backendFrom(command, input.backendId, ['input', 'backendId'])
  const { match, onCreate, onUpdate } = input
  if (vendorOf(backend).capabilities.CONTACT_UPSERT.level !== 'NATIVE' && contactInability('update', backend))
    throw unsupported(backend, 'CONTACT_UPSERT', ['input', 'backendId'])
  if (match.external) refuseOtherBackend(command, backend, match.external.backendId)
  const key = identifyingIn(match, ['input', 'match'])
  const wanted = await newContactFrom(key, onCreate, ['input', 'onCreate'])
  const changes = await contactFieldsFrom(onUpdate ?? {}, ['input', 'onUpdate'])
  await lockContacts(command, backend, wanted, changes)
  const known = await contactByRef(command, key ? refOf(key) : match, backend.id)
  if (known) {
    refuseOtherType(onUpdate ?? {}, known.type, ['input', 'onUpdate'])
    await changeContact(command, backend, known, { changes, path: ['input', 'onUpdate'] })
    return { contactId: known.id, changeType: 'UPDATED' }
  }
  if (match.external) throw missing('contact', null, ['input', 'match', 'external'])
  const made = await makeContact(command, backend, { wanted, path: ['input', 'onCreate'], mayBeLocal: false })
  return { contactId: made.id, changeType: 'CREATED' }
}

/**
 * The contact of the help desk that is called so; made when there is none. Where it has no call that makes one, the row
 * is ours until it turns up there, as with the ticket it is made for. @throws CommandError
 */
export async function contactNamed(
  command: Command,
  backend: BackendRow,
  ref: ContactRefShape,
  fields: ContactFieldsShape,
  path: Path,
): Promise<ActorRow> {
  const key = identifyingIn(ref, path)
  const wanted = await newContactFrom(key, fields, path)
  await lockContacts(command, backend, wanted)
  const known = await contactByRef(command, key ? refOf(key) : ref, backend.id)
  return known ?? makeContact(command, backend, { wanted, path, mayBeLocal: true })
}

// ------------------------------------------------------------------ finding

/** What a contact is found by is theirs, too. */
async function newContactFrom(key: Identifying | null, given: ContactFieldsShape, path: Path): Promise<ContactFields> {
  refuseOtherType(given, 'CONTACT', path)
  const fields = await contactFieldsFrom(given, path)
  if (!key) return fields
  const said = fields[key.field]
  if (said != null && said.toLowerCase() !== key.value.toLowerCase())
    throw invalid(
      [...path, key.field],
      `Expected what the contact is found by, ${JSON.stringify(key.value)}, got ${JSON.stringify(said)}.`,
      'sameAsMatch',
    )
  return { ...fields, [key.field]: key.value }
}

function refOf({ field, value }: Identifying): ContactRefShape {
  if (field === 'email') return { email: value }
  return field === 'phone' ? { phone: value } : { identifier: value }
}

function refuseOtherBackend(command: Command, backend: BackendRow, nodeId: string): void {
  const path = ['input', 'match', 'external', 'backendId']
  if (backendFrom(command, nodeId, path).id !== backend.id)
    throw invalid(path, 'Expected the same help desk as backendId.', 'sameBackend')
}

/** Held until the end of the command, for each of their keys: of two at once the second finds what the first made. */
async function lockContacts({ tx }: Command, backend: BackendRow, ...named: ContactFields[]): Promise<void> {
  const keys = named.flatMap(({ email, identifier, phone }) => [
    email != null ? `email ${email.toLowerCase()}` : null,
    identifier != null ? `identifier ${identifier}` : null,
    phone != null ? `phone ${phone}` : null,
  ])
  for (const key of [...new Set(keys)].filter((text) => text !== null).sort())
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`contact ${backend.id} ${key}`}, 0))`)
}

/** A mail address and a key of your own belong to one contact of a help desk. */
async function refuseTaken(
  { tx, workspaceId }: Command,
  backend: BackendRow,
  { changes, exceptId, path }: { changes: ContactFields; exceptId: string | null; path: Path },
): Promise<void> {
  const { email, identifier } = changes
  const taken = [
    { field: 'email', is: email == null ? null : sql`lower(${actors.email}) = lower(${email})` },
    { field: 'identifier', is: identifier == null ? null : eq(actors.identifier, identifier) },
  ]
  for (const { field, is } of taken) {
    if (!is) continue
    const [other] = await tx
      .select({ id: actors.id })
      .from(searchableActors)
      .where(
        and(
          eq(actors.workspaceId, workspaceId),
          eq(actors.backendId, backend.id),
          sql`${actors.type} in ('CONTACT', 'VISITOR') and ${actors.mergedIntoId} is null`,
          is,
          exceptId === null ? undefined : ne(actors.id, exceptId),
        ),
      )
      .limit(1)
    if (other) throw invalid([...path, field], 'Another contact of this help desk has it already.', 'unique')
  }
}

// ------------------------------------------------------------------ writing

async function makeContact(
  command: Command,
  backend: BackendRow,
  { wanted, path, mayBeLocal }: { wanted: ContactFields; path: Path; mayBeLocal: boolean },
): Promise<ActorRow> {
  const { tx, workspaceId, now } = command
  const { level } = vendorOf(backend).capabilities.CONTACT_UPSERT
  const isRefused = level === 'UNSUPPORTED' || (level === 'READ_ONLY' && !mayBeLocal)
  if (isRefused) throw unsupported(backend, 'CONTACT_UPSERT', path)
  if (wanted.isBlocked) refuseBlocking(backend, path)
  await refuseTaken(command, backend, { changes: wanted, exceptId: null, path })
  const id = uuidv7()
  const columns = contactColumns(nobody, wanted)
  const [made] = await tx
    .insert(actors)
    .values({
      ...{ workspaceId, id, backendId: backend.id, type: 'CONTACT', externalId: newExternalId(id), contentHash: '' },
      ...columns,
      ...{ createdAt: now, updatedAt: now },
    })
    .returning()
  if (level === 'NATIVE') {
    await promise(command, {
      ...{ backendId: backend.id, ticketId: null, lanes: [id], operation: 'createContact', input: { contactId: id } },
      before: { kind: 'actor', actorId: id, before: {} },
    })
  }
  return made as ActorRow
}

const nobody = {
  ...{ displayName: '', email: null, phone: null, identifier: null, avatarUrl: null, language: null },
  ...{ isBlocked: false, customFields: [] },
}

async function changeContact(
  command: Command,
  backend: BackendRow,
  found: ActorRow,
  { changes, path }: { changes: ContactFields; path: Path },
): Promise<void> {
  const { tx, workspaceId, now } = command
  const isRow = and(eq(actors.workspaceId, workspaceId), eq(actors.id, found.id))
  const [row = found] = await tx.select().from(actors).where(isRow).for('no key update')
  const after = contactColumns(row, changes)
  const columns = (Object.keys(after) as (keyof typeof after)[]).filter((name) => name in nobody)
  const changed = columns.filter((name) => !isSame(row[name], after[name]))
  if (changed.length === 0) return
  const inability = contactInability('update', backend)
  if (inability) {
    const names = changed.map((column) => (column === 'displayName' ? 'name' : column))
    throw new CommandError(...names.flatMap((field) => refused(inability, backend, [...path, field]).problems))
  }
  if (changed.includes('isBlocked')) refuseBlocking(backend, path)
  await refuseTaken(command, backend, { changes, exceptId: row.id, path })
  const pick = (from: typeof after) => Object.fromEntries(changed.map((name) => [name, from[name]]))
  await tx
    .update(actors)
    .set({ ...pick(after), updatedAt: now, contentHash: '' })
    .where(isRow)
  if (vendorOf(backend).writing.contacts.update !== 'NATIVE') return
  await promise(command, {
    ...{ backendId: backend.id, ticketId: null, lanes: [row.id], operation: 'updateContact' },
    input: { contactId: row.id, fields: changedOf(changes, changed) },
    before: { kind: 'actor', actorId: row.id, before: pick(row) },
  })
}

function refuseBlocking(backend: BackendRow, path: Path): void {
  const inability = contactInability('block', backend)
  if (inability) throw refused(inability, backend, [...path, 'isBlocked'])
}

function changedOf(changes: ContactFields, columns: readonly string[]): ContactFields {
  const entries = Object.entries(changes).filter(([key]) => columns.includes(key === 'name' ? 'displayName' : key))
  return Object.fromEntries(entries)
}

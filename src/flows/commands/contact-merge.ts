/** Several contacts of a help desk that are one person. */
import { and, eq } from 'drizzle-orm'
import { actors, type ContactIdentity } from '#domain/actors/table.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { lockMerging, type Moved, moveContacts } from '#domain/merges/contact-moves.ts'
import { isSame } from '#domain/tickets/differences.ts'
import { contactInability } from '#domain/viewer/contact-permissions.ts'
import { anyOfIds } from '#platform/db/any-of.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom, nodeIdOf } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { concerning, giveUp } from './giving-up.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { ContactUpsertPayload } from './payloads.ts'
import { refused } from './permits.ts'
import * as plausible from './plausible.ts'
import { invalid } from './problem.ts'
import { promise } from './promise.ts'
import { type ActorRow, exactContactFrom } from './references.ts'
import { logChanges } from './ticket-edit.ts'

const MOST_SOURCES = 25

const ContactMergeInput = builder.inputType('ContactMergeInput', {
  description: 'Which contacts become part of which.',
  fields: (t) => ({
    targetId: t.id({ required: true, description: 'The contact that stays.' }),
    sourceIds: t.idList({
      required: true,
      description: `Contacts of the same help desk that become part of it, at most ${MOST_SOURCES}.`,
    }),
    ...namedByClient(t),
  }),
})

builder.mutationField('contactMerge', (t) =>
  t.field({
    type: ContactUpsertPayload,
    scopes: ['CONTACTS_WRITE'],
    description:
      'Makes several contacts one: the target gets their tickets and what it does not know yet of them. Their own ids still lead there, by `mergedInto`.',
    args: { input: t.arg({ type: ContactMergeInput, required: true, description: 'What to merge.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'contactMerge', input, contactMerge),
  }),
)

async function contactMerge(command: Command, input: typeof ContactMergeInput.$inferInput): Promise<Outcome> {
  const { tx, workspaceId, now } = command
  const { backend, target, sources } = await partsFrom(command, input)
  const sourceIds = sources.map(({ id }) => id)
  const after = { ...target, ...gainedBy(target, sources) }
  const columns = (Object.keys(nothingGained) as (keyof typeof nothingGained)[]).filter(
    (name) => !isSame(target[name], after[name]),
  )
  const pick = (row: ActorRow) => Object.fromEntries(columns.map((name) => [name, row[name]]))
  await tx
    .update(actors)
    .set({ ...pick(after), updatedAt: now, contentHash: '' })
    .where(and(eq(actors.workspaceId, workspaceId), eq(actors.id, target.id)))
  const moved = await moveContacts(tx, workspaceId, { targetId: target.id, sourceIds, at: now })
  await logChanges(
    command,
    moved.tickets.map(({ id, version }) => ({
      ...{ ticketId: id, messageId: null, kind: 'UPDATED', changedFields: ['requester'], version },
    })),
  )
  if (vendorOf(backend).writing.contacts.merge === 'NATIVE') {
    await promiseMerge(command, { target, sources, before: pick(target), moved })
  }
  command.audited.push({ kind: 'UPDATED', fields: columns, nodes: [nodeIdOf('Contact', target.id)] })
  command.audited.push({
    ...{ kind: 'UPDATED', fields: ['mergedInto'], nodes: sourceIds.map((id) => nodeIdOf('Contact', id)) },
  })
  return { contactId: target.id, changeType: 'UPDATED' }
}

// ------------------------------------------------------------------ who

type Parts = { backend: BackendRow; target: ActorRow; sources: ActorRow[] }

/** Locked in one order, behind the pages that are being stored. @throws CommandError */
async function partsFrom(command: Command, input: typeof ContactMergeInput.$inferInput): Promise<Parts> {
  const targetPath = ['input', 'targetId']
  const { backendId } = await exactContactFrom(command, input.targetId, null, targetPath)
  const backend = command.backends.find(({ id }) => id === backendId) as BackendRow
  const inability = contactInability('merge', backend)
  if (inability) throw refused(inability, backend, targetPath)
  const sourceIds = plausible.listOf(input.sourceIds, ['input', 'sourceIds'], MOST_SOURCES)
  const pathOf = (nodeId: string) => ['input', 'sourceIds', input.sourceIds.indexOf(nodeId)]

  await lockMerging(command.tx, backendId, { isShared: false })
  await lockContacts(command, [input.targetId, ...sourceIds])
  const target = await exactContactFrom(command, input.targetId, backendId, targetPath)
  if (target.mergedIntoId !== null)
    throw invalid(targetPath, 'Expected a contact that stands alone, this one became part of another.', 'unmerged')
  const sources = await plausible.each(sourceIds, async (nodeId) => {
    const source = await exactContactFrom(command, nodeId, backendId, pathOf(nodeId))
    if (source.id === target.id)
      throw invalid(pathOf(nodeId), 'Expected another contact than the target.', 'notTheTarget')
    if (source.mergedIntoId !== null)
      throw invalid(pathOf(nodeId), 'It became part of another contact before.', 'unmerged', 'ALREADY_DONE')
    return source
  })
  return { backend, target, sources }
}

async function lockContacts({ tx, workspaceId }: Command, nodeIds: readonly string[]): Promise<void> {
  const ids = nodeIds.flatMap((nodeId) => idFrom(nodeId, 'Contact') ?? [])
  await tx
    .select({ id: actors.id })
    .from(actors)
    .where(and(eq(actors.workspaceId, workspaceId), anyOfIds(actors.id, ids)))
    .orderBy(actors.id)
    .for('no key update')
}

// ------------------------------------------------------------------ what

const nothingGained = {
  ...{ email: null, phone: null, identifier: null, avatarUrl: null, language: null },
  ...{ identities: [], customFields: [], lastActivityAt: null },
}

/** What the target does not know yet; every way the sources are known by stays a way. */
function gainedBy(target: ActorRow, sources: readonly ActorRow[]): Partial<ActorRow> {
  const first = <Name extends 'email' | 'phone' | 'identifier' | 'avatarUrl' | 'language'>(name: Name) =>
    target[name] ?? sources.find((source) => source[name] !== null)?.[name] ?? null
  const email = first('email')
  const phone = first('phone')
  const fields = [target, ...sources].flatMap(({ customFields }) => customFields)
  const times = [target, ...sources].flatMap(({ lastActivityAt }) => lastActivityAt?.getTime() ?? [])
  return {
    ...{ email, phone, identifier: first('identifier'), avatarUrl: first('avatarUrl'), language: first('language') },
    identities: identitiesOf(target, sources),
    customFields: fields.filter(({ key }, place) => fields.findIndex((field) => field.key === key) === place),
    lastActivityAt: times.length > 0 ? new Date(Math.max(...times)) : null,
  }
}

function identitiesOf(target: ActorRow, sources: readonly ActorRow[]): ContactIdentity[] {
  const others = sources.flatMap(({ identities, email, phone }): ContactIdentity[] => [
    ...identities.map((identity) => ({ ...identity, isPrimary: false })),
    ...(email === null ? [] : [{ channelType: 'EMAIL' as const, value: email, isPrimary: false }]),
    ...(phone === null ? [] : [{ channelType: 'VOICE' as const, value: phone, isPrimary: false }]),
  ])
  const all = [...target.identities, ...others]
  const is = (a: ContactIdentity) => (b: ContactIdentity) =>
    a.channelType === b.channelType && a.value.toLowerCase() === b.value.toLowerCase()
  return all.filter((identity, place) => all.findIndex(is(identity)) === place)
}

/** Sources that the help desk never got are only ours to merge. */
async function promiseMerge(
  command: Command,
  merge: {
    target: ActorRow
    sources: ActorRow[]
    before: Record<string, unknown>
    moved: Moved
  },
): Promise<void> {
  const { target, sources, before, moved } = merge
  for (const { id, externalId } of sources)
    if (!isVendorId(externalId)) await giveUp(command, concerning(id, 'createContact'), ['input', 'sourceIds'])
  const known = sources.filter(({ externalId }) => isVendorId(externalId))
  if (known.length === 0) return
  const isKnown = ({ requesterId }: { requesterId: string }) => known.some(({ id }) => id === requesterId)
  await promise(command, {
    ...{ backendId: target.backendId, ticketId: null, operation: 'mergeContacts' },
    lanes: [target.id, ...known.map(({ id }) => id)],
    input: { targetId: target.id, sourceExternalIds: known.map(({ externalId }) => externalId) },
    before: {
      ...{ kind: 'contacts', targetId: target.id, before, sourceIds: known.map(({ id }) => id) },
      tickets: moved.tickets.filter(isKnown).map(({ id, requesterId }) => ({ id, requesterId })),
      parts: moved.parts.filter(({ mergedIntoId }) => isKnown({ requesterId: mergedIntoId })),
    },
  })
}

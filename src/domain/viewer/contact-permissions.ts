/** What a viewer may do with a contact, as `permissions.ts` says it of tickets. */
import type { ActorRow } from '#domain/actors/loaders.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { forbidden, type Refusal, scopeRefusal, state } from './permissions.ts'

export type ContactAction = 'update' | 'merge' | 'block'

export function contactRefusal(
  action: ContactAction,
  { viewer, contact, backend }: { viewer: Viewer; contact: Pick<ActorRow, 'mergedIntoId'>; backend: BackendRow },
): Refusal | null {
  const refusal = viewer.role === 'CONTACT' ? forbidden : scopeRefusal(viewer, 'CONTACTS_WRITE')
  if (refusal) return refusal
  // What is said of one that became part of another changes that one.
  const isPart = action === 'merge' && contact.mergedIntoId !== null
  return isPart ? state('unmerged', 'It became part of another contact.') : contactInability(action, backend)
}

const inWords: Record<ContactAction, string> = {
  update: 'change a contact',
  merge: 'merge contacts',
  block: 'block a contact',
}

/** What the help desk cannot do with any contact. */
export function contactInability(action: ContactAction, backend: BackendRow): Refusal | null {
  const { name, writing } = vendorOf(backend)
  if (canDo(writing.contacts[action])) return null
  const explanation = `${name} cannot ${inWords[action]}.`
  return { reason: 'UNSUPPORTED_BY_BACKEND', explanation, capability: 'CONTACT_UPSERT' }
}

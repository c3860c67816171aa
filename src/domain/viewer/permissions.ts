/**
 * What a viewer may do with a ticket: by their role, by the state it is in, and by what its help desk can do. The commands
 * refuse by the same rules, so that a button that is shown works.
 */
import { type TicketField, ticketFields } from '#connectors/operations.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { type ErrorCode, problemOf } from '#domain/backends/problems.ts'
import { canDo, type VendorDescription, vendorOf } from '#domain/backends/vendors.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { missingScopesProblem } from '#platform/graphql/forbidden.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Capability } from '#vocabulary.ts'

/** Why something cannot be done; null where one stands means that it can. */
export type Refusal = {
  reason: ErrorCode
  explanation: string
  /** Of UNSUPPORTED_BY_BACKEND. */
  capability?: Capability
  /** What would have to be otherwise, machine-readable; of VALIDATION_FAILED and ALREADY_DONE. */
  rule?: string
  /** Of FORBIDDEN: what the token lacks. */
  missingScopes?: Scope[]
}

type Rule = {
  capability: Capability
  /** What the token needs, by whichever mutation it is done; left out: TICKETS_WRITE. */
  scope?: Scope
  /** Asks the finer half of the capability table where there is one. */
  isPossible(vendor: VendorDescription, viewer: Viewer): boolean
  /** Whether a customer may do it, with a ticket of theirs. */
  isForContacts?: boolean
  /** Whether it can be done in the recycle bin. */
  worksInBin?: boolean
}

const isNative = (capability: Capability) => (vendor: VendorDescription) =>
  vendor.capabilities[capability].level === 'NATIVE'
const isKnown = (capability: Capability) => (vendor: VendorDescription) => canDo(vendor.capabilities[capability].level)
const hasAnyOf =
  (...fields: TicketField[]) =>
  ({ writing }: VendorDescription) =>
    fields.some((field) => canDo(writing.ticketFields[field]))

const otherFields = ticketFields.filter((field) => !['assignee', 'department', 'tags'].includes(field))

const rules = {
  update: { capability: 'TICKET_UPDATE', isPossible: hasAnyOf(...otherFields), worksInBin: true },
  reply: {
    capability: 'MESSAGE_SEND',
    scope: 'MESSAGES_WRITE',
    // What a customer writes here goes there in their name.
    isPossible: (vendor, { role }) =>
      role === 'CONTACT' ? canDo(vendor.writing.imports.inbound) : isNative('MESSAGE_SEND')(vendor),
    isForContacts: true,
  },
  addNote: { capability: 'NOTE_PRIVATE', scope: 'NOTES_WRITE', isPossible: isNative('NOTE_PRIVATE') },
  assign: { capability: 'TICKET_ASSIGN', isPossible: hasAnyOf('assignee', 'department'), worksInBin: true },
  tag: { capability: 'TICKET_TAGS', isPossible: hasAnyOf('tags'), worksInBin: true },
  merge: { capability: 'TICKET_MERGE', isPossible: isKnown('TICKET_MERGE'), worksInBin: true },
  recycle: { capability: 'TICKET_RECYCLE', isPossible: isKnown('TICKET_RECYCLE'), worksInBin: true },
  restore: { capability: 'TICKET_RESTORE', isPossible: isKnown('TICKET_RESTORE'), worksInBin: true },
  delete: {
    capability: 'TICKET_DELETE',
    scope: 'TICKETS_DELETE',
    isPossible: isNative('TICKET_DELETE'),
    worksInBin: true,
  },
  markRead: {
    capability: 'TICKET_READ_STATE',
    isPossible: ({ writing }, { role }) =>
      canDo(role === 'CONTACT' ? writing.readState.contact : writing.readState.agent),
    isForContacts: true,
    worksInBin: true,
  },
} satisfies Record<string, Rule>

export type TicketAction = keyof typeof rules

export type TicketState = Pick<
  TicketRow,
  'externalId' | 'requesterId' | 'isRecycled' | 'vanishedAt' | 'mergedIntoId' | 'mergedIntoExternalId'
>

export function ticketRefusal(
  action: TicketAction,
  about: {
    viewer: Viewer
    ticket: TicketState
    backend: BackendRow
    /** The one an answer would go into by default, with the backend that gets it; only asked for `reply`. */
    conversation?: { canReply: boolean; backend: BackendRow } | null
    /** Backends of the tickets that were merged into it; only asked for `delete`. */
    mergedBackendIds?: string[]
  },
): Refusal | null {
  const { viewer, ticket, conversation, mergedBackendIds = [] } = about
  const backend = (action === 'reply' && conversation?.backend) || about.backend
  return (
    viewerRefusal(action, viewer, ticket) ??
    idleRefusal(action, ticket) ??
    stateRefusal(action, ticket) ??
    (action === 'delete' && !isVendorId(ticket.externalId) ? null : abilityRefusal(action, viewer, backend)) ??
    (action === 'delete' ? threadsRefusal(ticket, backend, mergedBackendIds) : null) ??
    (action === 'reply' && viewer.role !== 'CONTACT' ? channelRefusal(backend, conversation ?? null) : null)
  )
}

/** Whether the viewer may do such a thing at all. */
export function viewerRefusal(action: TicketAction, viewer: Viewer, ticket: TicketState): Refusal | null {
  const { isForContacts, scope = 'TICKETS_WRITE' }: Rule = rules[action]
  const { role, actorId } = viewer
  const isTheirs = isForContacts && actorId !== null && ticket.requesterId === actorId
  return role === 'CONTACT' && !isTheirs ? forbidden : scopeRefusal(viewer, scope)
}

export function scopeRefusal({ scopes }: Viewer, scope: Scope): Refusal | null {
  if (scopes.has(scope)) return null
  return { reason: 'FORBIDDEN', explanation: missingScopesProblem([scope]).message, missingScopes: [scope] }
}

export const forbidden: Refusal = { reason: 'FORBIDDEN', explanation: 'Only those who answer tickets may do this.' }

function abilityRefusal(action: TicketAction, viewer: Viewer, backend: BackendRow): Refusal | null {
  const { capability, isPossible }: Rule = rules[action]
  return isPossible(vendorOf(backend), viewer) ? null : unable(backend, capability)
}

/** In the vendor's own words where its capability table has some that explain it. */
export function unable(backend: BackendRow, capability: Capability): Refusal {
  const { name, capabilities } = vendorOf(backend)
  const { level, note } = capabilities[capability]
  const explanation = (canDo(level) ? null : note) ?? `${name} cannot do this.`
  return { reason: 'UNSUPPORTED_BY_BACKEND', explanation, capability }
}

/** Whether the ticket is in a state in which such a thing makes sense. */
export function stateRefusal(action: TicketAction, ticket: TicketState): Refusal | null {
  const { worksInBin = false }: Rule = rules[action]
  return goneRefusal(ticket) ?? (worksInBin ? null : binRefusal(ticket))
}

/** Of a ticket that is not there any more, or not by itself. */
export function goneRefusal({ vanishedAt, mergedIntoId, mergedIntoExternalId }: TicketState): Refusal | null {
  if (vanishedAt !== null) return state('vanished', 'The help desk has this ticket no more.')
  if (mergedIntoId !== null || mergedIntoExternalId !== null)
    return state('merged', 'It was merged into another ticket: that one goes on.')
  return null
}

export function binRefusal({ isRecycled }: TicketState): Refusal | null {
  return isRecycled ? state('recycled', 'It is in the recycle bin: take it out first.') : null
}

/** A command does nothing then, without complaint. */
function idleRefusal(action: TicketAction, { isRecycled }: TicketState): Refusal | null {
  if (action === 'recycle' && isRecycled) return idle('It is in the recycle bin already.')
  if (action === 'restore' && !isRecycled) return idle('It is not in the recycle bin.')
  return null
}

/** What was merged here alone lives on at its help desk, what that merged itself is this ticket's. */
export function threadsRefusal(
  { externalId }: TicketState,
  backend: BackendRow,
  mergedBackendIds: string[],
): Refusal | null {
  const isTheirs = isVendorId(externalId) && isNative('TICKET_MERGE')(vendorOf(backend))
  const others = isTheirs ? mergedBackendIds.filter((id) => id !== backend.id) : mergedBackendIds
  return others.length > 0 ? state('unmerged', 'Others were merged into it: take that back first.') : null
}

export function channelRefusal(backend: BackendRow, conversation: { canReply: boolean } | null): Refusal | null {
  if (conversation && !conversation.canReply) {
    const explanation = 'The channel takes no answers any more, as 24 hours after the last message of a customer.'
    return { reason: 'REPLY_WINDOW_CLOSED', explanation }
  }
  const problem = backend.health === 'QUOTA_EXHAUSTED' ? problemOf(backend) : null
  return problem && { reason: problem.code, explanation: problem.message }
}

export function state(rule: string, explanation: string): Refusal {
  return { reason: 'VALIDATION_FAILED', explanation, rule }
}

export function idle(explanation: string): Refusal {
  return { reason: 'ALREADY_DONE', explanation, rule: 'done' }
}

/** What a viewer may do with a message, as `permissions.ts` says it of tickets. */
import type { MessageField } from '#connectors/operations.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, translatorFor, vendorOf, whyNotTranslated } from '#domain/backends/vendors.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import type { DeliveryRow } from '#domain/deliveries/loaders.ts'
import type { MessageRow } from '#domain/messages/loaders.ts'
import { isShownToContacts } from '#domain/messages/visible.ts'
import { isVisibleTo } from '#domain/tickets/visible.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Languages } from '#platform/language/languages.ts'
import type { ConversationType } from '#vocabulary.ts'
import {
  binRefusal,
  forbidden,
  goneRefusal,
  idle,
  type Refusal,
  scopeRefusal,
  state,
  type TicketState,
  unable,
} from './permissions.ts'

export const messageActions = ['edit', 'delete', 'resend', 'forward', 'translate'] as const
export type MessageAction = (typeof messageActions)[number]

export type MessageState = Pick<
  MessageRow,
  | 'externalId'
  | 'deliveryId'
  | 'type'
  | 'direction'
  | 'isInternal'
  | 'showInCorrespondence'
  | 'isDeleted'
  | 'delivery'
  | 'preview'
>
/** The delivery that brings it to its help desk. */
export type OwnDelivery = Pick<DeliveryRow, 'id' | 'operation' | 'state' | 'attempts'>

export type AboutMessage = {
  viewer: Viewer
  ticket: TicketState
  /** Of the message: where threads were merged another one than that of the ticket. */
  backend: BackendRow
  message: MessageState
  own: OwnDelivery | null
  languages: Pick<Languages, 'translator' | 'deskOf'>
}

export function messageRefusal(action: MessageAction, about: AboutMessage): Refusal | null {
  if (about.viewer.role === 'CONTACT' && !(action === 'translate' && isShownTo(about))) return forbidden
  return (
    tokenRefusal(action, about) ??
    goneRefusal(about.ticket) ??
    wordRefusal(action, about.message) ??
    byAction[action](about)
  )
}

function tokenRefusal(action: MessageAction, { viewer, message }: AboutMessage): Refusal | null {
  const isRewriting = action === 'edit' || action === 'delete'
  const ofNotes = isRewriting && message.type === 'NOTE_PRIVATE' ? scopeRefusal(viewer, 'NOTES_WRITE') : null
  return scopeRefusal(viewer, 'MESSAGES_WRITE') ?? ofNotes
}

/** Customers may have translated what they can read. */
function isShownTo({ viewer, ticket, message }: AboutMessage): boolean {
  return isVisibleTo(viewer, ticket) && isShownToContacts(message)
}

// ------------------------------------------------------------------ how far it is

/** How far a message is on its way to its help desk. */
type Progress =
  /** The help desk has it. */
  | 'THERE'
  /** Nobody has tried yet; it can be changed and withdrawn. */
  | 'WAITING'
  | 'UNDER_WAY'
  /** The help desk surely has not got it. */
  | 'REFUSED'
  | 'UNCERTAIN'
  | 'GIVEN_UP'

function progressOf({ externalId }: MessageState, own: OwnDelivery | null): Progress {
  if (isVendorId(externalId)) return 'THERE'
  if (!own) return 'REFUSED'
  if (own.state === 'QUEUED') return own.attempts === 0 ? 'WAITING' : 'UNDER_WAY'
  return { SENDING: 'UNDER_WAY', SETTLED: 'THERE', REFUSED: 'REFUSED', UNCERTAIN: 'UNCERTAIN', DISCARDED: 'GIVEN_UP' }[
    own.state
  ] as Progress
}

/** Here only: a change of it concerns nobody else. */
export function isUnsent(message: MessageState, own: OwnDelivery | null): boolean {
  const progress = progressOf(message, own)
  return progress === 'WAITING' || progress === 'REFUSED'
}

const uncertain = state('uncertain', 'Nobody can tell whether the help desk has it: decide about its delivery first.')
const givenUp = state('discarded', 'It was given up and never sent.')
const onItsWay = idle('It is on its way.')

// ------------------------------------------------------------------ the rules

/** What holds for everything that can be done with words. */
function wordRefusal(action: MessageAction, { isDeleted, type, direction }: MessageState): Refusal | null {
  if (isDeleted) return action === 'delete' ? idle('It is deleted already.') : state('deleted', 'It is deleted.')
  if (type === 'SUGGESTED_REPLY') return state('suggested', 'A machine proposes it; nobody has said it.')
  if (direction === 'SYSTEM' && action !== 'translate') return state('system', 'The help desk wrote this line itself.')
  return null
}

const byAction: Record<MessageAction, (about: AboutMessage) => Refusal | null> = {
  edit({ backend, message, own }) {
    if (message.direction === 'INBOUND') return state('notOurs', 'What a customer wrote stays as it is.')
    const progress = progressOf(message, own)
    if (progress === 'UNCERTAIN') return uncertain
    if (progress === 'GIVEN_UP') return givenUp
    if (isUnsent(message, own) || editableFields(backend, message.type).length > 0) return null
    return unable(backend, 'MESSAGE_EDIT')
  },

  delete({ backend, message, own }) {
    const progress = progressOf(message, own)
    if (progress === 'UNCERTAIN') return uncertain
    if (isUnsent(message, own)) {
      if (own?.operation !== 'createTicket') return null
      return state('opensTicket', 'It opens a ticket that its help desk does not have yet: give up the whole ticket.')
    }
    return canDo(vendorOf(backend).capabilities.MESSAGE_DELETE.level) ? null : unable(backend, 'MESSAGE_DELETE')
  },

  resend({ backend, message, own, ticket }) {
    const progress = progressOf(message, own)
    if (progress === 'UNCERTAIN') return uncertain
    if (progress === 'GIVEN_UP') return givenUp
    if (message.direction === 'INBOUND' && !own) return state('notOutgoing', 'It came in.')
    const inBin = binRefusal(ticket)
    if (inBin) return inBin
    if (progress === 'REFUSED') return own ? null : state('notOutgoing', 'It is kept here only.')
    if (progress !== 'THERE') return onItsWay
    if (message.direction !== 'OUTBOUND') return state('notOutgoing', 'It goes nowhere: only agents see it.')
    if (!canDo(vendorOf(backend).capabilities.MESSAGE_RESEND.level)) return unable(backend, 'MESSAGE_RESEND')
    const { status } = message.delivery ?? {}
    if (status === 'QUEUED' || status === 'SENDING') return onItsWay
    return status === 'FAILED' || status === 'BOUNCED' ? null : idle('It did not fail.')
  },

  forward({ backend, message, own, ticket }) {
    if (vendorOf(backend).capabilities.MESSAGE_FORWARD.level !== 'NATIVE') return unable(backend, 'MESSAGE_FORWARD')
    if (message.isInternal) return state('internal', 'What only agents see is not passed on.')
    const inBin = binRefusal(ticket)
    if (inBin) return inBin
    if (progressOf(message, own) === 'THERE' && isVendorId(message.externalId)) return null
    return state('unsent', 'The help desk does not have it yet.')
  },

  translate({ backend, languages, message }) {
    if (message.preview === '') return state('text', 'There is no text in it.')
    if (translatorFor(backend, languages) !== null) return null
    return { ...unable(backend, 'TRANSLATION_PREVIEW'), explanation: whyNotTranslated(backend) }
  },
}

/** What of a message that its help desk has can be changed. */
export function editableFields(backend: BackendRow, type: ConversationType): MessageField[] {
  const { capabilities, writing } = vendorOf(backend)
  if (!canDo(capabilities.MESSAGE_EDIT.level)) return []
  const isNote = type === 'NOTE_PRIVATE' || type === 'NOTE_PUBLIC'
  const { messages, notes } = writing.messageEdits ?? everything
  const fields = isNote ? notes : messages
  // Kept here, they can be changed without the help desk.
  const isOurs = isNote && capabilities.MENTIONS.level === 'EMULATED' && !fields.includes('mentions')
  return isOurs ? [...fields, 'mentions'] : [...fields]
}
const everything = {
  messages: ['body', 'isInternal'],
  notes: ['body', 'isInternal', 'mentions'],
} as const satisfies Record<string, MessageField[]>

/** Messages as a viewer may see them: to a customer, notes and tickets of others are not there. */
import { visibleTicket } from '#domain/tickets/visible.ts'
import { collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { type MessageRow, messageByExternalId, messageById } from './loaders.ts'
import { isForContacts } from './table.ts'

type Shown = Pick<MessageRow, 'isInternal' | 'type' | 'direction' | 'showInCorrespondence'>

/** As `isForContacts` says it in a statement. */
export function isShownToContacts({ isInternal, type, direction, showInCorrespondence }: Shown): boolean {
  const isPublic = type === 'REPLY_INBOUND' || type === 'REPLY_OUTBOUND' || type === 'NOTE_PUBLIC'
  return isPublic && !isInternal && direction !== 'SYSTEM' && showInCorrespondence
}

/** Of messages whose ticket the viewer may see. */
export function messagesVisibleTo({ role }: Viewer): Filter {
  return role === 'CONTACT' ? forContacts : noFilter
}

const forContacts = shownToContacts()
function shownToContacts(): Filter {
  const collector = collectFilter()
  collector.add('for contacts', isForContacts)
  return collector.done()
}

export async function visibleMessage(context: GraphContext, id: string): Promise<MessageRow | null> {
  return seen(context, await messageById(context, id))
}

/** By its id at its help desk. */
export async function visibleMessageAt(context: GraphContext, backendId: string, externalId: string | null) {
  return seen(context, await messageByExternalId(context, backendId, externalId))
}

async function seen(context: GraphContext, message: MessageRow | null): Promise<MessageRow | null> {
  if (context.viewer.role !== 'CONTACT' || message === null) return message
  return isShownToContacts(message) && (await visibleTicket(context, message.ticketId)) ? message : null
}

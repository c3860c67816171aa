/** Messages as a viewer may see them: to a customer, notes and tickets of others are not there; nor private notes without NOTES_READ. */
import { visibleTicket } from '#domain/tickets/visible.ts'
import { collectFilter, type Filter, noFilter } from '#platform/db/filter.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { type Sight, sightOf, type Viewer } from '#platform/graphql/viewer.ts'
import { type MessageRow, messageByExternalId, messageById } from './loaders.ts'
import { isSeen } from './table.ts'

type Shown = Pick<MessageRow, 'isInternal' | 'type' | 'direction' | 'showInCorrespondence'>

/** As `isForContacts` says it in a statement. */
export function isShownToContacts({ isInternal, type, direction, showInCorrespondence }: Shown): boolean {
  const isPublic = type === 'REPLY_INBOUND' || type === 'REPLY_OUTBOUND' || type === 'NOTE_PUBLIC'
  return isPublic && !isInternal && direction !== 'SYSTEM' && showInCorrespondence
}

/** As `isSeen` says it in a statement; of a message whose ticket the viewer may see. */
export function isShownTo(viewer: Viewer, message: Shown): boolean {
  const sight = sightOf(viewer)
  if (sight === 'PUBLIC') return isShownToContacts(message)
  const { isInternal, type, direction } = message
  return (
    sight === 'ALL' || (!isInternal && type !== 'NOTE_PRIVATE') || type === 'SUGGESTED_REPLY' || direction === 'SYSTEM'
  )
}

/** Of messages whose ticket the viewer may see. */
export function messagesVisibleTo(viewer: Viewer): Filter {
  return visible[sightOf(viewer)]
}

const visible: Record<Sight, Filter> = {
  PUBLIC: seenBy('PUBLIC'),
  WITHOUT_NOTES: seenBy('WITHOUT_NOTES'),
  ALL: noFilter,
}
function seenBy(sight: Sight): Filter {
  const collector = collectFilter()
  collector.add(`seen ${sight}`, isSeen[sight])
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
  if (message === null || !isShownTo(context.viewer, message)) return null
  // Only to customers tickets are hidden.
  return context.viewer.role !== 'CONTACT' || (await visibleTicket(context, message.ticketId)) ? message : null
}

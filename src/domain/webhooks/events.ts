/** What the lines of the log of changes are to a webhook. */
import type { Line } from '#domain/changes/feed.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { WebhookEvent } from '#vocabulary.ts'

/** What whoever saves a webhook needs for an event. */
export const scopesOfEvent: Record<WebhookEvent, readonly Scope[]> = {
  TICKET_CREATED: ['TICKETS_READ'],
  TICKET_UPDATED: ['TICKETS_READ'],
  TICKET_MERGED: ['TICKETS_READ'],
  TICKET_RECYCLED: ['TICKETS_READ'],
  TICKET_DELETED: ['TICKETS_READ'],
  MESSAGE_CREATED: ['TICKETS_READ'],
  MESSAGE_UPDATED: ['TICKETS_READ'],
  MESSAGE_DELIVERY_CHANGED: ['TICKETS_READ'],
  MENTION_CREATED: ['TICKETS_READ', 'NOTES_READ'],
  CONTACT_UPDATED: ['CONTACTS_READ'],
  BACKEND_HEALTH_CHANGED: [],
  GAP: [],
  TEST: [],
}

/** Nobody subscribes to these. */
export const unaskedEvents: readonly WebhookEvent[] = ['GAP', 'TEST']

/** Not in the log: triggers write their deliveries. */
export const eventsBesideLog: readonly WebhookEvent[] = ['CONTACT_UPDATED', 'BACKEND_HEALTH_CHANGED']

/** The type of what each event is about. */
export const typeOfEvent: Record<WebhookEvent, string> = {
  TICKET_CREATED: 'Ticket',
  TICKET_UPDATED: 'Ticket',
  TICKET_MERGED: 'Ticket',
  TICKET_RECYCLED: 'Ticket',
  TICKET_DELETED: 'Ticket',
  MESSAGE_CREATED: 'Message',
  MESSAGE_UPDATED: 'Message',
  MESSAGE_DELIVERY_CHANGED: 'Message',
  MENTION_CREATED: 'Mention',
  CONTACT_UPDATED: 'Contact',
  BACKEND_HEALTH_CHANGED: 'Backend',
  GAP: 'Webhook',
  TEST: 'WebhookDelivery',
}

/** All that a line is, but for mentions: a merge is also an update. */
export function eventsOf({ kind, messageId, changedFields }: Line): WebhookEvent[] {
  if (messageId !== null) {
    if (kind === 'CREATED') return ['MESSAGE_CREATED']
    return ['MESSAGE_UPDATED', ...(changedFields.includes('delivery') ? (['MESSAGE_DELIVERY_CHANGED'] as const) : [])]
  }
  if (kind === 'CREATED') return ['TICKET_CREATED']
  if (kind === 'DELETED') return ['TICKET_DELETED']
  return [
    'TICKET_UPDATED',
    ...(changedFields.includes('mergedInto') ? (['TICKET_MERGED'] as const) : []),
    ...(changedFields.includes('isRecycled') ? (['TICKET_RECYCLED'] as const) : []),
  ]
}

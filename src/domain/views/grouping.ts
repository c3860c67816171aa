import { enumOf } from '#platform/graphql/builder.ts'

export const ticketGroupings = {
  STATUS: 'By how far they are.',
  PRIORITY: 'By how urgent they are.',
  ASSIGNEE: 'By who has them.',
  DEPARTMENT: 'By the department that has them.',
  CHANNEL: 'By the channel they came on.',
  TAG: 'By tag; a ticket stands under each of its tags.',
  BACKEND: 'By help desk.',
  LANGUAGE: 'By the language of the contact.',
  REQUESTER: 'By who asks.',
} as const
export type TicketGrouping = keyof typeof ticketGroupings

export const TicketGroupByEnum = enumOf('TicketGroupBy', 'What tickets can be put into groups by.', ticketGroupings)

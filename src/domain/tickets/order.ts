/** The orders of a list of tickets. */
import { sql } from 'drizzle-orm'
import type { NamedOrder, OrderStep } from '#platform/db/order.ts'
import { badInput } from '#platform/graphql/bad-input.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { publicActivity } from './public-facts.ts'
import { orNever, rankOf, tickets } from './table.ts'

const fields = {
  LAST_ACTIVITY_AT: 'When something last happened.',
  CREATED_AT: 'When it was opened.',
  UPDATED_AT: 'When it last changed.',
  LAST_REPLIED_AT: 'When it was last answered; never answered ones count as latest.',
  WAITING_SINCE: 'Since when the requester has been waiting; those who do not wait count as latest.',
  PRIORITY: 'From low to urgent; none counts as lowest.',
  STATUS_CHANGED_AT: 'When its state last changed; never counts as latest.',
  SLA_DUE_AT: 'When an answer is due; never counts as latest.',
  NUMBER: 'The number people quote: shorter ones first, then by digits.',
} as const
const TicketOrderFieldEnum = enumOf('TicketOrderField', 'What tickets can be ordered by.', fields)

const directions = { ASC: 'Smallest, earliest, lowest first.', DESC: 'Largest, latest, highest first.' } as const
export const SortDirectionEnum = enumOf('SortDirection', 'Which end comes first.', directions)

export type TicketOrderInput = { field: keyof typeof fields; direction: keyof typeof directions }
export const TicketOrder = builder.inputRef<TicketOrderInput>('TicketOrder').implement({
  description: 'One step of an order; the next step decides among equals.',
  fields: (t) => ({
    field: t.field({ type: TicketOrderFieldEnum, required: true, description: 'What to order by.' }),
    direction: t.field({
      type: SortDirectionEnum,
      required: true,
      defaultValue: 'DESC',
      description: 'Which end comes first.',
    }),
  }),
})

/** What Postgres compares for each field. Null sorts as the last moment, because a position must never be null. */
const stepsOf: Record<keyof typeof fields, Pick<OrderStep, 'by' | 'type'>[]> = {
  LAST_ACTIVITY_AT: [{ by: tickets.lastActivityAt, type: 'timestamptz' }],
  CREATED_AT: [{ by: tickets.createdAt, type: 'timestamptz' }],
  UPDATED_AT: [{ by: tickets.updatedAt, type: 'timestamptz' }],
  LAST_REPLIED_AT: [{ by: orNever(tickets.lastRepliedAt), type: 'timestamptz' }],
  WAITING_SINCE: [{ by: orNever(tickets.waitingSince), type: 'timestamptz' }],
  PRIORITY: [{ by: rankOf(tickets.priority), type: 'integer' }],
  STATUS_CHANGED_AT: [{ by: orNever(tickets.lastStatusChangedAt), type: 'timestamptz' }],
  SLA_DUE_AT: [{ by: sql`coalesce((${tickets.sla} ->> 'dueAt')::timestamptz, 'infinity')`, type: 'timestamptz' }],
  NUMBER: [
    { by: sql`length(${tickets.number})`, type: 'integer' },
    { by: tickets.number, type: 'text' },
  ],
}

/** To a customer no order may tell of a note. They have few tickets, so that no index is missed. */
const stepsOfContact: Partial<typeof stepsOf> = {
  LAST_ACTIVITY_AT: [{ by: publicActivity, type: 'timestamptz' }],
  UPDATED_AT: [{ by: publicActivity, type: 'timestamptz' }],
}

const defaultOrder: TicketOrderInput[] = [{ field: 'LAST_ACTIVITY_AT', direction: 'DESC' }]

/** The order as steps; the id decides among equals, so that every position is one place. */
export function ticketOrder(given: readonly TicketOrderInput[] | null | undefined, viewer?: Viewer): NamedOrder {
  const order = given?.length ? given : defaultOrder
  const isContact = viewer?.role === 'CONTACT'
  if (isContact && order.some(({ field }) => field === 'SLA_DUE_AT')) throw forbidden('orderBy: not for a contact')
  if (order.length > 3) throw badInput('orderBy', `expected at most 3 steps, got ${order.length}`)
  const last = order.at(-1) as TicketOrderInput
  return {
    name: `${isContact ? 'own ' : ''}tickets ${order.map(({ field, direction }) => `${field} ${direction}`).join(', ')}`,
    steps: [
      ...order.flatMap(({ field, direction }) =>
        ((isContact && stepsOfContact[field]) || stepsOf[field]).map((step) => ({ ...step, direction })),
      ),
      { by: tickets.id, type: 'uuid', direction: last.direction },
    ],
  }
}

import { type SQL, sql } from 'drizzle-orm'
import { GraphQLError, GraphQLScalarType } from 'graphql'
import { builder, type EventPlace } from '#platform/graphql/builder.ts'

/** Up to 19 digits each: what 64 bits can count. */
const cursorText = /^change (\d{1,19}) (\d{1,19}) (\d{1,19})$/
const most = 2n ** 63n - 1n

builder.addScalarType(
  'EventCursor',
  new GraphQLScalarType<EventPlace, string>({
    name: 'EventCursor',
    description: 'A place in the log of changes, opaque. Take changes from there on to stay in step.',
    serialize: (place) => cursorTextOf(place as EventPlace),
    parseValue: placeOf,
  }),
)

/** @throws GraphQLError when it is no cursor. */
export function placeOf(value: unknown): EventPlace {
  const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1') : ''
  const [, clusterId = '', transactionId = '', position = ''] = cursorText.exec(text) ?? []
  const isPlace = clusterId !== '' && [clusterId, transactionId, position].every((digits) => BigInt(digits) <= most)
  if (isPlace) return { clusterId, transactionId, position }
  throw new GraphQLError(`expected a cursor of the log of changes, got ${JSON.stringify(value)}`)
}

/** As the scalar writes it. */
export function cursorTextOf({ clusterId, transactionId, position }: EventPlace): string {
  return Buffer.from(`change ${clusterId} ${transactionId} ${position}`, 'latin1').toString('base64url')
}

/**
 * The end of the log as a statement sees it, as one column: everything before it is committed and seen, and whatever
 * commits later lies behind it. What the statement counts may hold a little more.
 */
export const endOfLog: SQL<EventPlace> = sql<EventPlace>`json_build_object(
  'clusterId', (pg_control_system()).system_identifier::text,
  'transactionId', pg_snapshot_xmin(pg_current_snapshot())::text, 'position', '0')`

/** Of places in one cluster's log. */
export function isBefore(one: EventPlace, other: EventPlace): boolean {
  const [a, b] = [BigInt(one.transactionId), BigInt(other.transactionId)]
  return a < b || (a === b && BigInt(one.position) < BigInt(other.position))
}

export const earlierOf = (one: EventPlace, other: EventPlace) => (isBefore(other, one) ? other : one)

/** Places in lists, as cursors carry them. */
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { moment } from '#platform/db/columns.ts'
import { isPositionOf, type NamedOrder, positionsIn } from '#platform/db/order.ts'
import { createTestDatabase } from '../support/database.ts'

const { pool } = await createTestDatabase()
const places = pgTable('places', { id: uuid().notNull(), at: moment('at').notNull(), rank: integer(), name: text() })
const order: NamedOrder = {
  name: 'places',
  steps: [
    { by: places.at, type: 'timestamptz', direction: 'DESC' },
    { by: places.rank, type: 'integer', direction: 'ASC' },
    { by: places.name, type: 'text', direction: 'ASC' },
    { by: places.id, type: 'uuid', direction: 'ASC' },
  ],
}
const { id, at, rank, name } = places
const id1 = '0196f3c0-0000-7000-8000-000000000001'

test.each([
  '2026-11-22T10:20:30.400Z',
  '2026-02-28T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '0001-01-01T00:00:00.001Z',
  '0099-12-31T12:00:00.000Z',
  '9999-12-31T23:59:59.000Z',
  '+012026-01-02T03:04:05.060Z',
])('a place at %s is a place for Postgres too', async (moment) => {
  const row = { id: id1, at: new Date(moment), rank: -3, name: "it's 5 %" }
  const position = positionsIn({ id, at, rank, name }, order)(row)
  expect(isPositionOf(order.steps, position)).toBe(true)
  const { rows } = await pool.query('select extract(epoch from $1::text::timestamptz) * 1000 as ms', [position[0]])
  expect(Number(rows[0]?.ms)).toBe(row.at.getTime())
  expect(position.slice(1)).toEqual(['-3', "it's 5 %", id1])
})

test('a place that rows do not have is asked of Postgres, or refused where nobody does', () => {
  const row = { id: id1, position: ['told', 'by', 'Postgres'] }
  expect(positionsIn({ id }, order, (given) => (given as typeof row).position)(row)).toBe(row.position)
  expect(() => positionsIn({ id }, order)).toThrow('expected an order by columns of the rows, got places')
  // What rows have under that name is their place.
  expect(() => positionsIn({ id, at, rank, position: name }, order)).toThrow('expected an order by columns')
})

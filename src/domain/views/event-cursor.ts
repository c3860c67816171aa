import type { ScalarRef } from '@pothos/core'
import { GraphQLError, GraphQLScalarType } from 'graphql'
import { builder } from '#platform/graphql/builder.ts'

const prefix = 'change '

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Inferred> ? Inferred : never

/** A position in the log of changes; a number on our side. */
export const EventCursor = builder.addScalarType(
  'EventCursor' as never,
  new GraphQLScalarType<number, string>({
    name: 'EventCursor',
    description: 'A place in the log of changes, opaque. Take changes from there on to stay in step.',
    serialize: (position) => Buffer.from(`${prefix}${position}`, 'latin1').toString('base64url'),
    parseValue(value) {
      const text = typeof value === 'string' ? Buffer.from(value, 'base64url').toString('latin1') : ''
      const position = Number(text.slice(prefix.length))
      if (text === `${prefix}${position}` && Number.isSafeInteger(position) && position >= 0) return position
      throw new GraphQLError(`expected a cursor of the log of changes, got ${JSON.stringify(value)}`)
    },
  }),
) as unknown as ScalarRef<Types, number, number>

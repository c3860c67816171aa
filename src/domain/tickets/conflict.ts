/** Somebody else was faster. */
import { type Problem, UserError } from '#domain/backends/problems.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder } from '#platform/graphql/builder.ts'
import { Ticket } from './graphql.ts'
import { ticketById } from './loaders.ts'

export type Conflict = Problem & {
  currentVersion: number
  changedFields: string[]
  ticketId: string | null
  /** Where it is about a draft: its id; null when there is none any more. */
  draftId?: string | null
}

export const ConflictError = builder.objectRef<Conflict>('ConflictError')
ConflictError.implement({
  description: 'It changed after the version the client sent.',
  interfaces: [UserError],
  fields: (t) => ({
    currentVersion: t.exposeInt('currentVersion', {
      hidden: fromContacts(0),
      description: 'The version it has now; send it as `ifVersion`. 0: it is gone.',
    }),
    changedFields: t.exposeStringList('changedFields', {
      hidden: fromContacts([]),
      description:
        'What changed since the version that was sent, as names of fields. Empty when that is no longer known.',
    }),
    currentTicket: t.field({
      type: Ticket,
      nullable: true,
      description: 'As it is now, so that it can be merged without a second request.',
      resolve: ({ ticketId }, _args, context) => (ticketId ? ticketById(context, ticketId) : null),
    }),
  }),
})

export function conflict(said: Omit<Conflict, '__typename' | 'code'>): Conflict {
  return { __typename: 'ConflictError', code: 'CONFLICT', ...said }
}

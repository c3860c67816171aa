/** What is unread for the viewer. */
import { Ticket } from '#domain/tickets/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'
import { isUnread, unreadMessageCountOf } from './loaders.ts'

builder.objectFields(Ticket, (t) => ({
  isUnread: t.boolean({
    description:
      'Whether it is unread for the viewer: for an agent after their own last look, or as `isReadByAgent` says while they have not looked; for a contact after theirs; for a program, whether no agent has read it.',
    resolve: (row, _args, context) => isUnread(context, row),
  }),
  unreadMessageCount: t.int({
    description:
      'How many messages came for the viewer since they last looked. For a program and for agents who have not looked yet: how many no agent has read; some help desks stop counting at ten.',
    resolve: (row, _args, context) => unreadMessageCountOf(context, row),
  }),
}))

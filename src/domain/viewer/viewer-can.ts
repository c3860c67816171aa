/** `viewerCan`: rights, abilities and states in one answer, so that buttons can be hidden and explained. */
import { sql } from 'drizzle-orm'
import { Contact } from '#domain/actors/contacts.ts'
import type { ActorRow } from '#domain/actors/loaders.ts'
import { type BackendRow, backendOf } from '#domain/backends/loaders.ts'
import { ErrorCodeEnum } from '#domain/backends/problems.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { deliveryById } from '#domain/deliveries/loaders.ts'
import { Message } from '#domain/messages/graphql.ts'
import type { MessageRow } from '#domain/messages/loaders.ts'
import { Ticket } from '#domain/tickets/graphql.ts'
import { type TicketRow, ticketOf } from '#domain/tickets/loaders.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { type ContactAction, contactRefusal } from './contact-permissions.ts'
import { type AboutMessage, type MessageAction, messageRefusal } from './message-permissions.ts'
import { type Refusal, type TicketAction, ticketRefusal } from './permissions.ts'

const Permission = builder.objectRef<{ refusal: Refusal | null }>('Permission').implement({
  description: 'Whether the viewer can do something, and why not.',
  fields: (t) => ({
    allowed: t.boolean({
      description: 'Whether the mutation would do it. The help desk may still refuse for reasons only it knows.',
      resolve: ({ refusal }) => refusal === null,
    }),
    reason: t.field({
      type: ErrorCodeEnum,
      nullable: true,
      description: 'What kind of obstacle there is; null when there is none.',
      resolve: ({ refusal }) => refusal?.reason,
    }),
    explanation: t.string({
      nullable: true,
      description: 'The obstacle in English; null when there is none.',
      resolve: ({ refusal }) => refusal?.explanation,
    }),
  }),
})

// ------------------------------------------------------------------ tickets

type AboutTicket = { ticket: TicketRow; backend: BackendRow }

/** Where an answer goes unless a conversation is named: see `conversationFor` of the commands. */
const answeringConversations = loaderPerRequest<string, { backendId: string; canReply: boolean } | null>(
  async ({ db, workspaceId }, ids) => {
    const { rows } = await db.execute<{ ticketId: string; backendId: string; canReply: boolean }>(sql`
      select distinct on (ticket_id) ticket_id as "ticketId", backend_id as "backendId", can_reply as "canReply"
      from conversations
      where workspace_id = ${workspaceId} and ticket_id = any(${sql.param(ids)}::uuid[])
      order by ticket_id, origin_ticket_id is not null, last_activity_at desc, id desc`)
    const byTicket = new Map(rows.map((row) => [row.ticketId, row]))
    return ids.map((id) => byTicket.get(id) ?? null)
  },
)

async function answering(context: LoadContext, ticketId: string) {
  const row = await answeringConversations(context).load(ticketId)
  return row && { canReply: row.canReply, backend: await backendOf(context, row) }
}

const mergedBackends = loaderPerRequest<string, string[]>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<{ ticketId: string; backendId: string }>(sql`
    select distinct merged_into_id as "ticketId", backend_id as "backendId" from tickets
    where workspace_id = ${workspaceId} and merged_into_id = any(${sql.param(ids)}::uuid[])`)
  return ids.map((id) => rows.filter(({ ticketId }) => ticketId === id).map(({ backendId }) => backendId))
})

const onTicket = (action: TicketAction) => async (about: AboutTicket, _args: unknown, context: GraphContext) => {
  const conversation = action === 'reply' ? await answering(context, about.ticket.id) : null
  const mergedBackendIds = action === 'delete' ? await mergedBackends(context).load(about.ticket.id) : []
  return { refusal: ticketRefusal(action, { ...about, viewer: context.viewer, conversation, mergedBackendIds }) }
}

const TicketPermissions = builder.objectRef<AboutTicket>('TicketPermissions').implement({
  description: 'What the viewer can do with a ticket.',
  fields: (t) => {
    const permission = (action: TicketAction, description: string) =>
      t.field({ type: Permission, description, resolve: onTicket(action) })
    return {
      update: permission('update', 'Change its fields. Which ones, only the attempt tells.'),
      reply: permission('reply', 'Answer, in the conversation of the newest activity.'),
      addNote: permission('addNote', 'Add a note only agents see.'),
      assign: permission('assign', 'Give it to somebody, or to a department.'),
      tag: permission('tag', 'Tag it.'),
      merge: permission('merge', 'Merge it with others.'),
      recycle: permission('recycle', 'Put it into the recycle bin.'),
      restore: permission('restore', 'Take it out of the recycle bin.'),
      delete: permission('delete', 'Remove it for good.'),
      markRead: permission('markRead', 'Mark it read or unread.'),
    }
  },
})

builder.objectField(Ticket, 'viewerCan', (t) =>
  t.field({
    type: TicketPermissions,
    description: 'What the viewer can do with it.',
    resolve: async (ticket, _args, context) => ({ ticket, backend: await backendOf(context, ticket) }),
  }),
)

// ------------------------------------------------------------------ messages

const MessagePermissions = builder.objectRef<AboutMessage>('MessagePermissions').implement({
  description: 'What the viewer can do with a message.',
  fields: (t) => {
    const permission = (action: MessageAction, description: string) =>
      t.field({
        type: Permission,
        description,
        resolve: (about) => ({ refusal: messageRefusal(action, about) }),
      })
    return {
      edit: permission('edit', 'Change it. Which part of it, only the attempt tells.'),
      delete: permission('delete', 'Remove it, or withdraw it while it has not gone out.'),
      resend: permission('resend', 'Send it again after it failed.'),
      forward: permission('forward', 'Pass it on.'),
      translate: permission('translate', 'Have it translated.'),
    }
  },
})

builder.objectField(Message, 'viewerCan', (t) =>
  t.field({
    type: MessagePermissions,
    description: 'What the viewer can do with it.',
    resolve: async (message: MessageRow, _args, context): Promise<AboutMessage> => ({
      ...{ message, viewer: context.viewer, languages: context.languages },
      backend: await backendOf(context, message),
      ticket: await ticketOf(context, message),
      // Of what the help desk has nobody needs to know how it came there.
      own:
        message.deliveryId !== null && !isVendorId(message.externalId)
          ? await deliveryById(context, message.deliveryId)
          : null,
    }),
  }),
)

// ------------------------------------------------------------------ contacts

type AboutContact = { contact: ActorRow; backend: BackendRow }

const ContactPermissions = builder.objectRef<AboutContact>('ContactPermissions').implement({
  description: 'What the viewer can do with a contact.',
  fields: (t) => {
    const permission = (action: ContactAction, description: string) =>
      t.field({
        type: Permission,
        description,
        resolve: (about, _args, { viewer }) => ({ refusal: contactRefusal(action, { ...about, viewer }) }),
      })
    return {
      update: permission('update', 'Change what is known of them. Which fields, only the attempt tells.'),
      merge: permission('merge', 'Make them and others of the same help desk one.'),
      block: permission('block', 'Have the help desk take no more messages from them, or take them again.'),
    }
  },
})

builder.objectField(Contact, 'viewerCan', (t) =>
  t.field({
    type: ContactPermissions,
    description: 'What the viewer can do with them.',
    resolve: async (contact, _args, context) => ({ contact, backend: await backendOf(context, contact) }),
  }),
)

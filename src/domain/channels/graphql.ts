import { Backend } from '#domain/backends/graphql.ts'
import { allBackends, backendOf } from '#domain/backends/loaders.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { channelTypes } from '#vocabulary.ts'
import {
  accountById,
  accountsOfChannel,
  type ChannelAccountRow,
  type ChannelRow,
  channelById,
  channelsOfBackend,
} from './loaders.ts'

export const ChannelTypeEnum = enumOf('ChannelType', 'By what means a conversation is held.', channelTypes)

export const Channel = builder.objectRef<ChannelRow>('Channel')
export const ChannelAccount = builder.objectRef<ChannelAccountRow>('ChannelAccount')

Channel.implement({
  description: 'A way a help desk is reached, e.g. its mailboxes or its WhatsApp numbers.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Channel')),
    externalId: t.exposeString('externalId', { description: "The help desk's own id or name of it." }),
    type: t.field({ type: ChannelTypeEnum, description: 'By what means.', resolve: ({ type }) => type }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    backend: t.field({
      type: Backend,
      description: 'The help desk it belongs to.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
    accounts: t.field({
      type: [ChannelAccount],
      description: 'Its accounts, by name.',
      resolve: (row, _args, context) => accountsOfChannel(context, row.id),
    }),
  }),
})

ChannelAccount.implement({
  description: 'One account of a channel: this mailbox, that page.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('ChannelAccount')),
    externalId: t.exposeString('externalId', { description: "The help desk's own id of it." }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    address: t.exposeString('address', { nullable: true, description: 'Mail address, telephone number or the like.' }),
    channel: t.field({
      type: Channel,
      description: 'The channel it belongs to.',
      resolve: async (row, _args, context) => (await channelById(context, row.channelId)) as never,
    }),
  }),
})

registerNode('Channel', channelById)
registerNode('ChannelAccount', accountById)

builder.objectField(Backend, 'channels', (t) =>
  t.field({
    extensions: usualSize(20),
    type: [Channel],
    description: 'The ways it is reached, by name.',
    resolve: (row, _args, context) => channelsOfBackend(context, row.id),
  }),
)

builder.queryField('channels', (t) =>
  t.field({
    extensions: usualSize(20),
    type: [Channel],
    scopes: ['TICKETS_READ'],
    description: 'The channels of one or of all help desks, by name.',
    args: { backendId: t.arg.id({ description: 'Only those of this help desk.' }) },
    resolve: async (_root, { backendId }, context) => {
      const ids =
        backendId == null
          ? (await allBackends(context)).map(({ id }) => id)
          : idsFrom('backendId', [backendId], 'Backend')
      return (await Promise.all(ids.map((id) => channelsOfBackend(context, id)))).flat()
    },
  }),
)

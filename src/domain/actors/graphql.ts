import { Backend } from '#domain/backends/graphql.ts'
import { backendOf } from '#domain/backends/loaders.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { webAddress } from '#platform/graphql/web-address.ts'
import { remotePictureUrlOf } from '#platform/pictures/remote.ts'
import { type ActorType, actorTypes } from '#vocabulary.ts'
import { type ActorRow, actorById } from './loaders.ts'

export const ActorTypeEnum = enumOf('ActorType', 'What kind of somebody or something acts on tickets.', actorTypes)

/** Which type of the graph an actor is. */
const typeNameOf: Record<ActorType, 'Contact' | 'Agent' | 'Bot' | 'SystemActor'> = {
  CONTACT: 'Contact',
  VISITOR: 'Contact',
  AGENT: 'Agent',
  CHATBOT: 'Bot',
  CHANNEL_ACCOUNT: 'SystemActor',
  SYSTEM: 'SystemActor',
  OUTREACH_CAMPAIGN: 'SystemActor',
}

/** The global id of an actor. */
export function actorNodeId({ type, id }: Pick<ActorRow, 'type' | 'id'>): string {
  return nodeIdOf(typeNameOf[type], id)
}

export const Actor = builder.interfaceRef<ActorRow>('Actor').implement({
  description: 'Someone or something that acts on tickets.',
  resolveType: (row) => typeNameOf[row.type],
  fields: (t) => ({
    id: t.id({
      description: 'Opaque global id; `node(id:)` finds it again.',
      resolve: actorNodeId,
    }),
    type: t.field({ type: ActorTypeEnum, description: 'What kind of actor it is.', resolve: ({ type }) => type }),
    displayName: t.exposeString('displayName', {
      description: 'Name for people; made up from the mail address or id when none is known.',
    }),
    avatarUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'A picture, where the help desk says it is.',
      args: {
        viaGateway: t.arg.boolean({
          required: true,
          defaultValue: false,
          description:
            'Whether to get it from this gateway for a while, so that its server does not learn who looks. Only of servers on the internet.',
        }),
      },
      resolve: ({ avatarUrl }, { viaGateway }, context) => {
        const address = webAddress(avatarUrl)
        return viaGateway && address ? remotePictureUrlOf(address, context) : address
      },
    }),
  }),
})

/** Fields that agents and bots share with contacts, beside those of Actor. */
export const Bot = builder.objectRef<ActorRow>('Bot').implement({
  description: 'A program that answers customers.',
  interfaces: [Node, Actor],
  fields: (t) => ({
    id: t.id(nodeIdField('Bot')),
    externalId: t.exposeString('externalId', {
      hidden: fromContacts(''),
      description: "The help desk's own id of it.",
    }),
    backend: t.field({
      type: Backend,
      description: 'The help desk it belongs to.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
  }),
})

builder.objectRef<ActorRow>('SystemActor').implement({
  description: 'The help desk itself, a channel account, or an outreach campaign.',
  interfaces: [Node, Actor],
  fields: (t) => ({
    id: t.id(nodeIdField('SystemActor')),
    externalId: t.exposeString('externalId', {
      hidden: fromContacts(null),
      nullable: true,
      description: "The help desk's own id of it.",
    }),
  }),
})

registerNode('Bot', (context, id) => actorOfType(context, id, 'Bot'), { scopes: ['TICKETS_READ'] })
registerNode('SystemActor', (context, id) => actorOfType(context, id, 'SystemActor'), { scopes: ['TICKETS_READ'] })

/** An actor by UUID, if it is of that type of the graph. */
export async function actorOfType(
  context: Parameters<typeof actorById>[0],
  id: string,
  typeName: string,
): Promise<ActorRow | null> {
  const row = await actorById(context, id)
  return row && typeNameOf[row.type] === typeName ? row : null
}

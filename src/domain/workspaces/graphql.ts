import { builder } from '#platform/graphql/builder.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { currentWorkspace, type WorkspaceRow } from './loaders.ts'

export const Tenant = builder.objectRef<WorkspaceRow>('Tenant').implement({
  description: 'The company whose help desks these are. Everything a token sees belongs to one tenant.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Tenant')),
    key: t.exposeString('key', { description: 'Short name in configuration.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    defaultLocale: t.field({
      type: 'Locale',
      description: 'Language used where nothing else is known.',
      resolve: (row) => row.defaultLocale,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was set up.', resolve: (row) => row.createdAt }),
  }),
})

registerNode('Tenant', async (context, id) => (id === context.workspaceId ? currentWorkspace(context) : null))

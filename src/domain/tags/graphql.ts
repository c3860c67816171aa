import { eq, sql } from 'drizzle-orm'
import { Backend } from '#domain/backends/graphql.ts'
import { backendById } from '#domain/backends/loaders.ts'
import { collectFilter } from '#platform/db/filter.ts'
import { countOf, pageOf } from '#platform/db/page.ts'
import { builder } from '#platform/graphql/builder.ts'
import { connectionOf, pageRequestOf } from '#platform/graphql/connections.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { type TagRow, tagById, tagList } from './loaders.ts'
import { tags } from './table.ts'

export const Tag = builder.objectRef<TagRow>('Tag').implement({
  description: 'A word to sort tickets by.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Tag')),
    externalId: t.exposeString('externalId', { nullable: true, description: "The help desk's own id of it." }),
    name: t.exposeString('name', { description: 'The word.' }),
    color: t.exposeString('color', { nullable: true, description: 'Its colour, as the help desk writes it.' }),
    backend: t.field({
      type: Backend,
      nullable: true,
      description: 'The help desk it belongs to; null for one of our own.',
      resolve: (row, _args, context) => (row.backendId ? backendById(context, row.backendId) : null),
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was made.',
      resolve: ({ createdAt }) => createdAt,
    }),
  }),
})

registerNode('Tag', async (context, id) => (context.viewer.role === 'CONTACT' ? null : tagById(context, id)), {
  scopes: ['TICKETS_READ'],
})
const TagConnection = connectionOf('Tag', Tag, 'tags')

builder.queryField('tags', (t) =>
  t.field({
    type: TagConnection,
    scopes: ['TICKETS_READ'],
    description: 'The tags of one or of all help desks, by name; none for a contact.',
    args: {
      query: t.arg.string({ description: 'Part of the name.' }),
      backendId: t.arg.id({ description: 'Only those of this help desk.' }),
      first: t.arg.int({ description: 'How many rows, at most 100. Default 50.', extensions: usualSize(50) }),
      after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
    },
    resolve: async (_root, args, context) => {
      const { add, value, done } = collectFilter()
      if (context.viewer.role === 'CONTACT') add('nobody', sql`false`)
      if (args.query) add('query', sql`${tags.name} ilike ${value(`%${literalPattern('query', args.query)}%`)}`)
      if (args.backendId != null)
        add('backend', eq(tags.backendId, value(idsFrom('backendId', [args.backendId], 'Backend')[0])))
      const [list, filter] = [
        { ...tagList, order: { name: tagList.order.name, steps: [...tagList.order.steps] } },
        done(),
      ]
      const page = await pageOf(context, list, pageRequestOf(args, list.order, 50), filter)
      return { page, order: list.order.name, count: () => countOf(context, list, filter) }
    },
  }),
)

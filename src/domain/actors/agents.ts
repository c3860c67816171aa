/** Agents and departments in the graph. */
import { eq, sql } from 'drizzle-orm'
import { Backend } from '#domain/backends/graphql.ts'
import { allBackends, backendOf } from '#domain/backends/loaders.ts'
import { countOf, pageOf } from '#platform/db/page.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder } from '#platform/graphql/builder.ts'
import { connectionOf, pageRequestOf } from '#platform/graphql/connections.ts'
import { usualSize } from '#platform/graphql/cost.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { Actor, actorOfType, Bot } from './graphql.ts'
import {
  type ActorRow,
  agentList,
  agentsOfDepartment,
  type DepartmentRow,
  departmentById,
  departmentsOfAgent,
  departmentsOfBackend,
  filterOf,
  personMatches,
} from './loaders.ts'
import { actors } from './table.ts'

export const Agent = builder.objectRef<ActorRow>('Agent')
export const Department = builder.objectRef<DepartmentRow>('Department')

Agent.implement({
  description: 'A person who works at a help desk.',
  interfaces: [Node, Actor],
  fields: (t) => ({
    id: t.id(nodeIdField('Agent')),
    externalId: t.exposeString('externalId', {
      hidden: fromContacts(''),
      description: "The help desk's own id of them.",
    }),
    email: t.exposeString('email', { hidden: fromContacts(null), nullable: true, description: 'Mail address.' }),
    isAvailable: t.exposeBoolean('isAvailable', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Whether they take work now; null when the help desk does not say.',
    }),
    isActive: t.exposeBoolean('isActive', { hidden: fromContacts(true), description: 'False: the account is closed.' }),
    role: t.exposeString('role', {
      hidden: fromContacts(null),
      nullable: true,
      description: "The help desk's own word for what they may do.",
    }),
    messageSignature: t.exposeString('messageSignature', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Text put under their answers.',
    }),
    departments: t.field({
      hidden: fromContacts([]),
      type: [Department],
      description: 'The groups they belong to, by name.',
      resolve: (row, _args, context) => departmentsOfAgent(context, row.id),
    }),
    backend: t.field({
      type: Backend,
      description: 'The help desk they work at.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
  }),
})

Department.implement({
  description: 'A group of agents.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Department')),
    externalId: t.exposeString('externalId', { description: "The help desk's own id of it." }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    agents: t.field({
      extensions: usualSize(20),
      type: [Agent],
      description: 'Its agents, by name.',
      resolve: (row, _args, context) => agentsOfDepartment(context, row.id),
    }),
    backend: t.field({
      type: Backend,
      description: 'The help desk it belongs to.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
  }),
})

export const Assignee = builder.unionType('Assignee', {
  description: 'Who a ticket can be assigned to.',
  types: [Agent, Bot],
  resolveType: (row) => ((row as ActorRow).type === 'CHATBOT' ? 'Bot' : 'Agent'),
})

registerNode('Agent', (context, id) => actorOfType(context, id, 'Agent'), { scopes: ['TICKETS_READ'] })
registerNode(
  'Department',
  async (context, id) => (context.viewer.role === 'CONTACT' ? null : departmentById(context, id)),
  { scopes: ['TICKETS_READ'] },
)

const AgentConnection = connectionOf('Agent', Agent, 'agents')

builder.queryFields((t) => ({
  agents: t.field({
    type: AgentConnection,
    scopes: ['TICKETS_READ'],
    description: 'People who work at the help desks, by name; none for a contact.',
    args: {
      query: t.arg.string({ description: 'Part of a name, or the start of a mail address.' }),
      departmentId: t.arg.id({ description: 'Only those of this department.' }),
      backendId: t.arg.id({ description: 'Only those of this help desk.' }),
      onlyActive: t.arg.boolean({ required: true, defaultValue: true, description: 'Leave closed accounts out.' }),
      first: t.arg.int({ description: 'How many rows, at most 100. Default 25.' }),
      after: t.arg.string({ description: 'Cursor: only rows behind it.' }),
    },
    resolve: async (_root, args, context) => {
      const filter = filterOf(({ add, value }) => {
        if (args.query) add('query', personMatches(args.query, value))
        if (args.backendId != null)
          add('backend', eq(actors.backendId, value(idsFrom('backendId', [args.backendId], 'Backend')[0])))
        if (args.departmentId != null) {
          const department = value(idsFrom('departmentId', [args.departmentId], 'Department')[0])
          add(
            'department',
            sql`${actors.id} in (select agent_id from department_agents where workspace_id = ${actors.workspaceId} and department_id = ${department})`,
          )
        }
        if (context.viewer.role === 'CONTACT') add('nobody', sql`false`)
        if (args.onlyActive) add('active', sql`${actors.isActive}`)
      })
      const page = await pageOf(context, agentList, pageRequestOf(args, agentList.order), filter)
      return { page, order: agentList.order.name, count: () => countOf(context, agentList, filter) }
    },
  }),
  departments: t.field({
    type: [Department],
    scopes: ['TICKETS_READ'],
    hidden: fromContacts([]),
    extensions: usualSize(20),
    description: 'The groups of agents of one or of all help desks, by name.',
    args: { backendId: t.arg.id({ description: 'Only those of this help desk.' }) },
    resolve: async (_root, { backendId }, context) => {
      const ids =
        backendId == null
          ? (await allBackends(context)).map(({ id }) => id)
          : idsFrom('backendId', [backendId], 'Backend')
      return (await Promise.all(ids.map((id) => departmentsOfBackend(context, id)))).flat()
    },
  }),
}))

/** The audit log: who wrote what, when and from where. For those who administer. */
import { GraphQLError } from 'graphql'
import { Actor } from '#domain/actors/graphql.ts'
import { actorOf } from '#domain/actors/loaders.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { connectionOf, maxPageSize, pageRequestOf } from '#platform/graphql/connections.ts'
import { idsFrom } from '#platform/graphql/node-ids.ts'
import { findNode, Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { auditOutcomes } from '#vocabulary.ts'
import { type AuditRow, auditEntryById, auditLog, newestFirst } from './loaders.ts'

const usualSize = 50
const maxTargets = 100

const AuditOutcome = enumOf('AuditOutcome', 'What became of a write.', auditOutcomes)

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description: 'One write: a mutation, a batch of a job, or a command of the command line.',
  interfaces: [Node],
  scopes: ['AUDIT_READ'],
  fields: (t) => ({
    id: t.id(nodeIdField('AuditEntry')),
    at: t.field({ type: 'DateTime', description: 'When it was asked for.', resolve: ({ at }) => at }),
    actor: t.field({
      type: Actor,
      nullable: true,
      description: 'Whose token it was; null for a program.',
      resolve: ({ actorId }, _args, context) => actorOf(context, actorId),
    }),
    tokenName: t.exposeString('tokenName', {
      nullable: true,
      description: 'Name of the token it came with; of the command line its command.',
    }),
    operation: t.exposeString('operation', { description: 'The mutation, e.g. ticketUpdate.' }),
    outcome: t.field({ type: AuditOutcome, description: 'What became of it.', resolve: ({ outcome }) => outcome }),
    target: t.field({
      type: Node,
      nullable: true,
      description: 'What it was about, the first of several; null when that is gone, or cannot be seen.',
      resolve: async ({ targets }, _args, context, info) => {
        const node = targets[0] ? await findNode(context, targets[0], info) : null
        return node instanceof GraphQLError ? null : node
      },
    }),
    targetIds: t.field({
      type: ['ID'],
      description: `Global ids of all it was about, also of what is gone; the first ${maxTargets}.`,
      resolve: ({ targets }) => targets.slice(0, maxTargets),
    }),
    changes: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'What changed: a list of `kind`, `fields`, and where there are several targets `nodes`; `values` holds before and after of plain ones such as status. Never what people wrote.',
      resolve: ({ changes }) => changes,
    }),
    ip: t.exposeString('clientAddress', {
      nullable: true,
      description: 'The address it came from; null for the command line.',
    }),
    requestId: t.exposeString('requestId', {
      description: "Id of the request: in its answer's header `x-request-id` and in the log.",
    }),
  }),
})
const AuditConnection = connectionOf('Audit', AuditEntry, 'entries of the audit log')

registerNode('AuditEntry', auditEntryById)

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditConnection,
    scopes: ['AUDIT_READ'],
    description: 'Who wrote what, newest first. Refused for want of permission is told too, other refusals are not.',
    args: {
      actorId: t.arg.id({ description: 'Only by this actor.' }),
      nodeId: t.arg.id({ description: 'Only about this, whatever it is; also of what is gone.' }),
      from: t.arg({ type: 'DateTime', description: 'From this moment on.' }),
      to: t.arg({ type: 'DateTime', description: 'Before this moment.' }),
      first: t.arg.int({
        required: true,
        defaultValue: usualSize,
        description: `How many rows, at most ${maxPageSize}.`,
      }),
      after: t.arg.string({ description: 'Cursor: only rows behind it, which are older.' }),
    },
    resolve: (_root, { actorId, nodeId = null, from = null, to = null, ...page }, context) => {
      const [actor = null] =
        actorId == null ? [] : idsFrom('actorId', [actorId], 'Agent', 'Contact', 'Bot', 'SystemActor')
      return auditLog(context, pageRequestOf(page, newestFirst), { actorId: actor, nodeId, from, to })
    },
  }),
)

/** The schema: one line per concept, in the order of the foreign keys between them. */
import '#platform/graphql/nodes.ts'
import '#domain/workspaces/graphql.ts'
import '#domain/backends/graphql.ts'
import '#domain/channels/graphql.ts'
import '#domain/actors/graphql.ts'
import '#domain/actors/agents.ts'
import '#domain/actors/contacts.ts'
import '#domain/tags/graphql.ts'
import '#domain/tickets/graphql.ts'
import '#domain/tickets/queries.ts'
import '#domain/conversations/graphql.ts'
import '#domain/messages/graphql.ts'
import '#domain/messages/threads.ts'
import '#domain/drafts/graphql.ts'
import '#domain/attachments/graphql.ts'
import '#domain/mentions/graphql.ts'
import '#domain/deliveries/graphql.ts'
import '#domain/viewer/graphql.ts'
import { vendors } from '#connectors/registry.ts'
import { describeVendors } from '#domain/backends/graphql.ts'
import { builder } from '#platform/graphql/builder.ts'

describeVendors(vendors.map(({ connector }) => connector))

export const schema = builder.toSchema()

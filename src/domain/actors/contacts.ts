/** Contacts in the graph. */
import { and, eq, sql } from 'drizzle-orm'
import { Backend } from '#domain/backends/graphql.ts'
import { backendOf } from '#domain/backends/loaders.ts'
import { ChannelTypeEnum } from '#domain/channels/graphql.ts'
import { pageOf } from '#platform/db/page.ts'
import { totalOf } from '#platform/db/total.ts'
import type { Hidden } from '#platform/graphql/access.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { connectionOf, pageArguments, pageRequestOf } from '#platform/graphql/connections.ts'
import { DateTimeRange, dateRangeCondition } from '#platform/graphql/date-range.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import { idFrom, idsFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import { CustomFieldFilter, CustomFieldValue, customFieldConditions } from './custom-fields.ts'
import { Actor, ActorTypeEnum, actorOfType } from './graphql.ts'
import { type ActorRow, actorOf, actorRawById, contactList, contactWhere, filterOf, personMatches } from './loaders.ts'
import { actors, type ContactIdentity } from './table.ts'

const Identity = builder.objectRef<ContactIdentity>('ContactIdentity').implement({
  description: 'One way a contact is known: a mail address, a telephone number, an account of a channel.',
  fields: (t) => ({
    channelType: t.field({
      type: ChannelTypeEnum,
      description: 'On which kind of channel.',
      resolve: ({ channelType }) => channelType,
    }),
    value: t.exposeString('value', { description: 'The address, number or account.' }),
    isPrimary: t.exposeBoolean('isPrimary', { description: 'Whether it is the one to use first.' }),
  }),
})

/** Themselves; others are known to those who answer, with CONTACTS_READ: everybody else is told what they are called. */
function unlessKnown(as: unknown): Hidden {
  return {
    from: ({ role, actorId, scopes }, { id }: ActorRow) =>
      id !== actorId && (role === 'CONTACT' || !scopes.has('CONTACTS_READ')),
    ...{ as, says: 'Of others only with CONTACTS_READ.' },
  }
}

/** Nor are customers told this of themselves. */
function alsoFromContacts(as: unknown): Hidden {
  const { from, says } = unlessKnown(as)
  return {
    from: (viewer, row) => viewer.role === 'CONTACT' || from(viewer, row),
    as,
    says: `${says} Not for a contact.`,
  }
}

export const Contact = builder.objectRef<ActorRow>('Contact')
Contact.implement({
  description: 'A customer: a known contact or an anonymous visitor of one help desk.',
  interfaces: [Node, Actor],
  fields: (t) => ({
    id: t.id(nodeIdField('Contact')),
    externalId: t.exposeString('externalId', {
      hidden: unlessKnown(''),
      description: "The help desk's own id of them.",
    }),
    identifier: t.exposeString('identifier', {
      hidden: unlessKnown(null),
      nullable: true,
      description: "The customer's key in your own system.",
    }),
    email: t.exposeString('email', { hidden: unlessKnown(null), nullable: true, description: 'Mail address.' }),
    phone: t.exposeString('phone', { hidden: unlessKnown(null), nullable: true, description: 'Telephone number.' }),
    isBlocked: t.exposeBoolean('isBlocked', {
      hidden: alsoFromContacts(false),
      description: 'Whether the help desk takes no more messages from them.',
    }),
    isOnline: t.exposeBoolean('isOnline', {
      hidden: unlessKnown(null),
      nullable: true,
      description: 'Whether they are there now; null when the help desk does not say.',
    }),
    isIdentityVerified: t.exposeBoolean('isIdentityVerified', {
      hidden: unlessKnown(null),
      nullable: true,
      description: 'Whether they proved who they are; null when the help desk does not say.',
    }),
    language: t.field({
      hidden: unlessKnown(null),
      type: 'Locale',
      nullable: true,
      description: 'Their language.',
      resolve: ({ language }) => language,
    }),
    identities: t.field({
      hidden: unlessKnown([]),
      type: [Identity],
      description: 'Every way they are known.',
      resolve: ({ identities }) => identities,
    }),
    customFields: t.field({
      hidden: alsoFromContacts([]),
      type: [CustomFieldValue],
      description: "The help desk's own fields.",
      resolve: ({ customFields }) => customFields,
    }),
    lastActivityAt: t.field({
      hidden: unlessKnown(null),
      type: 'DateTime',
      nullable: true,
      description: 'When they were last active.',
      resolve: ({ lastActivityAt }) => lastActivityAt,
    }),
    createdAt: t.field({
      hidden: unlessKnown(forbidden('Of others only with CONTACTS_READ, and not for a contact.')),
      type: 'DateTime',
      description: 'When they were first known.',
      resolve: ({ createdAt }) => createdAt,
    }),
    updatedAt: t.field({
      hidden: unlessKnown(forbidden('Of others only with CONTACTS_READ, and not for a contact.')),
      type: 'DateTime',
      description: 'When their record last changed.',
      resolve: ({ updatedAt }) => updatedAt,
    }),
    mergedInto: t.field({
      hidden: alsoFromContacts(null),
      type: Contact,
      nullable: true,
      description:
        'The contact this one became part of, with its tickets; null for one that stands alone. Lists leave merged ones out.',
      resolve: ({ mergedIntoId }, _args, context) => actorOf(context, mergedIntoId),
    }),
    backend: t.field({
      type: Backend,
      description: 'The help desk that knows them.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
    raw: t.field({
      type: 'JSON',
      scopes: ['RAW_READ', 'CONTACTS_READ'],
      nullable: true,
      description: "The help desk's own record, without live secrets.",
      resolve: async (row, _args, context) => (await actorRawById(context, row.id))?.raw,
    }),
  }),
})

registerNode('Contact', contactFor)

/** A contact by UUID; to a contact there is nobody else. */
async function contactFor(context: GraphContext, id: string): Promise<ActorRow | null> {
  return isThereFor(context, { id }) ? actorOfType(context, id, 'Contact') : null
}

function isThereFor({ viewer }: GraphContext, { id }: Pick<ActorRow, 'id'>): boolean {
  return viewer.role !== 'CONTACT' || viewer.actorId === id
}

export const ExternalRef = builder.inputType('ExternalRef', {
  description: "Something by the help desk's own id.",
  fields: (t) => ({
    backendId: t.id({ required: true, description: 'Which help desk.' }),
    externalId: t.string({ required: true, description: 'Its id there.' }),
  }),
})

export const ContactRef = builder.inputType('ContactRef', {
  description: 'Names a contact in one of several ways.',
  isOneOf: true,
  fields: (t) => ({
    external: t.field({ type: ExternalRef, description: "By the help desk's own id." }),
    email: t.string({ description: 'By mail address; case does not matter.' }),
    identifier: t.string({ description: 'By the key in your own system.' }),
    phone: t.string({ description: 'By telephone number, written as the help desk writes it.' }),
  }),
})

const ContactFilter = builder.inputType('ContactFilter', {
  description: 'All given fields must match.',
  fields: (t) => ({
    backendIds: t.idList({ description: 'Of any of these help desks.' }),
    types: t.field({ type: [ActorTypeEnum], description: 'Contacts, visitors, or both.' }),
    isBlocked: t.boolean({ description: 'Whether they are blocked.' }),
    language: t.field({ type: ['Locale'], description: 'Of any of these languages.' }),
    lastActivityAt: t.field({ type: DateTimeRange, description: 'When they were last active.' }),
    customFields: t.field({ type: [CustomFieldFilter], description: 'All of these must match.' }),
  }),
})

const ContactConnection = connectionOf('Contact', Contact, 'contacts')

builder.queryFields((t) => ({
  contact: t.field({
    type: Contact,
    nullable: true,
    description: 'One contact; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Global id.' }) },
    resolve: async (_root, { id }, context) => {
      const key = idFrom(id, 'Contact')
      return key ? contactFor(context, key) : null
    },
  }),
  contactByRef: t.field({
    type: Contact,
    scopes: ['CONTACTS_READ'],
    nullable: true,
    description: 'One contact by what else is known of them; the oldest when several fit, null when none does.',
    args: { ref: t.arg({ type: ContactRef, required: true, description: 'What is known.' }) },
    resolve: async (_root, { ref }, context) => {
      const found = await contactByRef(context, ref)
      return found && isThereFor(context, found) ? found : null
    },
  }),
  contacts: t.field({
    type: ContactConnection,
    scopes: ['CONTACTS_READ'],
    description: 'Customers of all help desks, by name.',
    args: {
      query: t.arg.string({ description: 'Part of a name, or the start of a mail address or telephone number.' }),
      filter: t.arg({ type: ContactFilter, description: 'Which ones.' }),
      ...pageArguments(t.arg),
    },
    resolve: async (_root, args, context) => {
      const given = args.filter ?? {}
      if (context.viewer.role === 'CONTACT' && (given.isBlocked != null || given.customFields != null))
        throw forbidden('filter: isBlocked and customFields are not for a contact')
      const filter = filterOf(({ add, value }) => {
        if (context.viewer.role === 'CONTACT') add('self', sql`${actors.id} = ${value(context.viewer.actorId)}`)
        if (args.query) add('query', personMatches(args.query, value))
        if (given.backendIds)
          add(
            'backends',
            sql`${actors.backendId} = any(${value(idsFrom('filter.backendIds', given.backendIds, 'Backend'))})`,
          )
        if (given.types) add('types', sql`${actors.type} = any(${value(given.types)})`)
        if (given.isBlocked != null) add('blocked', eq(actors.isBlocked, value(given.isBlocked)))
        if (given.language) add('language', sql`${actors.language} = any(${value(given.language)})`)
        if (given.lastActivityAt)
          dateRangeCondition('activity', actors.lastActivityAt, given.lastActivityAt, { add, value }, context.now)
        customFieldConditions(actors.customFields, given.customFields ?? [], { add, value }, 'filter.customFields')
      })
      const page = await pageOf(context, contactList, pageRequestOf(args, contactList.order), filter)
      return { page, order: contactList.order.name, count: () => totalOf(context, contactList, filter) }
    },
  }),
}))

function contactByRef(context: GraphContext, ref: typeof ContactRef.$inferInput): Promise<ActorRow | null> | null {
  if (ref.external) {
    const backendId = idFrom(ref.external.backendId, 'Backend')
    return backendId
      ? contactWhere(
          context,
          and(eq(actors.backendId, backendId), eq(actors.externalId, ref.external.externalId)) as never,
        )
      : null
  }
  if (ref.email != null) return contactWhere(context, sql`lower(${actors.email}) = ${ref.email.toLowerCase()}`)
  if (ref.identifier != null) return contactWhere(context, eq(actors.identifier, ref.identifier))
  return contactWhere(context, eq(actors.phone, ref.phone ?? ''))
}

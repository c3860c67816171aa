/**
 * The same person at the other help desks of a company: first whoever has the same key of your own (`identifier`), then
 * whoever has the same mail address, where it is verified on both sides. An address is verified when the help desk says
 * that the person proved who they are, or when they have written a mail from it: anybody can type an address into a chat.
 */
import { sql } from 'drizzle-orm'
import { Contact } from '#domain/actors/contacts.ts'
import { type ActorRow, actorById } from '#domain/actors/loaders.ts'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { builder } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'

const mostLinks = 20
/** How many of the latest tickets of a contact are looked through for a mail of theirs. */
const ticketsLookedAt = 20

builder.objectField(Contact, 'linkedContacts', (t) =>
  t.field({
    hidden: fromContacts([]),
    extensions: costs(5),
    type: [Contact],
    description: `The same person at other help desks, at most ${mostLinks}: those with the same \`identifier\`, then those with the same mail address, which must be verified on both sides: the help desk says that they proved who they are, or they have written a mail from it. Blocked ones too; of those that became part of another, that one. Contacts are told none.`,
    resolve: async ({ id, mergedIntoId }, _args, context) => {
      if (context.viewer.role === 'CONTACT') return []
      const ids = await linkedContactIds(context, mergedIntoId ?? id)
      const rows = await Promise.all(ids.map((linked) => actorById(context, linked)))
      return rows.filter((row): row is ActorRow => row !== null)
    },
  }),
)

export const linkedContactIds = (context: LoadContext, id: string) => links(context).load(id)

const links = loaderPerRequest<string, string[]>(async ({ db, workspaceId }, ids) => {
  const { rows } = await db.execute<{ of: string; id: string }>(sql`
    -- 1. the contacts, each with those that became part of it
    with own as materialized (
      select coalesce(merged_into_id, id) as of, backend_id, identifier, lower(email) as email, id, is_identity_verified
      from actors
      where workspace_id = ${workspaceId} and type in ('CONTACT', 'VISITOR')
        and (id = any(${sql.param(ids)}::uuid[]) or merged_into_id = any(${sql.param(ids)}::uuid[]))
    ),
    -- 2. whoever is called like them elsewhere
    same as (
      select own.of, other.id, other.merged_into_id, 1 as rank
      from own join actors other on other.workspace_id = ${workspaceId} and other.identifier = own.identifier
        and other.backend_id <> own.backend_id and other.type in ('CONTACT', 'VISITOR')
      where own.identifier <> ''
      union all
      select own.of, other.id, other.merged_into_id, 2
      from own join searchable_actors other on other.workspace_id = ${workspaceId} and lower(other.email) = own.email
        and other.backend_id <> own.backend_id and other.type in ('CONTACT', 'VISITOR')
      where own.email <> '' and ${isVerified('own', workspaceId)} and ${isVerified('other', workspaceId)}
    )
    -- 3. each once, the surest first
    select of, id from (
      select of, coalesce(merged_into_id, id) as id, min(rank) as rank,
        row_number() over (partition by of order by min(rank), coalesce(merged_into_id, id)) as place
      from same group by of, coalesce(merged_into_id, id)
    ) linked
    where place <= ${mostLinks} order by of, place`)
  return ids.map((id) => rows.filter(({ of }) => of === id).map((row) => row.id))
})

function isVerified(contact: 'own' | 'other', workspaceId: string) {
  const row = sql.raw(contact)
  return sql`(coalesce(${row}.is_identity_verified, false) or exists (
    select from (
      select id from tickets where workspace_id = ${workspaceId} and requester_id = ${row}.id
      order by last_activity_at desc limit ${ticketsLookedAt}
    ) latest
    join messages m on m.workspace_id = ${workspaceId} and m.ticket_id = latest.id and m.sender_id = ${row}.id
      and m.direction = 'INBOUND'
    join email_addresses address on address.workspace_id = ${workspaceId} and address.message_id = m.id
      and address.direction = 'FROM' and lower(address.email) = lower(${row}.email)
  ))`
}

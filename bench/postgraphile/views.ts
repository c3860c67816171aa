/**
 * What PostGraphile is shown of a database: one workspace, and of each table what the queries ask for. Postgres takes
 * such views apart, so every index of the tables serves them, as it would serve a statement written by hand.
 */
import { onDatabase } from '../data/database.ts'
import { workspaceId } from '../data/rows.ts'
import { viewsSchema } from './queries.ts'

type View = {
  name: string
  sql: string
  /** Smart tags: what PostGraphile would read from a table's constraints. https://postgraphile.org/postgraphile/5/smart-tags */
  tags: string[]
  /** Only where all columns of an order are not null it compares them as one, which an index can answer. */
  notNull?: string[]
}

const ws = `'${workspaceId}'::uuid`
const toTicket = (fieldName: string) => `@foreignKey (ticket_id) references tickets (id)|@foreignFieldName ${fieldName}`
const toMessage = (fieldName: string) =>
  `@foreignKey (message_id) references messages (id)|@foreignFieldName ${fieldName}`

const views: View[] = [
  {
    name: 'actors',
    sql: `select id, display_name, avatar_url, email from public.actors where workspace_id = ${ws}`,
    tags: ['@primaryKey id'],
  },
  {
    name: 'tickets',
    // What our lists leave out it leaves out everywhere.
    sql: `
      select id, number, subject, status, priority, created_at, updated_at, assignee_id, requester_id
      from public.tickets
      where workspace_id = ${ws} and not is_recycled and not is_spam and merged_into_id is null
        and merged_into_external_id is null and vanished_at is null`,
    tags: [
      '@primaryKey id',
      '@foreignKey (assignee_id) references actors (id)|@fieldName assignee',
      '@foreignKey (requester_id) references actors (id)|@fieldName requester',
    ],
    notNull: ['updated_at'],
  },
  {
    name: 'ticket_tags',
    sql: `
      select ticket_id, tags.id, name, color
      from public.ticket_tags join public.tags on tags.workspace_id = ${ws} and tags.id = tag_id
      where ticket_tags.workspace_id = ${ws}`,
    tags: ['@primaryKey ticket_id,id', toTicket('tags')],
  },
  {
    name: 'conversations',
    sql: `select id, ticket_id, type, status, created_at from public.conversations where workspace_id = ${ws}`,
    tags: ['@primaryKey id', toTicket('conversations')],
    notNull: ['created_at'],
  },
  {
    name: 'messages',
    sql: `
      select id, ticket_id, conversation_id, sequence, direction, at, preview, body_text, sender_id
      from public.messages where workspace_id = ${ws} and type <> 'SUGGESTED_REPLY'`,
    tags: [
      '@primaryKey id',
      toTicket('messages'),
      '@foreignKey (conversation_id) references conversations (id)|@foreignFieldName messages',
      '@foreignKey (sender_id) references actors (id)|@fieldName sender',
    ],
    notNull: ['at', 'sequence'],
  },
  {
    name: 'public_messages',
    sql: `
      select id, ticket_id, sequence, direction, at, preview from public.messages
      where workspace_id = ${ws} and type <> 'SUGGESTED_REPLY' and direction <> 'SYSTEM' and not is_internal`,
    tags: ['@primaryKey id', toTicket('publicMessages')],
    notNull: ['at', 'sequence'],
  },
  {
    name: 'attachments',
    sql: `
      select id, message_id, name, content_type, size_bytes, status from public.attachments where workspace_id = ${ws}`,
    tags: ['@primaryKey id', toMessage('attachments')],
  },
  {
    name: 'email_addresses',
    sql: `
      select message_id, position, direction, email, name from public.email_addresses where workspace_id = ${ws}`,
    tags: ['@primaryKey message_id,position', toMessage('emailAddresses')],
  },
]

/** Makes the views, in a schema of their own; the tables stay as they are. */
export async function makeViews(connectionString: string): Promise<void> {
  const statements = views.flatMap(({ name, sql, tags, notNull = [] }) => [
    `create view ${viewsSchema}.${name} as ${sql}`,
    `comment on view ${viewsSchema}.${name} is ${text(tags.join('\n'))}`,
    ...notNull.map((column) => `comment on column ${viewsSchema}.${name}.${column} is '@notNull'`),
  ])
  await onDatabase(connectionString, (client) =>
    client.query(
      [`drop schema if exists ${viewsSchema} cascade`, `create schema ${viewsSchema}`, ...statements].join(';\n'),
    ),
  )
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

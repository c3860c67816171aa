/**
 * The four queries: what a client asks of us, and beside it the statement by which the bare server answers the same.
 * Every request has values of its own, so that nothing can be answered from a cache.
 */
import { workspaceId } from './data/rows.ts'

/**
 * A ticket drawn for a request. `cursor` is its place in the inbox ordered by `updatedAt`, latest first, and
 * `postgraphileCursor` the same place in the words of PostGraphile; empty when that is not measured.
 */
export type Sample = {
  nodeId: string
  id: string
  status: string
  updatedAt: string
  cursor: string
  postgraphileCursor: string
}

export type Query = {
  name: string
  title: string
  document: string
  /** Makes the JSON of `data`, as text; ids are bare UUIDs there. */
  statement: string
  /** What differs from request to request: for us, and the same for the statement. */
  values(sample: Sample): { variables: Record<string, unknown>; parameters: string[] }
}

const ws = `'${workspaceId}'::uuid`
/** What a list of tickets leaves out unless asked. */
const shown = `not is_recycled and not is_spam and merged_into_id is null and merged_into_external_id is null
  and vanished_at is null`

const inboxDocument = `
  query Inbox($status: TicketStatus!, $after: String) {
    tickets(
      filter: { status: [$status] }, orderBy: [{ field: UPDATED_AT, direction: DESC }], first: 50, after: $after
    ) {
      nodes {
        id number subject status priority updatedAt
        assignee { ... on Actor { id displayName avatarUrl } }
        requester { id displayName ... on Contact { email } }
        tags { id name color }
        lastMessage { id direction at body { plainPreview } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`

const inboxStatement = (place: string) => `
  -- 1. the page, and one more that tells whether there is more
  with found as materialized (
    select id, number, subject, status, priority, updated_at, assignee_id, requester_id from tickets
    where workspace_id = ${ws} and status = $1 and ${shown} ${place}
    order by updated_at desc, id desc limit 51
  ), page as materialized (select * from found order by updated_at desc, id desc limit 50)
  -- 2. everything about each
  select json_build_object('tickets', json_build_object(
    'nodes', (
      select coalesce(json_agg(json_build_object(
        'id', t.id, 'number', t.number, 'subject', t.subject, 'status', t.status, 'priority', t.priority,
        'updatedAt', t.updated_at,
        'assignee', case when a.id is not null
          then json_build_object('id', a.id, 'displayName', a.display_name, 'avatarUrl', a.avatar_url) end,
        'requester', json_build_object('id', r.id, 'displayName', r.display_name, 'email', r.email),
        'tags', tags.list, 'lastMessage', newest.message
      ) order by t.updated_at desc, t.id desc), '[]')
      from page t
      left join actors a on a.workspace_id = ${ws} and a.id = t.assignee_id
      left join actors r on r.workspace_id = ${ws} and r.id = t.requester_id
      cross join lateral (
        select coalesce(
          json_agg(json_build_object('id', tags.id, 'name', name, 'color', color) order by name, tags.id), '[]') as list
        from ticket_tags join tags on tags.workspace_id = ${ws} and tags.id = tag_id
        where ticket_tags.workspace_id = ${ws} and ticket_id = t.id
      ) tags
      left join lateral (
        select json_build_object(
          'id', id, 'direction', direction, 'at', at, 'body', json_build_object('plainPreview', preview)) as message
        from messages
        where workspace_id = ${ws} and ticket_id = t.id and type <> 'SUGGESTED_REPLY' and direction <> 'SYSTEM'
          and not is_internal
        order by at desc, sequence desc, id desc limit 1
      ) newest on true
    ),
    'pageInfo', json_build_object(
      'hasNextPage', (select count(*) > 50 from found),
      'endCursor', (select json_build_array(updated_at, id) from page order by updated_at, id limit 1)
    )))::text as data`

/** The messages of \`owner\`, at most \`limit\`, as a lateral table \`thread(list)\`. */
const thread = (fields: string, owner: string, limit: number) => `
  cross join lateral (
    select coalesce(json_agg(json_build_object(${fields}) order by m.at, m.sequence, m.id), '[]') as list
    from (
      select * from messages
      where workspace_id = ${ws} and ${owner} and type <> 'SUGGESTED_REPLY' order by at, sequence, id limit ${limit}
    ) m
    left join actors s on s.workspace_id = ${ws} and s.id = m.sender_id
  ) thread`

const filesOf = (fields: string) => `(
    select coalesce(json_agg(json_build_object(${fields}) order by f.id), '[]') from attachments f
    where m.attachment_count > 0 and f.workspace_id = ${ws} and f.message_id = m.id)`

export const queries: Query[] = [
  {
    name: 'Q1',
    title: 'inbox, first page',
    document: inboxDocument,
    statement: inboxStatement(''),
    values: ({ status }) => ({ variables: { status }, parameters: [status] }),
  },
  {
    name: 'Q1 later',
    title: 'inbox, a later page',
    document: inboxDocument,
    statement: inboxStatement('and (updated_at, id) < ($2::timestamptz, $3::uuid)'),
    values: ({ status, cursor, updatedAt, id }) => ({
      variables: { status, after: cursor },
      parameters: [status, updatedAt, id],
    }),
  },
  {
    name: 'Q2',
    title: 'ticket detail',
    document: `
      query Detail($id: ID!) {
        ticket(id: $id) {
          id number subject status priority createdAt updatedAt
          conversations(first: 20) {
            nodes {
              id type status
              messages(first: 50) {
                nodes {
                  id direction at body { text }
                  sender { id displayName }
                  attachments { id name contentType sizeBytes }
                  emailAddresses { direction email name }
                }
              }
            }
          }
        }
      }`,
    statement: `
      select json_build_object('ticket', (
        select json_build_object(
          'id', t.id, 'number', number, 'subject', subject, 'status', status, 'priority', priority,
          'createdAt', created_at, 'updatedAt', updated_at, 'conversations', json_build_object('nodes', threads.list))
        from tickets t
        cross join lateral (
          select coalesce(json_agg(json_build_object(
            'id', c.id, 'type', c.type, 'status', c.status, 'messages', json_build_object('nodes', thread.list)
          ) order by c.created_at, c.id), '[]') as list
          from (
            select * from conversations where workspace_id = ${ws} and ticket_id = t.id order by created_at, id limit 20
          ) c ${thread(
            `'id', m.id, 'direction', m.direction, 'at', m.at, 'body', json_build_object('text', m.body_text),
             'sender', case when s.id is not null then json_build_object('id', s.id, 'displayName', s.display_name) end,
             'attachments', ${filesOf(`'id', f.id, 'name', f.name, 'contentType', f.content_type,
               'sizeBytes', f.size_bytes`)},
             'emailAddresses', (
               select coalesce(json_agg(
                 json_build_object('direction', e.direction, 'email', e.email, 'name', e.name) order by e.position
               ), '[]')
               from email_addresses e where e.workspace_id = ${ws} and e.message_id = m.id)`,
            'conversation_id = c.id',
            50,
          )}
        ) threads
        where t.workspace_id = ${ws} and t.id = $1))::text as data`,
    values: ({ nodeId, id }) => ({ variables: { id: nodeId }, parameters: [id] }),
  },
  {
    name: 'Q3',
    title: 'point look-up',
    document: 'query Point($id: ID!) { ticket(id: $id) { id number subject status updatedAt } }',
    statement: `
      select json_build_object('ticket', (
        select json_build_object(
          'id', id, 'number', number, 'subject', subject, 'status', status, 'updatedAt', updated_at)
        from tickets where workspace_id = ${ws} and id = $1))::text as data`,
    values: ({ nodeId, id }) => ({ variables: { id: nodeId }, parameters: [id] }),
  },
  {
    name: 'Q4',
    title: 'worst nesting',
    document: `
      query Nested($after: String!) {
        tickets(orderBy: [{ field: UPDATED_AT, direction: DESC }], first: 50, after: $after) {
          nodes {
            id subject
            messages(first: 10) {
              nodes { id direction at body { plainPreview } attachments { id name sizeBytes status } }
            }
          }
        }
      }`,
    statement: `
      select json_build_object('tickets', json_build_object('nodes', (
        select coalesce(json_agg(json_build_object(
          'id', t.id, 'subject', t.subject, 'messages', json_build_object('nodes', thread.list)
        ) order by t.updated_at desc, t.id desc), '[]')
        from (
          select id, subject, updated_at from tickets
          where workspace_id = ${ws} and ${shown} and (updated_at, id) < ($1::timestamptz, $2::uuid)
          order by updated_at desc, id desc limit 50
        ) t ${thread(
          `'id', m.id, 'direction', m.direction, 'at', m.at, 'body', json_build_object('plainPreview', m.preview),
           'attachments', ${filesOf(`'id', f.id, 'name', f.name, 'sizeBytes', f.size_bytes, 'status', f.status`)}`,
          'ticket_id = t.id',
          10,
        )})))::text as data`,
    values: ({ cursor, updatedAt, id }) => ({ variables: { after: cursor }, parameters: [updatedAt, id] }),
  },
]

/**
 * The rows, as set-based SQL that makes the same ones every time: five backends, 200 agents, a contact for every four
 * tickets, ten messages a ticket, files on 15 % of the messages, mail addresses on the 30 % that are e-mails. `raw`
 * stays empty: Postgres would keep it out of line, where no query of this benchmark looks.
 */
export const workspaceId = '01960000-0000-7000-8000-000000000000'
export const messagesPerTicket = 10

export type Filling = { table: string; sql: string }

/** What the statements below are written with; for one session. */
export const vocabulary = `
  -- An id made from a number: in the order of creation, as a real UUIDv7 would be.
  create or replace function pg_temp.id_of(kind text, number bigint) returns uuid immutable language sql as $$
    select ('01960000-' || case kind
      when 'backend' then '0001' when 'channel' then '0002' when 'account' then '0003' when 'agent' then '0004'
      when 'contact' then '0005' when 'tag' then '0006' when 'ticket' then '0007' when 'conversation' then '0008'
      when 'message' then '0009' when 'file' then '000a'
      when 'mention' then '000b' when 'event' then '000c' end || '-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid
  $$;
  -- A number below \`bound\` that looks random but follows from \`number\`; another series for another \`seed\`.
  create or replace function pg_temp.drawn(number bigint, seed bigint, bound bigint) returns bigint
  immutable language sql as $$
    select (hashint8extended(number, seed) & 9223372036854775807) % bound
  $$`

/** As `pg_temp.id_of` makes them. */
export function idOf(kind: 'agent' | 'tag', number: number): string {
  const word = { agent: '0004', tag: '0006' }[kind]
  return `01960000-${word}-7000-8000-${number.toString(16).padStart(12, '0')}`
}

/** Up to three for each ticket: the trigger that copies them to its row does not run here, so they are drawn twice. */
const tagsOf = (n: string) => `(
  select pg_temp.id_of('tag', ${n} % 5 + 5 * ((pg_temp.drawn(${n}, 14, 8) + place) % 8)) as id
  from generate_series(1, pg_temp.drawn(${n}, 15, 4)) as place) as tagged`

/** In the order of the foreign keys. `bench_texts(page, body)` holds the texts. */
export function fillings({ ticketCount, textCount }: { ticketCount: number; textCount: number }): Filling[] {
  const contactCount = Math.ceil(ticketCount / 20) * 5
  const ws = `'${workspaceId}'::uuid`
  return [
    { table: 'workspaces', sql: `insert into workspaces (id, key, name) values (${ws}, 'bench', 'Benchmark')` },
    {
      table: 'backends',
      sql: `
        insert into backends (workspace_id, id, key, name, vendor)
        select ${ws}, pg_temp.id_of('backend', n), 'bench-' || n, 'Help desk ' || n,
          (array['chatwoot', 'onebox', 'comm100', 'alibaba', 'deskhero'])[n + 1]
        from generate_series(0, 4) as series(n)`,
    },
    {
      table: 'backend_syncs',
      sql: `
        insert into backend_syncs (workspace_id, backend_id, state, last_synced_at)
        select workspace_id, id, 'LIVE', now() from backends`,
    },
    {
      table: 'channels',
      sql: `
        insert into channels (workspace_id, id, backend_id, external_id, type, name)
        select ${ws}, pg_temp.id_of('channel', n), pg_temp.id_of('backend', n / 3), n, type, initcap(type)
        from generate_series(0, 14) as series(n),
        lateral (select (array['EMAIL', 'LIVE_CHAT', 'WHATSAPP'])[n % 3 + 1] as type) of`,
    },
    {
      table: 'channel_accounts',
      sql: `
        insert into channel_accounts (workspace_id, id, backend_id, channel_id, external_id, name, address)
        select ${ws}, pg_temp.id_of('account', n), pg_temp.id_of('backend', n / 3), pg_temp.id_of('channel', n), n,
          'Account ' || n, case when n % 3 = 0 then 'support-' || n / 3 || '@example.com' end
        from generate_series(0, 14) as series(n)`,
    },
    {
      table: 'tags',
      sql: `
        insert into tags (workspace_id, id, backend_id, external_id, name, color)
        select ${ws}, pg_temp.id_of('tag', n), pg_temp.id_of('backend', n % 5), n, 'tag ' || n, '#6b7280'
        from generate_series(0, 39) as series(n)`,
    },
    {
      table: 'actors',
      sql: `
        insert into actors (workspace_id, id, backend_id, type, external_id, display_name, email, avatar_url, role)
        select ${ws}, pg_temp.id_of('agent', n), pg_temp.id_of('backend', n % 5), 'AGENT', n, 'Agent ' || n,
          'agent-' || n || '@example.com', 'https://example.com/avatars/' || n || '.png', 'agent'
        from generate_series(0, 199) as series(n)`,
    },
    {
      table: 'actors',
      sql: `
        insert into actors (workspace_id, id, backend_id, type, external_id, display_name, email, phone, language,
          identities)
        select ${ws}, pg_temp.id_of('contact', n), pg_temp.id_of('backend', n % 5), 'CONTACT', n,
          initcap(split_part(body, ' ', 2)) || ' ' || initcap(split_part(body, ' ', 3)), email, '+49' || 1000000 + n,
          (array['en', 'en', 'de', 'pt', 'zh'])[pg_temp.drawn(n, 1, 5) + 1],
          jsonb_build_array(jsonb_build_object('channelType', 'EMAIL', 'value', email, 'isPrimary', true))
        from generate_series(0, ${contactCount - 1}) as series(n)
        join bench_texts on page = n % ${textCount},
        lateral (select 'contact-' || n || '@example.org' as email) known`,
    },
    {
      table: 'tickets',
      sql: `
        insert into tickets (workspace_id, id, backend_id, external_id, number, subject, status, status_detail,
          priority, requester_id, assignee_id, created_by_id, last_replied_by_id, channel_id, channel_account_id,
          read_state_source, is_read_by_agent, is_read_by_contact, is_spam, is_recycled, message_count, preview, tag_ids,
          created_at, updated_at, last_activity_at, fetched_at, content_hash)
        select ${ws}, pg_temp.id_of('ticket', n), pg_temp.id_of('backend', n % 5), n, 'T' || n,
          left(replace(body, E'\\n', ' '), 20 + pg_temp.drawn(n, 2, 60)::int), status,
          jsonb_build_object('raw', lower(status), 'label', initcap(status)),
          (array['LOW', 'NORMAL', 'NORMAL', 'NORMAL', 'HIGH', 'URGENT'])[pg_temp.drawn(n, 3, 6) + 1], requester_id,
          case when pg_temp.drawn(n, 4, 10) < 8 then agent_id end, requester_id, agent_id,
          pg_temp.id_of('channel', n % 5 * 3 + channel), pg_temp.id_of('account', n % 5 * 3 + channel), 'VENDOR',
          pg_temp.drawn(n, 5, 10) < 9, true, pg_temp.drawn(n, 6, 100) < 2, pg_temp.drawn(n, 7, 100) < 2,
          ${messagesPerTicket},
          btrim(left(regexp_replace(left(body, 180), '\\s+', ' ', 'g'), 150)),
          array(select id from ${tagsOf('n')} order by id), created_at, updated_at, updated_at, updated_at, md5(n::text)
        from generate_series(0, ${ticketCount - 1}) as series(n)
        join bench_texts on page = pg_temp.drawn(n, 8, ${textCount}),
        lateral (
          -- 1. how far it is: most are done
          select case when drawn < 62 then 'RESOLVED' when drawn < 78 then 'PENDING_EXTERNAL'
            when drawn < 90 then 'PENDING_INTERNAL' when drawn < 96 then 'NEW' when drawn < 99 then 'ON_HOLD'
            else 'UNKNOWN' end as status
          from pg_temp.drawn(n, 9, 100)
        ) state,
        lateral (
          -- 2. who and where: people of the same help desk, three in ten by e-mail
          select pg_temp.id_of('contact', n % 5 + 5 * pg_temp.drawn(n, 10, ${contactCount / 5})) as requester_id,
            pg_temp.id_of('agent', n % 5 + 5 * pg_temp.drawn(n, 11, 40)) as agent_id,
            case when drawn < 30 then 0 when drawn < 70 then 1 else 2 end as channel
          from pg_temp.drawn(n, 12, 100)
        ) people,
        lateral (
          -- 3. when: two years up to the last of October, changed within a month
          select created_at, created_at + pg_temp.drawn(n, 13, 2592000000) * interval '1 ms' as updated_at
          from (
            select '2026-10-31'::timestamptz - (${ticketCount} - n) * interval '2 years' / ${ticketCount} as created_at
          ) opened
        ) times`,
    },
    {
      table: 'ticket_tags',
      sql: `
        insert into ticket_tags (workspace_id, ticket_id, tag_id)
        select ${ws}, pg_temp.id_of('ticket', n), id from generate_series(0, ${ticketCount - 1}) as series(n), lateral ${tagsOf('n')}`,
    },
    {
      table: 'conversations',
      sql: `
        insert into conversations (workspace_id, id, backend_id, ticket_id, external_id, type, status, status_detail,
          channel_id, channel_account_id, contact_id, assignee_id, message_count, last_activity_at, created_at,
          updated_at, content_hash)
        select workspace_id, pg_temp.id_of('conversation', external_id::int8 * 2 + half), backend_id, id,
          external_id::int8 * 2 + half, 'REPLY_INBOUND', status, status_detail, channel_id, channel_account_id,
          requester_id, assignee_id,
          ${messagesPerTicket} / count, updated_at, created_at + half * interval '1 hour', updated_at, content_hash
        from tickets,
        lateral (select case when pg_temp.drawn(external_id::int8, 16, 5) = 0 then 2 else 1 end as count) size,
        generate_series(0, count - 1) as half
        order by id`,
    },
    {
      table: 'messages',
      sql: `
        insert into messages (workspace_id, id, backend_id, ticket_id, conversation_id, external_id, sequence, type,
          direction, content_type, sender_id, is_internal, channel_id, channel_account_id, at, sent_at, created_at,
          updated_at, created_by_id, attachment_count, preview, read_minutes, body_text, body_html, body_html_clean,
          cleaned_by, content_hash)
        select t.workspace_id, pg_temp.id_of('message', m), t.backend_id, t.id,
          pg_temp.id_of('conversation', n * 2 +
            case when pg_temp.drawn(n, 16, 5) = 0 then place * 2 / ${messagesPerTicket} else 0 end),
          m, place, kind.type, kind.direction, case when is_mail then 'HTML' else 'TEXT' end, sender_id,
          kind.direction = 'INTERNAL', t.channel_id, t.channel_account_id, at, at, at, at, sender_id,
          case when pg_temp.drawn(m, 17, 100) < 15 then 1 + pg_temp.drawn(m, 18, 4) / 3 else 0 end,
          btrim(left(regexp_replace(left(text, 220), '\\s+', ' ', 'g'), 190)), 1 + length(text) / 1200, text,
          html, html, case when is_mail then 1 end, md5(m::text)
        from tickets t
        cross join generate_series(0, ${messagesPerTicket - 1}) as place
        cross join lateral (
          select t.external_id::int8 as n, t.external_id::int8 * ${messagesPerTicket} + place as m
        ) number
        cross join lateral (
          select case when place = 0 or drawn < 45 then 'in' when drawn < 85 then 'out' when drawn < 95 then 'note'
            else 'line' end as word
          from pg_temp.drawn(m, 19, 100)
        ) what
        join (values ('in', 'REPLY_INBOUND', 'INBOUND'), ('out', 'REPLY_OUTBOUND', 'OUTBOUND'),
          ('note', 'NOTE_PRIVATE', 'INTERNAL'), ('line', 'REPLY_OUTBOUND', 'SYSTEM')) as kind(word, type, direction)
          using (word)
        join bench_texts on page = pg_temp.drawn(m, 20, ${textCount})
        cross join lateral (
          select is_mail, 'Ticket ' || n || ': ' || body as text,
            case when is_mail
              then '<div><p>Ticket ' || n || ': ' || replace(body, E'\\n\\n', '</p><p>') || '</p></div>' end as html,
            t.created_at + place * (t.updated_at - t.created_at) / ${messagesPerTicket} as at,
            case kind.direction when 'INBOUND' then t.requester_id when 'SYSTEM' then null
              else t.last_replied_by_id end as sender_id
          from (select t.channel_id = pg_temp.id_of('channel', n % 5 * 3) as is_mail) channel
        ) made`,
    },
    {
      table: 'attachments',
      sql: `
        insert into attachments (workspace_id, id, backend_id, ticket_id, message_id, external_id, name, content_type,
          kind, size_bytes, status, created_at)
        select workspace_id, pg_temp.id_of('file', external_id::int8 * 2 + place), backend_id, ticket_id, id,
          external_id::int8 * 2 + place, 'file-' || external_id || '.png', 'image/png', 'IMAGE',
          pg_temp.drawn(external_id::int8, 21, 5000000), 'OK', at
        from messages, generate_series(1, attachment_count) as place
        where attachment_count > 0 order by external_id::int8`,
    },
    {
      table: 'email_addresses',
      sql: `
        insert into email_addresses (workspace_id, message_id, position, direction, email, name)
        select m.workspace_id, m.id, place, part,
          case when (m.direction = 'INBOUND') = (part = 'FROM') then person.email else account.address end,
          person.display_name
        from messages m
        join channel_accounts account on account.workspace_id = m.workspace_id and account.id = m.channel_account_id
        join actors person on person.workspace_id = m.workspace_id and person.id = m.sender_id
        cross join unnest(array['FROM', 'TO', 'CC']) with ordinality as address(part, place)
        where account.address is not null and m.direction in ('INBOUND', 'OUTBOUND')
          and (part <> 'CC' or pg_temp.drawn(m.external_id::int8, 22, 5) = 0)`,
    },
    {
      // Triggers do not run while the rows are made.
      table: 'search_terms',
      sql: `
        insert into search_terms (workspace_id, word)
        select workspace_id, term from tickets, search_terms_of(subject) as term
        union select workspace_id, term from actors, search_terms_of(display_name) as term`,
    },
  ]
}

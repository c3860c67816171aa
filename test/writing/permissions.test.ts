/** `viewerCan` says beforehand what the mutations answer: walked over every vendor, permission, state and role. */
import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import type { Db } from '#platform/db/client.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { openLanguages } from '#platform/language/languages.ts'
import { schema } from '../../src/schema.ts'
import { openTestGateway } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'

const { db, workspaceId, ask: askGateway, statementsDuring } = await serveBuiltIn()

type Permission = { allowed: boolean; reason: string | null; explanation: string | null }
type Ask = (query: string, variables?: object) => Promise<{ data: never; errors?: unknown }>
type Row = Record<string, unknown> & { id: string }

/** Runs work on a copy of everything: what it does is rolled back. */
async function onCopy(within: Db, work: (tx: Db) => Promise<void>): Promise<void> {
  const undone = new Error('undone')
  await within
    .transaction(async (tx) => {
      await work(tx)
      throw undone
    })
    .catch((error) => {
      if (error !== undone) throw error
    })
}

const program: Viewer = { workspaceId, actorId: null, role: 'ADMIN', scopes: usualScopes('ADMIN'), tokenName: 'walker' }

const languages = openLanguages({
  detector: openLanguageDetector(),
  deskOf: () => null,
  translator: {
    ...{ key: 'echo', name: 'Echo', detects: true, check: async () => '' },
    translate: async ({ text }) => ({ text: `translated: ${text}`, from: null }),
  },
})

// One gateway for all: on whatever copy, and for whatever viewer, is being walked.
let walked: { tx: Db; viewer: Viewer } = { tx: db, viewer: program }
const ofWalked = new Proxy(db, { get: (_, name) => Reflect.get(walked.tx, name, walked.tx) })
const gateway = await openTestGateway(ofWalked, { workspaceId, authenticate: () => walked.viewer, languages })
afterAll(() => gateway.close())

async function asViewer(tx: Db, viewer: Viewer, work: (ask: Ask) => Promise<void>): Promise<void> {
  const before = walked
  walked = { tx, viewer }
  try {
    await work(gateway.ask as Ask)
  } finally {
    walked = before
  }
}

async function first(tx: Db, query: ReturnType<typeof sql>): Promise<Row | null> {
  return ((await tx.execute(query)).rows[0] as Row | undefined) ?? null
}

type Subject = { ticket: Row; other: Row; tag: Row; agent: Row | null; backendId: string; vendor: string }

async function subjectOf(tx: Db, vendor: string): Promise<Subject> {
  const backend = (await first(tx, sql`select id from backends where vendor = ${vendor}`)) as Row
  const { rows } = await tx.execute(sql`
    select * from tickets where backend_id = ${backend.id} and not is_recycled and not is_spam and vanished_at is null
      and merged_into_id is null and merged_into_external_id is null
      and not exists (select from tickets merged where merged.merged_into_id = tickets.id)
      and exists (select from messages m where m.ticket_id = tickets.id and direction = 'INBOUND')
      and exists (select from messages m where m.ticket_id = tickets.id and direction = 'OUTBOUND')
      and not exists (select from conversations c where c.ticket_id = tickets.id and not can_reply)
    order by (select count(distinct type || direction) from messages m where m.ticket_id = tickets.id) desc, id limit 2`)
  const agent = await first(
    tx,
    sql`select id from actors where backend_id = ${backend.id} and type = 'AGENT' and is_active
      and id is distinct from ${(rows[0] as { assignee_id: string | null }).assignee_id}::uuid order by id limit 1`,
  )
  const tag = await first(
    tx,
    sql`insert into tags (workspace_id, id, backend_id, external_id, name)
      values (${workspaceId}, gen_random_uuid(), ${backend.id}, 'walked', 'walked') returning id`,
  )
  return { ticket: rows[0] as Row, other: rows[1] as Row, tag: tag as Row, agent, backendId: backend.id, vendor }
}

// ------------------------------------------------------------------ attempts

const failures = 'errors { __typename code message path }'
type Outcome = { errors: { code: string; message: string; path: string[] | null }[] }

/** What a mutation answers: its first error, or null. */
async function attempt(ask: Ask, mutation: string, type: string, input: object): Promise<Outcome['errors'][0] | null> {
  const document = `mutation ($input: ${type}!) { result: ${mutation}(input: $input) { ${failures} } }`
  const { data, errors } = await ask(document, { input })
  expect(errors, `${mutation} ${JSON.stringify(input)}`).toBeUndefined()
  return (data as { result: Outcome }).result.errors[0] ?? null
}

type Try = (ask: Ask, subject: Subject, viewer: Viewer) => ReturnType<typeof attempt>
const ticketActions: Record<string, Try> = {
  update: (ask, { ticket }) =>
    attempt(ask, 'ticketUpdate', 'TicketUpdateInput', { id: idOf(ticket), patch: { isSpam: true } }),
  reply: (ask, { ticket }, { role }) =>
    attempt(ask, 'messageSend', 'MessageSendInput', {
      ticketId: idOf(ticket),
      entry: { type: role === 'CONTACT' ? 'REPLY_INBOUND' : 'REPLY_OUTBOUND', body: { text: 'A try.' } },
    }),
  addNote: (ask, { ticket }) =>
    attempt(ask, 'noteAdd', 'NoteAddInput', { ticketId: idOf(ticket), body: { text: 'A try.' } }),
  assign: (ask, { ticket, agent }) =>
    attempt(ask, 'ticketUpdate', 'TicketUpdateInput', {
      id: idOf(ticket),
      patch: { assignee: agent && { id: nodeIdOf('Agent', agent.id) } },
    }),
  tag: (ask, { ticket, tag }) =>
    attempt(ask, 'ticketTag', 'TicketTagInput', { ids: [idOf(ticket)], addTagIds: [nodeIdOf('Tag', tag.id)] }),
  merge: (ask, { ticket, other }) =>
    attempt(ask, 'ticketMerge', 'TicketMergeInput', { targetId: idOf(ticket), sourceIds: [idOf(other)] }),
  recycle: (ask, { ticket }) => attempt(ask, 'ticketRecycle', 'TicketActionInput', { id: idOf(ticket) }),
  restore: (ask, { ticket }) => attempt(ask, 'ticketRestore', 'TicketActionInput', { id: idOf(ticket) }),
  delete: (ask, { ticket }) =>
    attempt(ask, 'ticketDelete', 'TicketDeleteInput', { id: idOf(ticket), skipRecycleBin: true }),
  markRead: (ask, { ticket }, { role }) =>
    attempt(ask, 'ticketMarkUnread', 'TicketReadInput', {
      ids: [idOf(ticket)],
      side: role === 'CONTACT' ? 'CONTACT' : 'AGENT',
    }),
}

const messageActions: Record<string, (ask: Ask, message: Row) => ReturnType<typeof attempt>> = {
  /** Which part can be changed only the attempt tells. */
  async edit(ask, message) {
    const id = nodeIdOf('Message', message.id)
    const tries = [{ body: { text: 'Changed.' } }, { isInternal: !message.is_internal }]
    const results = await Promise.all(
      tries.map((said) => attempt(ask, 'messageUpdate', 'MessageUpdateInput', { id, ...said })),
    )
    return results.includes(null) ? null : (results[0] as Outcome['errors'][0])
  },
  delete: (ask, { id }) => attempt(ask, 'messageDelete', 'MessageActionInput', { id: nodeIdOf('Message', id) }),
  resend: (ask, { id }) => attempt(ask, 'messageResend', 'MessageActionInput', { id: nodeIdOf('Message', id) }),
  forward: (ask, { id }) =>
    attempt(ask, 'messageForward', 'MessageForwardInput', {
      messageId: nodeIdOf('Message', id),
      to: [{ email: 'carol@example.com', direction: 'TO' }],
    }),
  translate: (ask, { id }) =>
    attempt(ask, 'messageTranslate', 'MessageTranslateInput', { id: nodeIdOf('Message', id), to: 'cy' }),
}

const tries = Object.entries(ticketActions).filter(
  ([name]) => name !== 'delete' || schema.getMutationType()?.getFields().ticketDelete,
)
const idOf = ({ id }: Row) => nodeIdOf('Ticket', id)

/** A fingerprint of all that counts as done. */
async function stateOf(tx: Db): Promise<string> {
  const row = await first(
    tx,
    sql`select (select sum(version) || ' ' || count(*) from tickets) || (select count(*) from deliveries)
      || (select count(*) from message_translations) as id`,
  )
  return row?.id ?? ''
}

// ------------------------------------------------------------------ the walk

const fields = '{ allowed reason explanation }'
const askTicket = `query ($id: ID!) { ticket(id: $id) { viewerCan { ${Object.keys(ticketActions).map((name) => `${name} ${fields}`)} } } }`
const askMessage = `query ($id: ID!) { message(id: $id) { viewerCan { ${Object.keys(messageActions).map((name) => `${name} ${fields}`)} } } }`

const counted = { allowed: 0, refused: 0 }

async function compare(
  tx: Db,
  {
    viewer,
    label,
    permissions,
    actions,
  }: {
    viewer: Viewer
    label: string
    permissions: Record<string, Permission>
    actions: Record<string, (ask: Ask) => ReturnType<typeof attempt>>
  },
): Promise<void> {
  for (const [name, run] of Object.entries(actions)) {
    const said = permissions[name] as Permission
    await onCopy(tx, async (copy) => {
      const before = await stateOf(copy)
      let problem = null as Awaited<ReturnType<typeof attempt>>
      await asViewer(copy, viewer, async (ask) => {
        problem = await run(ask)
      })
      const isDone = problem === null && (await stateOf(copy)) !== before
      const what = `${label} ${name}: ${JSON.stringify(said)} but ${JSON.stringify(problem)}`
      expect(isDone, what).toBe(said.allowed)
      if (said.allowed) counted.allowed += 1
      else {
        counted.refused += 1
        expect(said.reason && said.explanation, what).toBeTruthy()
        // Somebody else's ticket looks like a missing one. What is done already does nothing, or says so.
        // Where there are two obstacles, either may be named.
        const named =
          problem?.code === 'UNSUPPORTED_BY_BACKEND' ? [said.reason, 'UNSUPPORTED_BY_BACKEND'] : [said.reason]
        if (problem && problem.code !== 'NOT_FOUND') expect(named, what).toContain(problem.code)
        if (problem === null) expect(said.reason, what).toBe('ALREADY_DONE')
      }
    })
  }
}

async function walkTicket(tx: Db, subject: Subject, label: string, viewer: Viewer = program) {
  let permissions: Record<string, Permission> = {}
  await asViewer(tx, viewer, async (ask) => {
    const { data, errors } = await ask(askTicket, { id: idOf(subject.ticket) })
    expect(errors).toBeUndefined()
    const { ticket } = data as { ticket: { viewerCan: typeof permissions } | null }
    const isOthers = viewer.role === 'CONTACT' && viewer.actorId !== subject.ticket.requester_id
    expect(ticket === null, label).toBe(isOthers)
    const hidden = { allowed: false, reason: 'FORBIDDEN', explanation: 'It looks like a missing one.' }
    permissions = ticket?.viewerCan ?? Object.fromEntries(tries.map(([name]) => [name, hidden]))
  })
  const actions = Object.fromEntries(tries.map(([name, run]) => [name, (ask: Ask) => run(ask, subject, viewer)]))
  await compare(tx, { viewer, label, permissions, actions })
}

async function walkMessage(tx: Db, message: Row, label: string, viewer: Viewer = program) {
  let permissions: Record<string, Permission> = {}
  await asViewer(tx, viewer, async (ask) => {
    const { data, errors } = await ask(askMessage, { id: nodeIdOf('Message', message.id) })
    expect(errors).toBeUndefined()
    permissions = (data as { message: { viewerCan: typeof permissions } }).message.viewerCan
  })
  const actions = Object.fromEntries(
    Object.entries(messageActions).map(([name, run]) => [name, (ask: Ask) => run(ask, message)]),
  )
  await compare(tx, { viewer, label, permissions, actions })
}

const vendors = ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox']

/** States a ticket can be in. */
const ticketStates: Record<string, (subject: Subject) => ReturnType<typeof sql>> = {
  'as it is': () => sql`select`,
  recycled: ({ ticket }) => sql`update tickets set is_recycled = true where id = ${ticket.id}`,
  vanished: ({ ticket }) => sql`update tickets set vanished_at = now() where id = ${ticket.id}`,
  merged: ({ ticket, other }) => sql`update tickets set merged_into_id = ${other.id} where id = ${ticket.id}`,
  'merged into one not copied': ({ ticket }) =>
    sql`update tickets set merged_into_external_id = '999' where id = ${ticket.id}`,
  'with another merged into it': ({ ticket, other }) =>
    sql`update tickets set merged_into_id = ${ticket.id} where id = ${other.id}`,
  'with a closed channel': ({ ticket }) =>
    sql`update conversations set can_reply = false where ticket_id = ${ticket.id}`,
  'of a backend without quota': ({ backendId }) => sql`
    update backends set health = 'QUOTA_EXHAUSTED',
      problem = '{"kind": "WAIT_FOR_QUOTA", "message": "No calls left.", "code": null, "requestId": null, "retryAt": null, "httpStatus": 429}'
    where id = ${backendId}`,
  'read and not yet at the help desk': ({ ticket }) =>
    sql`update tickets set external_id = 'deskgraph:' || id where id = ${ticket.id}`,
}

test.each(vendors)('what can be done with a ticket of %s', { timeout: 120_000 }, async (vendor) => {
  for (const [label, change] of Object.entries(ticketStates)) {
    await onCopy(db, async (tx) => {
      const subject = await subjectOf(tx, vendor)
      await tx.execute(sql`update tickets set is_read_by_agent = true where id = ${subject.ticket.id}`)
      await tx.execute(change(subject))
      if (label === 'with another merged into it') subject.other = subject.ticket
      if (label === 'with another merged into it') {
        // There is no third ticket to merge.
        await asViewer(tx, program, async (ask) => {
          const { data } = await ask(askTicket, { id: idOf(subject.ticket) })
          const { viewerCan } = (data as { ticket: { viewerCan: Record<string, Permission> } }).ticket
          const actions = Object.fromEntries(
            tries
              .filter(([name]) => name !== 'merge')
              .map(([name, run]) => [name, (other: Ask) => run(other, subject, program)]),
          )
          await compare(tx, { viewer: program, label: `${vendor} ${label}`, permissions: viewerCan, actions })
        })
      } else await walkTicket(tx, subject, `${vendor} ${label}`)
    })
  }
})

test.each(vendors)('what a customer can do with a ticket of %s', { timeout: 120_000 }, async (vendor) => {
  await onCopy(db, async (tx) => {
    const subject = await subjectOf(tx, vendor)
    await tx.execute(
      sql`update tickets set is_read_by_contact = true, is_read_by_agent = true where id = ${subject.ticket.id}`,
    )
    const own = {
      ...program,
      role: 'CONTACT',
      scopes: usualScopes('CONTACT'),
      actorId: subject.ticket.requester_id as string,
    } as const
    await walkTicket(tx, subject, `${vendor} own`, own)
    const stranger = await first(tx, sql`select id from actors where type = 'CONTACT' and id <> ${own.actorId} limit 1`)
    await walkTicket(tx, subject, `${vendor} of others`, { ...own, actorId: (stranger as Row).id })
    await walkTicket(tx, subject, `${vendor} nobody`, { ...own, actorId: null })
    const message = await first(
      tx,
      sql`select * from messages where ticket_id = ${subject.ticket.id} and type = 'REPLY_INBOUND' limit 1`,
    )
    await walkMessage(tx, message as Row, `${vendor} message`, own)
    for (const role of ['AGENT', 'INTEGRATION'] as const)
      await walkTicket(tx, subject, `${vendor} ${role}`, { ...program, role, scopes: usualScopes(role) })
  })
})

test('a customer writes in their own name only, now, and what is an answer to us', async () => {
  await onCopy(db, async (tx) => {
    const { ticket } = await subjectOf(tx, 'comm100')
    const actorId = ticket.requester_id as string
    const stranger = (await first(
      tx,
      sql`select id from actors where type = 'CONTACT' and id <> ${actorId} limit 1`,
    )) as Row
    await asViewer(tx, { ...program, role: 'CONTACT', scopes: usualScopes('CONTACT'), actorId }, async (ask) => {
      const own = { type: 'REPLY_INBOUND', body: { text: 'Hello?' } }
      const send = (entry: object) =>
        attempt(ask, 'messageSend', 'MessageSendInput', { ticketId: idOf(ticket), entry: { ...own, ...entry } })
      const forbidden = (field: string) => ({ code: 'FORBIDDEN', path: ['input', 'entry', field] })
      expect(await send({ type: 'REPLY_OUTBOUND' })).toMatchObject(forbidden('type'))
      expect(await send({ sender: { contactId: nodeIdOf('Contact', stranger.id) } })).toMatchObject(forbidden('sender'))
      expect(await send({ sender: { agentId: nodeIdOf('Agent', stranger.id) } })).toMatchObject(forbidden('sender'))
      expect(await send({ at: '2026-01-01T00:00:00Z' })).toMatchObject(forbidden('at'))
      expect(await send({ type: 'NOTE_PRIVATE' })).toMatchObject({ code: 'FORBIDDEN' })
      expect(await send({ sender: { contactId: nodeIdOf('Contact', actorId) } })).toBeNull()
      expect(await send({})).toBeNull()
      const written = await first(
        tx,
        sql`select * from messages where ticket_id = ${ticket.id} order by id desc limit 1`,
      )
      expect(written).toMatchObject({ direction: 'INBOUND', sender_id: actorId })
      const side = { ids: [idOf(ticket)], side: 'AGENT' }
      expect(await attempt(ask, 'ticketMarkRead', 'TicketReadInput', side)).toMatchObject({ code: 'FORBIDDEN' })
      const create = { ticketId: idOf(ticket), entries: [own] }
      expect(await attempt(ask, 'messagesCreate', 'MessagesCreateInput', create)).toMatchObject({ code: 'FORBIDDEN' })
    })
  })
})

test('a customer opens tickets in their own name only, and decides nothing about who answers', async () => {
  await onCopy(db, async (tx) => {
    const { ticket, agent, tag, backendId } = await subjectOf(tx, 'comm100')
    const actorId = ticket.requester_id as string
    const stranger = (await first(
      tx,
      sql`select id, email from actors where type = 'CONTACT' and email is not null and id <> ${actorId} limit 1`,
    )) as Row
    const own = { requester: { contactId: nodeIdOf('Contact', actorId) } }
    await asViewer(tx, { ...program, role: 'CONTACT', scopes: usualScopes('CONTACT'), actorId }, async (ask) => {
      const open = (more: object) =>
        attempt(ask, 'ticketCreate', 'TicketCreateInput', {
          ...{ backendId: nodeIdOf('Backend', backendId), subject: 'My own' },
          ...{ messages: [{ type: 'REPLY_INBOUND', body: { text: 'Hello?' } }], ...own, ...more },
        })
      const forbidden = (...field: string[]) => ({ code: 'FORBIDDEN', path: ['input', ...field] })
      expect(await open({ requester: { contactId: nodeIdOf('Contact', stranger.id) } })).toMatchObject(
        forbidden('requester'),
      )
      expect(await open({ requester: { contact: { email: stranger.email } } })).toMatchObject(forbidden('requester'))
      expect(await open({ assignee: { id: nodeIdOf('Agent', (agent as Row).id) } })).toMatchObject(
        forbidden('assignee'),
      )
      expect(await open({ tagIds: [nodeIdOf('Tag', tag.id)] })).toMatchObject(forbidden('tagIds'))
      expect(await open({ tagNames: ['vip'] })).toMatchObject(forbidden('tagNames'))
      expect(await open({ status: 'RESOLVED' })).toMatchObject(forbidden('status'))
      expect(await open({ createdBy: { contactId: nodeIdOf('Contact', stranger.id) } })).toMatchObject(
        forbidden('createdBy'),
      )
      expect(await open({ messages: [{ type: 'NOTE_PRIVATE', body: { text: 'Psst.' } }] })).toMatchObject({
        code: 'FORBIDDEN',
      })
      expect(await open({})).toBeNull()
    })
  })
})

test('a customer who has read up to a message has not read it for the agents', async () => {
  await onCopy(db, async (tx) => {
    const { ticket } = await subjectOf(tx, 'deskhero')
    await tx.execute(sql`update messages set is_read = false where ticket_id = ${ticket.id}`)
    await tx.execute(sql`update tickets set is_read_by_contact = false where id = ${ticket.id}`)
    const last = (await first(
      tx,
      sql`select id from messages where ticket_id = ${ticket.id} and not is_internal order by at desc limit 1`,
    )) as Row
    await asViewer(
      tx,
      { ...program, role: 'CONTACT', scopes: usualScopes('CONTACT'), actorId: ticket.requester_id as string },
      async (ask) => {
        const input = { ids: [idOf(ticket)], side: 'CONTACT', upToMessageId: nodeIdOf('Message', last.id) }
        expect(await attempt(ask, 'ticketMarkRead', 'TicketReadInput', input)).toBeNull()
      },
    )
    const read = await first(tx, sql`select is_read_by_contact from tickets where id = ${ticket.id}`)
    expect(read).toEqual({ is_read_by_contact: true })
    expect(await first(tx, sql`select id from messages where ticket_id = ${ticket.id} and is_read`)).toBeNull()
  })
})

test('an answer answers a message of its own ticket', async () => {
  await onCopy(db, async (tx) => {
    const { ticket, other } = await subjectOf(tx, 'comm100')
    const messageOf = async ({ id }: Row) =>
      nodeIdOf('Message', ((await first(tx, sql`select id from messages where ticket_id = ${id} limit 1`)) as Row).id)
    await asViewer(tx, program, async (ask) => {
      const send = (parentMessageId: string) =>
        attempt(ask, 'messageSend', 'MessageSendInput', {
          ticketId: idOf(ticket),
          entry: { type: 'REPLY_OUTBOUND', body: { text: 'Yes.' }, parentMessageId },
        })
      expect(await send(await messageOf(other))).toMatchObject({
        code: 'NOT_FOUND',
        path: ['input', 'entry', 'parentMessageId'],
      })
      expect(await send(await messageOf(ticket))).toBeNull()
    })
  })
})

/** Messages of all kinds and states; null: the vendor has none such. */
const messageStates: Record<string, (tx: Db, subject: Subject) => Promise<Row | null>> = {
  ...Object.fromEntries(
    [
      ["type = 'REPLY_INBOUND'", 'that came in'],
      [
        "type = 'REPLY_OUTBOUND' and coalesce(delivery ->> 'status', 'SENT') not in ('FAILED', 'BOUNCED')",
        'that went out',
      ],
      ["type = 'NOTE_PRIVATE'", 'that is a note'],
      ["type = 'NOTE_PUBLIC'", 'that is a public note'],
      ["type = 'FORWARD'", 'that is a forward'],
      ["direction = 'SYSTEM'", 'that is a system line'],
      ["type = 'SUGGESTED_REPLY'", 'that is suggested'],
    ].map(([condition, label]) => [
      label as string,
      (tx: Db, { backendId }: Subject) =>
        first(
          tx,
          sql`select messages.* from messages join tickets on tickets.id = ticket_id
            where messages.backend_id = ${backendId} and not is_deleted and not is_recycled and vanished_at is null
              and merged_into_id is null and merged_into_external_id is null and ${sql.raw(condition as string)}
            order by messages.id limit 1`,
        ),
    ]),
  ),
  'that failed': (tx, { ticket }) => changed(tx, ticket, sql`delivery = '{"status": "FAILED"}'`),
  'that bounced': (tx, { ticket }) => changed(tx, ticket, sql`delivery = '{"status": "BOUNCED"}'`),
  'that is deleted': (tx, { ticket }) => changed(tx, ticket, sql`is_deleted = true`),
  'that failed, of a recycled ticket': async (tx, { ticket }) => {
    await tx.execute(sql`update tickets set is_recycled = true where id = ${ticket.id}`)
    return changed(tx, ticket, sql`delivery = '{"status": "FAILED"}'`)
  },
  'of a vanished ticket': async (tx, { ticket }) => {
    await tx.execute(sql`update tickets set vanished_at = now() where id = ${ticket.id}`)
    return changed(tx, ticket, sql`delivery = '{"status": "FAILED"}'`)
  },
  'of a merged ticket': async (tx, { ticket, other }) => {
    await tx.execute(sql`update tickets set merged_into_id = ${other.id} where id = ${ticket.id}`)
    return changed(tx, ticket, sql`delivery = '{"status": "FAILED"}'`)
  },
  'that waits': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'QUEUED'`),
  'that was tried': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'QUEUED', attempts = 1`),
  'that is on its way': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'SENDING', attempts = 1`),
  'that was refused': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'REFUSED', attempts = 1`),
  'that is uncertain': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'UNCERTAIN', attempts = 1`),
  'that was given up': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'DISCARDED'`),
  'that is there but not named': (tx, { ticket }) => withDelivery(tx, ticket, sql`state = 'SETTLED', attempts = 1`),
  'that opens a ticket': (tx, { ticket }) => withDelivery(tx, ticket, sql`operation = 'createTicket'`),
}

function changed(tx: Db, ticket: Row, set: ReturnType<typeof sql>): Promise<Row | null> {
  return first(
    tx,
    sql`update messages set ${set} where id = (select id from messages
      where ticket_id = ${ticket.id} and type = 'REPLY_OUTBOUND' order by id limit 1) returning *`,
  )
}

/** An answer of ours, written through the front door. */
async function withDelivery(tx: Db, ticket: Row, set: ReturnType<typeof sql>): Promise<Row | null> {
  await asViewer(tx, program, async (ask) => {
    expect(await ticketActions.reply?.(ask, { ticket } as Subject, program)).toBeNull()
  })
  const message = await first(
    tx,
    sql`select * from messages where ticket_id = ${ticket.id} and external_id like 'deskgraph:%' order by id desc limit 1`,
  )
  await tx.execute(sql`update deliveries set ${set} where id = ${message?.delivery_id}`)
  return message
}

test.each(vendors)('what can be done with a message of %s', { timeout: 120_000 }, async (vendor) => {
  for (const [label, make] of Object.entries(messageStates)) {
    await onCopy(db, async (tx) => {
      const message = await make(tx, await subjectOf(tx, vendor))
      if (message) await walkMessage(tx, message, `${vendor} message ${label}`)
    })
  }
})

test('both answers were met often', () => {
  expect(counted.allowed).toBeGreaterThan(150)
  expect(counted.refused).toBeGreaterThan(300)
})

test('permissions of a page of tickets and messages cost no statement per row', async () => {
  const list = (can: string) =>
    `{ tickets(first: 50) { nodes { ${can && `viewerCan { reply { allowed } update { allowed } delete { allowed } }`}
      messages(first: 3) { nodes { id ${can && 'viewerCan { edit { allowed } resend { allowed } }'} } } } } }`
  await askGateway(list('yes'))
  const [without, having] = [
    await statementsDuring(() => askGateway(list(''))),
    await statementsDuring(() => askGateway(list('yes'))),
  ]
  expect(having.result.errors).toBeUndefined()
  expect(having.statements.length - without.statements.length).toBeLessThanOrEqual(4)
})

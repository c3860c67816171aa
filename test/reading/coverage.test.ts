/**
 * What the help desks' own records become in the graph, field by field: hand-written answers in their shape over real
 * HTTP, the real connectors, the store, GraphQL. Each line of a table is a path into the answer and what stands there.
 */
import { expect, test } from 'vitest'
import { type JsonObject, records, type Session } from '#connectors/contract.ts'
import { onebox as oneboxConnector } from '#connectors/onebox/connector.ts'
import { oneboxSandbox } from '#connectors/onebox/sandbox.ts'
import { emptyDesk } from '#connectors/sandbox/build.ts'
import { serveSandbox } from '#connectors/sandbox/server.ts'
import { storePage } from '#flows/sync/store.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import * as alibaba from '../connectors/alibaba/fixtures.ts'
import * as alibabaWire from '../connectors/alibaba/scripted.ts'
import * as chatwoot from '../connectors/chatwoot/fixtures.ts'
import * as chatwootWire from '../connectors/chatwoot/support.ts'
import * as comm100 from '../connectors/comm100/fixtures.ts'
import * as comm100Wire from '../connectors/comm100/site.ts'
import * as deskhero from '../connectors/deskhero/fixtures.ts'
import * as deskheroWire from '../connectors/deskhero/support.ts'
import * as onebox from '../connectors/onebox/fixtures.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { cleanerOfFile, newBackend } from '../syncing/backend.ts'

const { db } = await createTestDatabase()
const cleaner = cleanerOfFile()

type Opened = { session: Session; close(): unknown }

const everything = `
  fragment Who on Actor { __typename type displayName avatarUrl
    ... on Contact { externalId email phone identifier isBlocked isOnline isIdentityVerified lastActivityAt createdAt customFields { key value } raw }
    ... on Agent { externalId email role messageSignature isAvailable } ... on Bot { externalId } }
  fragment File on Attachment { externalId name kind sizeBytes sizeKb status statusMessage downloadUrl downloadUrlExpiresAt fileKey }
  fragment Said on Message { externalId sourceId at type direction contentType subject isInternal isRead isSpam showInlineImages showInCorrespondence isOriginalSentToContact
    body { text html markdown plainPreview readMinutes editorjs { time version blocks { id type data } } } parts { id body text meta templateId contentType encoding }
    translation { text html isFromBackend } sender { ...Who } senderName emailAddresses { email name direction } parent { externalId } previous { externalId }
    statusDetail { raw label backgroundColor textColor } priority extractedText delivery { status failReason at retryCount groupId orderNumber }
    channel { externalId type } channelAccount { externalId } sentiment contentAttributes metadata sentAt receivedAt readAt expiresAt createdAt updatedAt
    createdBy { ...Who } updatedBy { ...Who } attachments { ...File } mentions { externalId isRead } conversation { externalId } ticket { externalId } raw }
  query ($ref: TicketRef!) { ticketByRef(ref: $ref) {
    externalId number subject originalConversationId status statusCategory statusDetail { raw label backgroundColor textColor } priority category
    requester { ...Who } assignee { ... on Agent { ...Who } ... on Bot { ...Who } } department { externalId name } createdBy { ...Who } lastRepliedBy { ...Who } resolvedBy { ...Who }
    channel { externalId type } channelAccount { externalId } lastMessageChannel { externalId } lastMessageChannelAccount { externalId }
    isReadByAgent isReadByContact hasDraft isRecycled messageCount snoozedUntil waitingSince firstRepliedAt
    contactLanguage agentLanguage isAutoTranslationOn replyingAgentMode metrics { responseTimeSeconds responseCount firstResponseTimeSeconds resolutionTimeSeconds }
    tags { name externalId } customFields { key value } sla { state policyName events { name at } }
    createdAt updatedAt lastRepliedAt lastStatusChangedAt resolvedAt reopenedAt lastActivityAt mergedInto { externalId } raw
    mentions { externalId isRead agent { externalId } note { externalId } ticket { externalId } }
    draft { type contentType subject quotedText hasUnreceivedAttachment metadata updatedAt updatedBy { ...Who } body { text html } emailAddresses { email direction } attachments { ...File } }
    conversations { nodes { externalId uuid type status statusDetail { raw } channel { type externalId } channelAccount { externalId } contact { ...Who } assignee { ... on Agent { ...Who } }
      canReply isMuted isIdentityVerified snoozedUntil priority tags { name } unreadCount agentLastSeenAt assigneeLastSeenAt contactLastSeenAt firstRepliedAt waitingSince lastActivityAt
      customFields { key value } additionalAttributes sla { state policyName events { name at } } createdAt updatedAt emailAddresses { email direction }
      lastMessage { externalId } messages { nodes { externalId } } } }
    messages { totalCount nodes { ...Said } } notes { nodes { externalId } } lastMessage { externalId } } }`

/** Runs a vendor's whole road and answers a path such as `messages.nodes.0.body.text`. */
async function copied(vendor: string, { session, close }: Opened, externalId: string) {
  const backend = await newBackend(db, vendor)
  try {
    for (let cursor = null as Parameters<Session['pull']>[0], pages = 0; ; pages += 1) {
      const page = await session.pull(cursor)
      await storePage({ db, backend, records: records(page.records), fetchedAt: new Date(), cleaner })
      cursor = JSON.parse(JSON.stringify(page.cursor))
      if (!page.hasMore || pages > 50) break
    }
  } finally {
    await close()
  }
  const gateway = await openTestGateway(db, {
    workspaceId: backend.workspaceId,
    downloads: { key: 'key', path: '/attachments/', answer: async () => {} },
  })
  try {
    const ref = { external: { backendId: nodeIdOf('Backend', backend.id), externalId } }
    const { data, errors } = await gateway.ask(everything, { ref })
    if (errors) throw new Error(JSON.stringify(errors))
    return (data as { ticketByRef: unknown }).ticketByRef
  } finally {
    await gateway.close()
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner: unknown, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value)
}

type Table = [path: string, expected: unknown][]

function covers(vendor: string, externalId: string, open: () => Promise<Opened>, table: Table) {
  test(`a ticket of ${vendor} has the right value in every field`, async () => {
    const ticket = await copied(vendor, await open(), externalId)
    if (!ticket) throw new Error(`${vendor} gave no ticket ${externalId}`)
    const found = Object.fromEntries(table.map(([path]) => [path, at(ticket, path)]))
    const expected = table.map(([path, value]) => [
      path,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ])
    expect(found).toEqual(Object.fromEntries(expected))
  })
}

const epoch = (seconds: number) => new Date(seconds * 1000).toISOString()

covers(
  'chatwoot',
  '7:42',
  () =>
    chatwootWire.serveScript((path) => {
      if (path === '/inboxes')
        return {
          body: {
            payload: [{ id: 12, name: 'Support', channel_type: 'Channel::Email', email: 'support@desk.example' }],
          },
        }
      if (path === '/teams') return { body: [{ id: 4, name: 'Repairs' }] }
      if (path === '/conversations') return chatwootWire.listOf([chatwoot.fullConversation])
      if (path === '/conversations/42') return { body: chatwoot.fullConversation }
      if (path.endsWith('/messages'))
        return {
          body: {
            meta: {},
            payload: [
              chatwoot.row({
                id: 9000,
                message_type: 1,
                private: true,
                content: 'Look at this',
                sender: { id: 31, name: 'Ines Novo', type: 'user' },
              }),
              chatwoot.fullMessage,
            ],
          },
        }
      return undefined
    }),
  [
    ['number', '42'],
    ['subject', 'Broken lamp'],
    ['status', 'ON_HOLD'],
    ['statusDetail.raw', 'snoozed'],
    ['priority', 'NORMAL'],
    ['snoozedUntil', '2026-02-01T08:00:00.000Z'],
    ['waitingSince', epoch(1767258000)],
    ['firstRepliedAt', epoch(1767251000)],
    ['customFields', [{ key: 'order', value: 'A-1' }]],
    [
      'tags',
      [
        { name: 'billing', externalId: 'billing' },
        { name: 'vip', externalId: 'vip' },
      ],
    ],
    ['department.name', 'Repairs'],
    ['requester.externalId', '501'],
    ['requester.displayName', 'Marta Vale'],
    ['requester.email', 'marta@example.com'],
    ['requester.phone', '+351000000001'],
    ['requester.identifier', 'crm-99'],
    ['requester.isBlocked', true],
    ['requester.isOnline', true],
    ['requester.isIdentityVerified', true],
    ['requester.lastActivityAt', epoch(1767258100)],
    ['requester.createdAt', epoch(1767000000)],
    [
      'requester.customFields',
      [
        { key: 'plan', value: 'gold' },
        { key: 'seats', value: 4 },
      ],
    ],
    ['requester.raw.additional_attributes.city', 'Porto'],
    ['requester.raw.pubsub_token', undefined],
    ['assignee.externalId', '31'],
    ['assignee.displayName', 'Ines'],
    ['assignee.email', 'ines@desk.example'],
    ['assignee.role', 'agent'],
    ['assignee.messageSignature', 'Kind regards'],
    ['assignee.isAvailable', true],
    ['conversations.nodes.0.externalId', '7:42'],
    ['conversations.nodes.0.uuid', '6f0c9e9a-3c7e-4f0e-9d55-0c9f6a0a4c11'],
    ['conversations.nodes.0.status', 'ON_HOLD'],
    ['conversations.nodes.0.statusDetail.raw', 'snoozed'],
    ['conversations.nodes.0.channel.type', 'EMAIL'],
    ['conversations.nodes.0.channelAccount.externalId', '12'],
    ['conversations.nodes.0.contact.externalId', '501'],
    ['conversations.nodes.0.canReply', true],
    ['conversations.nodes.0.isMuted', true],
    ['conversations.nodes.0.isIdentityVerified', true],
    ['conversations.nodes.0.snoozedUntil', '2026-02-01T08:00:00.000Z'],
    ['conversations.nodes.0.priority', 'NORMAL'],
    ['conversations.nodes.0.tags', [{ name: 'billing' }, { name: 'vip' }]],
    ['conversations.nodes.0.unreadCount', 3],
    ['conversations.nodes.0.agentLastSeenAt', epoch(1767258200)],
    ['conversations.nodes.0.assigneeLastSeenAt', epoch(1767258210)],
    ['conversations.nodes.0.contactLastSeenAt', epoch(1767258220)],
    ['conversations.nodes.0.firstRepliedAt', epoch(1767251000)],
    ['conversations.nodes.0.waitingSince', epoch(1767258000)],
    ['conversations.nodes.0.lastActivityAt', epoch(1767258250)],
    ['conversations.nodes.0.customFields', [{ key: 'order', value: 'A-1' }]],
    ['conversations.nodes.0.additionalAttributes.mail_subject', 'Broken lamp'],
    ['conversations.nodes.0.sla.policyName', 'Gold'],
    ['conversations.nodes.0.sla.state', 'BREACHED'],
    ['conversations.nodes.0.sla.events.0.name', 'First response missed'],
    ['conversations.nodes.0.sla.events.0.at', epoch(1767250600)],
    ['conversations.nodes.0.createdAt', epoch(1767250000)],
    ['conversations.nodes.0.updatedAt', epoch(1767258300.5)],
    ['messages.totalCount', 2],
    ['notes.nodes.0.externalId', /9000$/],
    ['messages.nodes.0.type', 'NOTE_PRIVATE'],
    ['messages.nodes.0.isInternal', true],
    ['messages.nodes.0.direction', 'INTERNAL'],
    ['messages.nodes.1.externalId', /9001$/],
    ['messages.nodes.1.body.text', '  two spaces, a tab\t and a trailing newline\n'],
    ['messages.nodes.1.body.markdown', 'two **spaces**'],
    ['messages.nodes.1.type', 'REPLY_INBOUND'],
    ['messages.nodes.1.direction', 'INBOUND'],
    ['messages.nodes.1.createdAt', epoch(1767258000)],
    ['messages.nodes.1.updatedAt', epoch(1767258060)],
    ['messages.nodes.1.delivery.status', 'DELIVERED'],
    ['messages.nodes.1.sourceId', 'wamid.77'],
    ['messages.nodes.1.contentType', 'TEXT'],
    ['messages.nodes.1.contentAttributes.in_reply_to', 9000],
    ['messages.nodes.1.parent.externalId', /9000$/],
    ['messages.nodes.1.metadata', expect.objectContaining({})],
    ['messages.nodes.1.sender.__typename', 'Contact'],
    ['messages.nodes.1.sender.type', 'CONTACT'],
    ['messages.nodes.1.sentiment', { label: 'positive', score: 0.9 }],
    ['messages.nodes.1.conversation.externalId', '7:42'],
    ['messages.nodes.1.attachments.0.name', 'red car.png'],
    ['messages.nodes.1.attachments.0.kind', 'IMAGE'],
    ['messages.nodes.1.attachments.0.sizeBytes', 2048],
  ],
)

const silent = () => {}
covers(
  'onebox',
  onebox.ticketId,
  async () => {
    const json = (body: unknown) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const first = onebox.messageWire({
      Id: '4410001',
      ParentId: null,
      PreviousId: null,
      Incoming: '0',
      From: '"Toko" <help@toko.example>',
      To: 'rani@mail.example',
      Cc: 'a@mail.example; b@mail.example',
      Date: '2024-03-04 02:10:00',
      MediaId: 'EMAIL',
      Content: 'Selamat datang',
    })
    const watched: typeof oneboxSandbox = {
      ...oneboxSandbox,
      open(desk, options) {
        const opened = oneboxSandbox.open(desk, options)
        return {
          ...opened,
          handle(host, request) {
            if (/\/conversations?\//.test(request.path))
              return json(
                onebox.threadWire([first, onebox.messageWire({ ParentId: '4410001', PreviousId: '4410001' })]),
              )
            if (request.path === '/api/connection')
              return json({ data: [{ Id: '912', Name: 'Toko page', MediaId: 'FCBK' }], total: 1 })
            if (request.path === '/api/ticketrz') return json({ data: [onebox.rowWire()], total: 1 })
            if (request.path === `/api/ticketrz/${onebox.ticketId}`) return json(onebox.ticketWire())
            if (request.path === '/api/contactrz/40021') return json(onebox.contactWire)
            return opened.handle(host, request)
          },
        }
      },
    }
    const served = await serveSandbox(watched, emptyDesk())
    const log = { debug: silent, info: silent, warn: silent, error: silent }
    return {
      session: oneboxConnector.connect(oneboxConnector.settings.parse(served.settings), { log, now: () => new Date() }),
      close: () => served.close(),
    }
  },
  [
    ['externalId', '730211'],
    ['subject', 'Jam buka'],
    ['messages.totalCount', 2],
    ['messages.nodes.1.externalId', '4410077'],
    ['messages.nodes.1.subject', 'Jam buka'],
    ['messages.nodes.1.metadata.Description', 'from the page'],
    ['messages.nodes.1.at', /^2024-03-0[34]T/],
    ['messages.nodes.1.receivedAt', /^2024-03-0[34]T/],
    ['messages.nodes.1.channel.type', 'FACEBOOK'],
    ['messages.nodes.1.channel.externalId', 'FCBK'],
    ['messages.nodes.1.channelAccount.externalId', '912'],
    ['messages.nodes.1.metadata.MethodId', 'COMMENT'],
    ['messages.nodes.1.metadata.TypeId', 'MST2'],
    ['messages.nodes.1.metadata.SecrecyId', 'MSC4'],
    ['messages.nodes.1.metadata.SourceId', 'SRC9'],
    ['messages.nodes.1.direction', 'INBOUND'],
    ['messages.nodes.0.direction', 'OUTBOUND'],
    ['messages.nodes.0.channel.type', 'EMAIL'],
    [
      'messages.nodes.0.emailAddresses',
      [
        { email: 'help@toko.example', name: 'Toko', direction: 'FROM' },
        { email: 'rani@mail.example', name: null, direction: 'TO' },
        { email: 'a@mail.example', name: null, direction: 'CC' },
        { email: 'b@mail.example', name: null, direction: 'CC' },
      ],
    ],
    ['messages.nodes.1.statusDetail.raw', 'MSS3'],
    ['messages.nodes.1.delivery.retryCount', 2],
    ['messages.nodes.1.delivery.groupId', 'B-17'],
    ['messages.nodes.1.isSpam', false],
    ['messages.nodes.1.sourceId', '55667788_4455'],
    ['messages.nodes.1.parent.externalId', '4410001'],
    ['messages.nodes.1.previous.externalId', '4410001'],
    ['messages.nodes.1.createdAt', /^2024-03-0[34]T/],
    ['messages.nodes.1.updatedAt', /^2024-03-0[34]T/],
    ['messages.nodes.1.expiresAt', null],
    ['messages.nodes.1.readAt', /^2024-03-0[34]T/],
    ['messages.nodes.1.conversation.externalId', /660012/],
    ['messages.nodes.1.body.text', 'Apakah toko buka hari ini?'],
    ['messages.nodes.1.parts.0.contentType', 'text/html'],
    ['messages.nodes.1.parts.0.encoding', 'UTF-8'],
    ['messages.nodes.1.parts.0.templateId', '31'],
    ['messages.nodes.1.parts.0.meta', { lang: 'id' }],
    ['messages.nodes.1.parts.0.body', 'Apakah toko buka hari ini?'],
    ['messages.nodes.1.parts.0.text', 'Apakah toko buka hari ini?'],
    ['messages.nodes.1.senderName', 'Rani Putri'],
    ['messages.nodes.1.sender.displayName', 'Rani Putri'],
    ['messages.nodes.1.createdBy.externalId', '1'],
    ['messages.nodes.1.updatedBy.externalId', '1'],
  ],
)

const deskheroTicket: JsonObject = { ...deskhero.ticket, requester: deskhero.contact }
covers(
  'deskhero',
  '1042',
  async () => {
    const wire = await deskheroWire.stub(({ path, query }) => {
      if (path === 'users' || path.startsWith('lists/')) return { body: [] }
      if (path === 'tickets') return { body: { data: Number(query.get('page')) <= 1 ? [deskheroTicket] : [] } }
      return path === 'tickets/1042'
        ? { body: { data: { ...deskhero.complete(), ticket: deskheroTicket } } }
        : undefined
    })
    return { session: wire.session(), close: wire.close }
  },
  [
    ['externalId', '1042'],
    ['status', 'PENDING_INTERNAL'],
    ['statusDetail.label', 'Open'],
    ['statusDetail.backgroundColor', '#fff3e0'],
    ['priority', 'HIGH'],
    ['requester.email', 'budi@customer.example'],
    ['requester.displayName', 'Budi Santoso'],
    ['assignee.email', 'ana@desk.example'],
    ['messages.totalCount', 1],
    ['conversations.nodes.0.externalId', '5001'],
    ['conversations.nodes.0.type', 'REPLY_INBOUND'],
    ['conversations.nodes.0.contact.email', 'budi@customer.example'],
    [
      'conversations.nodes.0.emailAddresses',
      [
        { email: 'budi@customer.example', direction: 'FROM' },
        { email: 'help@desk.example', direction: 'TO' },
      ],
    ],
    ['messages.nodes.0.externalId', '5001'],
    ['messages.nodes.0.type', 'REPLY_INBOUND'],
    ['messages.nodes.0.statusDetail', { raw: '2', label: 'Open', backgroundColor: '#fff3e0', textColor: '#e65100' }],
    ['messages.nodes.0.createdBy.displayName', 'Budi Santoso'],
    ['messages.nodes.0.updatedBy.email', 'ana@desk.example'],
    ['messages.nodes.0.updatedBy.avatarUrl', /^https:\/\/pics\.example\/ana\.png/],
    ['messages.nodes.0.extractedText', 'The printer is  on fire.\n'],
    ['messages.nodes.0.attachments.0.externalId', '77'],
    ['messages.nodes.0.attachments.0.name', 'fire.png'],
    ['messages.nodes.0.attachments.0.sizeKb', 12],
    ['messages.nodes.0.attachments.0.status', 'OK'],
    ['messages.nodes.0.attachments.0.statusMessage', null],
    ['messages.nodes.0.attachments.0.downloadUrl', /^http:\/\/127\.0\.0\.1:\d+\/attachments\//],
    ['messages.nodes.0.createdAt', '2026-03-04T05:06:07.123Z'],
    ['messages.nodes.0.updatedAt', '2026-03-04T05:16:07.765Z'],
    [
      'messages.nodes.0.emailAddresses',
      [
        { email: 'budi@customer.example', name: 'Budi Santoso', direction: 'FROM' },
        { email: 'help@desk.example', name: null, direction: 'TO' },
      ],
    ],
    ['messages.nodes.0.body.plainPreview', /^The printer is on fire\./],
    [
      'messages.nodes.0.body.html',
      '<p>The printer is on fire.</p><blockquote>On Monday you wrote: calm\u00a0down</blockquote>',
    ],
    ['messages.nodes.0.body.readMinutes', 2],
    ['messages.nodes.0.body.editorjs.time', 1772600767123],
    ['messages.nodes.0.body.editorjs.version', '2.26.5'],
    [
      'messages.nodes.0.body.editorjs.blocks',
      [{ id: 'b1', type: 'paragraph', data: { text: 'The printer is <b>on fire</b>.' } }],
    ],
  ],
)

covers(
  'alibaba',
  '0007QRSTU',
  () =>
    alibabaWire.scripted(({ action }) => {
      if (action === 'ListTickets') return alibabaWire.listed([alibaba.row()])
      if (action === 'GetTicket') return alibabaWire.ok(alibaba.ticket())
      if (action === 'ListTicketNotes')
        return alibabaWire.ok([
          alibaba.ours(),
          alibaba.note({ Attachments: [alibaba.picture], Status: 1 }),
          alibaba.note({
            DialogId: 4713,
            CreateTime: 1_700_000_300_000,
            Type: 1,
            Dialog: { Schema: '{"title":"Rate us"}', Content: '' },
          }),
        ])
      return alibabaWire.ok([])
    }),
  [
    ['externalId', '0007QRSTU'],
    ['number', '0007QRSTU'],
    ['subject', 'Snapshot policy stopped'],
    ['status', 'PENDING_EXTERNAL'],
    ['priority', 'URGENT'],
    ['messages.totalCount', 4],
    ['messages.nodes.0.body.text', 'Since Monday no snapshots are made.'],
    ['messages.nodes.1.externalId', '4710'],
    ['messages.nodes.1.direction', 'OUTBOUND'],
    ['messages.nodes.1.type', 'REPLY_OUTBOUND'],
    ['messages.nodes.1.sender.type', 'CONTACT'],
    ['messages.nodes.1.senderName', 'ops@shop'],
    ['messages.nodes.1.isRead', true],
    ['messages.nodes.2.externalId', '4711'],
    ['messages.nodes.2.createdAt', new Date(1_700_000_100_000).toISOString()],
    ['messages.nodes.2.contentType', 'TEXT'],
    ['messages.nodes.2.body.text', 'We are looking into it.'],
    ['messages.nodes.2.direction', 'INBOUND'],
    ['messages.nodes.2.type', 'REPLY_INBOUND'],
    ['messages.nodes.2.isRead', false],
    ['messages.nodes.2.sender.type', 'AGENT'],
    ['messages.nodes.2.senderName', 'Engineer Zhao'],
    ['messages.nodes.2.attachments.0.name', 'console.png'],
    ['messages.nodes.2.attachments.0.downloadUrl', /^http:\/\/127\.0\.0\.1:\d+\/attachments\//],
    ['messages.nodes.2.attachments.0.downloadUrlExpiresAt', /Z$/],
    ['messages.nodes.3.contentType', 'CARD'],
    ['messages.nodes.3.contentAttributes', expect.objectContaining({})],
  ],
)

covers(
  'comm100',
  '4711',
  async () => {
    const answer = (body: unknown) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const site = await comm100Wire.openSite(emptyDesk(), {
      twist: (_host, { path, query }, given) => {
        if (/\/tickets\/4711\/messages$/.test(path)) return answer([comm100.wireMessage()])
        if (/\/tickets\/4711\/notes$/.test(path)) return answer([comm100.wireNote()])
        if (/\/tickets\/4711$/.test(path)) return answer(comm100.wireTicket())
        if (/\/departments$/.test(path)) return answer([{ id: comm100.ids.department, name: 'Billing', agentIds: [] }])
        if (/\/tickets$/.test(path))
          return answer({
            total: 1,
            previousPage: null,
            nextPage: null,
            tickets: query.get('pageIndex') && Number(query.get('pageIndex')) > 1 ? [] : [comm100.wireTicket()],
          })
        return given
      },
    })
    return { session: site.session, close: () => site.close() }
  },
  [
    ['number', '4711'],
    ['subject', 'Invoice of March'],
    ['originalConversationId', '884433_20260301'],
    ['assignee.__typename', 'Agent'],
    ['assignee.externalId', /^5d0c2a1e-77b4-4f02-9a53-0b6c1f7d2e11$/i],
    ['department.externalId', /^3B2F6C10/i],
    ['channel.externalId', /^C0FFEE12/i],
    ['channelAccount.externalId', /^8a1b2c3d/i],
    ['lastMessageChannel.externalId', /^C0FFEE12/i],
    ['lastMessageChannelAccount.externalId', /^8a1b2c3d/i],
    ['requester.type', 'CONTACT'],
    ['createdBy.type', 'CONTACT'],
    ['lastRepliedBy.type', 'AGENT'],
    ['resolvedBy.type', 'AGENT'],
    ['status', 'PENDING_INTERNAL'],
    ['statusCategory', 'OPEN'],
    ['priority', 'HIGH'],
    ['isReadByAgent', false],
    ['isReadByContact', true],
    ['hasDraft', true],
    ['isRecycled', true],
    ['mergedInto', null],
    [
      'metrics',
      { responseTimeSeconds: 50, responseCount: 3, firstResponseTimeSeconds: 127, resolutionTimeSeconds: 2_517_872 },
    ],
    ['createdAt', '2026-03-01T08:10:53.400Z'],
    ['updatedAt', '2026-03-02T05:59:17.570Z'],
    ['lastRepliedAt', '2026-03-02T05:58:00.000Z'],
    ['lastStatusChangedAt', '2026-03-01T09:00:00.123Z'],
    ['resolvedAt', '2026-03-01T10:00:00.000Z'],
    ['reopenedAt', '2026-03-02T05:00:00.993Z'],
    ['contactLanguage', 'de'],
    ['agentLanguage', 'en'],
    ['isAutoTranslationOn', true],
    ['replyingAgentMode', 'AGENT_AND_BOT'],
    ['tags.0.name', 'billing'],
    ['mentions.0.externalId', /^277EAAAA/i],
    ['mentions.0.isRead', false],
    ['mentions.0.agent.externalId', /^5d0c2a1e/i],
    ['mentions.0.note.externalId', /4D10AAAA/i],
    ['mentions.0.ticket.externalId', '4711'],
    ['draft.body.html', '<p>Grüße</p>'],
    ['draft.contentType', 'HTML'],
    ['draft.subject', 'Re: Invoice'],
    ['draft.quotedText', 'On Monday you wrote'],
    ['draft.hasUnreceivedAttachment', true],
    [
      'draft.emailAddresses',
      [
        { email: 'kunde@example.org', direction: 'TO' },
        { email: 'a@example.org', direction: 'CC' },
        { email: 'b@example.org', direction: 'CC' },
      ],
    ],
    ['draft.updatedBy.type', 'AGENT'],
    ['draft.updatedAt', '2026-03-02T05:50:00.992Z'],
    ['draft.metadata', expect.objectContaining({})],
    ['draft.attachments.0.externalId', /^7CEEAAAA/i],
    ['draft.attachments.0.fileKey', 'kQ-9_x'],
    ['draft.attachments.0.name', 'scan.png'],
    ['draft.attachments.0.sizeBytes', 10],
    ['draft.attachments.0.kind', 'IMAGE'],
    ['draft.attachments.0.downloadUrl', /^http:\/\/127\.0\.0\.1:\d+\/attachments\//],
    ['messages.totalCount', 2],
    ['notes.nodes.length', 1],
    ['messages.nodes.0.translation.text', 'I have a question'],
    ['messages.nodes.0.translation.html', '<p>I have a question</p>'],
    ['messages.nodes.0.translation.isFromBackend', true],
    ['messages.nodes.0.sender.type', 'CONTACT'],
    ['messages.nodes.0.at', '2026-03-01T08:10:53.400Z'],
    ['messages.nodes.0.contentType', 'HTML'],
    ['messages.nodes.0.metadata.decoration.chat.title', 'Chat with Kai'],
    ['messages.nodes.0.sourceId', '<mail-1@example.org>'],
    ['messages.nodes.0.channel.type', 'EMAIL'],
    ['messages.nodes.0.body.html', '<p>Ich habe eine Frage</p>'],
    ['messages.nodes.0.body.text', 'Ich habe eine Frage'],
    ['messages.nodes.0.showInCorrespondence', true],
    ['messages.nodes.0.isOriginalSentToContact', true],
    ['messages.nodes.0.showInlineImages', true],
    ['messages.nodes.0.isRead', true],
    ['messages.nodes.0.isInternal', false],
    ['messages.nodes.0.delivery.status', 'FAILED'],
    ['messages.nodes.0.delivery.failReason', 'mailbox full'],
    ['messages.nodes.0.delivery.at', '2026-03-01T08:11:00.336Z'],
    ['messages.nodes.0.delivery.groupId', comm100.ids.parent],
    ['messages.nodes.0.delivery.orderNumber', 2],
    ['messages.nodes.0.attachments.0.fileKey', 'kQ-9_x'],
    ['messages.nodes.1.type', 'NOTE_PRIVATE'],
    ['messages.nodes.1.isInternal', true],
    ['messages.nodes.1.body.text', 'Ask <Kai> first'],
    ['messages.nodes.1.sender.type', 'AGENT'],
  ],
)

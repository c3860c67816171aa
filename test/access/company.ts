/** Two companies with data of the same shape, every field of it filled, and people of every role and of few scopes. */
import { sql } from 'drizzle-orm'
import type { MessageRecord, Records, TicketRecord } from '#connectors/contract.ts'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { type Scope, usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { conversation, message, minute } from '../syncing/scripted.ts'
import { openTimelines } from '../timeline/desk.ts'
import { pathsOf } from './paths.ts'

/** `word` stands in everything that is written, so that it can be found again where it has no business. */
function recordsOf(word: string): Partial<Records> {
  const ann = { type: 'CONTACT', externalId: `ann${word}`, name: `Ann ${word}`, email: `ann@${word}.example` } as const
  const zoe = { type: 'CONTACT', externalId: `zoe${word}`, name: `Zoe ${word}`, email: `zoe@${word}.example` } as const
  const bob = { type: 'AGENT', externalId: `bob${word}`, name: `Bob ${word}`, email: `bob@${word}.example` } as const
  const eve = { type: 'AGENT', externalId: `eve${word}`, name: `Eve ${word}` } as const
  const raw = { told: word }
  const label = { raw: word, label: word, backgroundColor: '#ffffff', textColor: '#000000' }
  const customFields = [{ key: word, label: word, type: 'text', value: word, isEditable: false }]
  const sla = {
    ...({ state: 'BREACHED', policyName: word, dueAt: minute(3), breachedAt: minute(4) } as const),
    events: [{ name: word, at: minute(4), detail: { word } }],
  }
  const said = (id: string, more: Partial<MessageRecord>): MessageRecord =>
    message(`${word}${id}`, {
      ...{ sourceId: `<${word}${id}>`, subject: `Mail ${word}`, sender: ann, senderName: `Ann ${word}`, raw },
      body: {
        html: `<p>Hello ${word}</p>`,
        parts: [
          {
            id: 'p',
            contentType: 'text/html',
            encoding: 'utf-8',
            body: word,
            text: word,
            templateId: word,
            meta: { word },
          },
        ],
      },
      translation: { locale: 'de', text: `Hallo ${word}`, html: null },
      addresses: (['FROM', 'TO', 'CC', 'BCC', 'FORWARDED_TO'] as const).map((direction) => ({
        ...{
          direction,
          email: `${direction === 'FROM' ? 'ann' : direction.toLowerCase()}@${word}.example`,
          name: word,
        },
      })),
      attachments: [
        {
          ...{
            externalId: `f${word}${id}`,
            name: `${word}.txt`,
            contentType: 'text/plain',
            sizeBytes: 10,
            kind: 'FILE',
          },
          ...{ status: 'WARNING', statusMessage: word, fileKey: word, contentId: word, createdAt: minute(1) },
        } as never,
      ],
      ...{
        isSpam: true,
        isEdited: true,
        isOriginalSentToContact: true,
        statusDetail: label,
        priority: 'HIGH' as const,
      },
      ...{ extractedText: word, sentiment: { word }, contentAttributes: { word }, metadata: { word } },
      delivery: {
        status: 'DELIVERED',
        failReason: word,
        at: minute(2),
        retryCount: 2,
        groupId: word,
        orderNumber: 1,
      } as never,
      ...{
        channelExternalId: `mail${word}`,
        channelAccountExternalId: `box${word}`,
        sentAt: minute(1),
        receivedAt: minute(1),
      },
      ...{ readAt: minute(2), expiresAt: minute(9), updatedAt: minute(2), createdBy: ann, updatedBy: bob },
      ...more,
    })
  const thread = (id: string, speaker: typeof ann | typeof zoe) => [
    said(`${id}1`, { sender: speaker }),
    said(`${id}2`, { sender: speaker, parentExternalId: `${word}${id}1`, previousExternalId: `${word}${id}1` }),
    said(`${id}3`, { type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', sender: bob, at: minute(20) }),
    said(`${id}4`, {
      ...{ type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true, sender: eve, at: minute(30) },
      body: { text: `hush ${word}` },
    }),
    said(`${id}5`, { type: 'SUGGESTED_REPLY', direction: 'INTERNAL', isInternal: true, sender: null, at: minute(31) }),
    said(`${id}6`, {
      type: 'FORWARD',
      direction: 'OUTBOUND',
      sender: eve,
      at: minute(32),
      body: { text: `psst ${word}` },
    }),
  ]
  const ticket = (id: string, requester: typeof ann | typeof zoe): TicketRecord => ({
    ...{
      externalId: `${word}${id}`,
      number: `${word}${id}`,
      url: `https://${word}.example/${id}`,
      subject: `Order ${word}`,
    },
    ...{ status: 'PENDING_INTERNAL', statusDetail: label, priority: 'HIGH', priorityDetail: label, category: word },
    ...{ snoozedUntil: minute(99), requester, assignee: bob, departmentExternalId: `dep${word}`, createdBy: ann },
    ...{
      lastRepliedBy: bob,
      resolvedBy: eve,
      channelExternalId: `mail${word}`,
      channelAccountExternalId: `box${word}`,
    },
    ...{ lastMessageChannelExternalId: `mail${word}`, lastMessageChannelAccountExternalId: `box${word}` },
    ...{ originalConversationId: `c${word}${id}`, isReadByAgent: false, isReadByContact: false, unreadMessageCount: 3 },
    tags: [{ externalId: `tag${word}`, name: `tag ${word}`, color: '#fff', createdAt: minute(0) }],
    ...{
      customFields,
      contactLanguage: 'de',
      agentLanguage: 'en',
      isAutoTranslationOn: true,
      replyingAgentMode: 'AGENT_ONLY',
    },
    ...{ responseCount: 2, responseTimeSeconds: 3, firstResponseTimeSeconds: 4, resolutionTimeSeconds: 5, sla },
    ...{ createdAt: minute(0), updatedAt: minute(50), lastActivityAt: minute(50), lastRepliedAt: minute(20) },
    ...{ lastStatusChangedAt: minute(5), firstRepliedAt: minute(20), waitingSince: minute(10), resolvedAt: minute(6) },
    ...{ reopenedAt: minute(7), raw },
    conversations: [
      conversation(`c${word}${id}`, thread(id, requester), {
        ...{
          uuid: `uuid-${word}${id}`,
          status: 'PENDING_INTERNAL',
          statusDetail: label,
          channelExternalId: `mail${word}`,
        },
        ...{
          channelAccountExternalId: `box${word}`,
          contact: requester,
          assignee: bob,
          isMuted: true,
          isIdentityVerified: true,
        },
        ...{
          snoozedUntil: minute(99),
          priority: 'HIGH',
          unreadCount: 3,
          agentLastSeenAt: minute(8),
          assigneeLastSeenAt: minute(8),
        },
        ...{
          contactLastSeenAt: minute(8),
          firstRepliedAt: minute(20),
          waitingSince: minute(10),
          lastActivityAt: minute(50),
        },
        ...{ customFields, additionalAttributes: { word }, sla, updatedAt: minute(50), raw },
      }),
      conversation(`n${word}${id}`, [
        said(`${id}7`, { type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true, sender: eve, at: minute(40) }),
      ]),
    ],
    mentions: [
      {
        ...{
          externalId: `m${word}${id}`,
          agent: bob,
          messageExternalId: `${word}${id}4`,
          mentionedBy: eve,
          isRead: true,
        },
        ...{ readAt: minute(41), createdAt: minute(40) },
      },
    ],
    events: [
      { externalId: `e${word}${id}`, kind: word, at: minute(6), actor: bob, label: `psst ${word}`, detail: { word } },
    ],
  })
  const person = {
    isAvailable: true,
    role: word,
    messageSignature: word,
    avatarUrl: `https://${word}.example/a.png`,
    raw,
  }
  const known = {
    ...{
      identifier: word,
      phone: '+49123',
      avatarUrl: `https://${word}.example/b.png`,
      isBlocked: true,
      isOnline: true,
    },
    ...{
      isIdentityVerified: true,
      language: 'de',
      identities: [{ channelType: 'EMAIL', value: word, isPrimary: true }] as never,
    },
    ...{ customFields, lastActivityAt: minute(3), createdAt: minute(0), updatedAt: minute(1), raw },
  }
  return {
    channels: [
      {
        ...{ externalId: `mail${word}`, type: 'EMAIL', name: `Mail ${word}` },
        accounts: [{ externalId: `box${word}`, name: `Box ${word}`, address: `box@${word}.example` }],
      },
    ],
    departments: [{ externalId: `dep${word}`, name: `Department ${word}`, agentExternalIds: [bob.externalId] }],
    agents: [
      { type: 'AGENT', externalId: bob.externalId, displayName: bob.name, email: bob.email, ...person },
      { type: 'AGENT', externalId: eve.externalId, displayName: eve.name, email: `eve@${word}.example`, ...person },
    ],
    contacts: [
      { type: 'CONTACT', externalId: ann.externalId, displayName: ann.name, email: ann.email, ...known },
      {
        type: 'CONTACT',
        externalId: zoe.externalId,
        displayName: zoe.name,
        email: zoe.email,
        ...known,
        identifier: `${word}2`,
      },
    ],
    views: [{ externalId: `v${word}`, name: `View ${word}`, isShared: true, filter: { status: ['PENDING_INTERNAL'] } }],
    tickets: [ticket('1', ann), ticket('2', zoe)],
    misfits: [{ kind: 'unmapped', subject: 'ticket', externalId: word, field: 'status', problem: word, raw: { word } }],
  }
}

/** Call it at the top level of a test file. */
export async function openCompanies() {
  const { db, during, newDesk, ask, answerOf, idOf } = await openTimelines()
  return { db, during, ask, answerOf, alpha: await openOne('alpha'), bravo: await openOne('bravo') }

  async function openOne(word: string) {
    const desk = await newDesk('chatwoot')
    await desk.store(recordsOf(word))
    const { workspaceId } = desk
    const person = (externalId: string) =>
      idOf(sql`select id from actors where workspace_id = ${workspaceId} and external_id = ${externalId}`)
    const annId = await person(`ann${word}`)
    await db.execute(sql`update backends set health = 'DEGRADED', problem = ${JSON.stringify({ kind: 'TRY_AGAIN', message: `psst ${word}`, httpStatus: 500, code: word, requestId: word, retryAt: null })}::jsonb
      where workspace_id = ${workspaceId}`)
    await desk.run('draftSave', 'DraftSaveInput', {
      ...{
        ticketId: await desk.ticketId(`${word}1`),
        type: 'REPLY_OUTBOUND',
        body: { text: `psst ${word}` },
        subject: word,
      },
    })
    await desk.run('messageSend', 'MessageSendInput', {
      ...{ ticketId: await desk.ticketId(`${word}2`), entry: { body: { text: `An answer of ${word}` } } },
    })
    await desk.run('viewSave', 'ViewSaveInput', {
      name: `Mine ${word}`,
      filter: { subjectContains: word },
      isShared: true,
    })
    await desk.run('apiKeyCreate', 'ApiKeyCreateInput', { name: `Key ${word}`, role: 'INTEGRATION' })
    await desk.run('webhookSave', 'WebhookSaveInput', {
      ...{ url: `https://${word}.example/hook`, events: ['TICKET_UPDATED'], description: `Hook ${word}` },
    })
    const [webhook] = (await ask(desk.admin, '{ webhooks { id } }', {})) as { id: string }[]
    await desk.run('webhookTest', 'NodeActionInput', { id: webhook?.id })
    await db.execute(
      sql`update webhooks set problem = 'GAP', problem_at = now(), failing_since = now() where workspace_id = ${workspaceId}`,
    )
    await db.execute(sql`update webhook_deliveries set attempts = 1, sent_at = now(), http_status = 500, duration_ms = 3,
      response = ${`Oops ${word}`}, problem = ${`Not taken by ${word}`} where workspace_id = ${workspaceId}`)
    const viewer = (role: Viewer['role'], said: { without?: Scope; actorId?: string | null } = {}) =>
      desk.viewer({
        ...{ role, actorId: role === 'CONTACT' ? annId : (said.actorId ?? null) },
        scopes: new Set([...usualScopes(role)].filter((scope) => scope !== said.without)),
      })
    const bobId = await person(`bob${word}`)
    const open = { ticketId: await desk.ticketId(`${word}1`), state: 'VIEWING' }
    await desk.run('presenceSet', 'PresenceInput', open, viewer('AGENT', { actorId: bobId }))
    await db.execute(sql`update presences set expires_at = now() + interval '1 day'`)
    const event = await idOf(sql`select id from ticket_events where workspace_id = ${workspaceId}`)
    const paths = pathsOf({
      ...{ ticket: await desk.ticketId(`${word}1`), contact: nodeIdOf('Contact', annId), word },
      ...{ backend: nodeIdOf('Backend', desk.backend.id), event: nodeIdOf('GenericEventItem', event) },
      text: 'Where is the parcel that I ordered two weeks ago?',
    })
    return {
      ...{ ...desk, word, annId, viewer, scopesOf: usualScopes, paths },
      zoeId: await person(`zoe${word}`),
      bobId,
    }
  }
}

import { readFileSync } from 'node:fs'
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  validateSchema,
} from 'graphql'
import { expect, test } from 'vitest'
import { schema } from '../../src/schema.ts'
import { schemaFile } from '../../src/start/schema-file.ts'

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

test('the schema is valid', () => {
  expect(validateSchema(schema)).toEqual([])
})

test('schema.graphql is what the program prints', () => {
  expect(() => schemaFile({ check: true })).not.toThrow()
  expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).toContain(
    'type Ticket implements Node',
  )
})

test('everything has a description', () => {
  expect(types.flatMap(undescribed)).toEqual([])
})

/** Coordinates without a description that says something. */
function undescribed(type: GraphQLNamedType): string[] {
  const silent: string[] = []
  const look = (coordinate: string, { description }: { description?: string | null | undefined }) => {
    if (!description || description.trim().length < 3) silent.push(coordinate)
  }
  look(type.name, type)
  if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value)
  if (isInputObjectType(type))
    for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field)
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field)
      for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name}:)`, arg)
    }
  }
  return silent
}

test('no type is unreachable', () => {
  const reached = new Set<string>()
  const visit = (type: GraphQLNamedType) => {
    if (reached.has(type.name)) return
    reached.add(type.name)
    if (isAbstractType(type)) for (const member of schema.getPossibleTypes(type)) visit(member)
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const owner of type.getInterfaces()) visit(owner)
      for (const field of Object.values(type.getFields()))
        for (const used of [field, ...field.args]) visit(getNamedType(used.type))
    }
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) visit(getNamedType(field.type))
  }
  visit(schema.getQueryType() as GraphQLObjectType)
  visit(schema.getMutationType() as GraphQLObjectType)
  visit(schema.getSubscriptionType() as GraphQLObjectType)
  expect(types.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([])
})

test('every type with a global id is a Node, and the other way round', () => {
  const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name)
  const withGlobalId = types
    .filter((type) => isObjectType(type) && /^Opaque global id/.test(type.getFields().id?.description ?? ''))
    .map(({ name }) => name)
  expect(nodes.toSorted()).toEqual(withGlobalId.toSorted())
  expect(nodes.length).toBeGreaterThan(14)
})

test('lists never hold null, except `nodes`, and connections have what every connection has', () => {
  for (const type of types) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (`${type.name}.${field.name}` === 'Query.nodes') continue
      expect(`${type.name}.${field.name}: ${field.type}`).not.toMatch(/[^!]\]/)
    }
    // A feed has no whole to count, and its events carry their own cursors.
    if (type.name.endsWith('Connection') && type.name !== 'ChangeConnection')
      expect(Object.keys(type.getFields())).toEqual(
        expect.arrayContaining(['nodes', 'edges', 'pageInfo', 'totalCount']),
      )
  }
})

/** What clients of the reading side rely on: these names stay. */
const kept: Record<string, string> = {
  Query:
    'node nodes viewer ticket ticketByRef ticketResult tickets conversation conversationByRef message contact contactByRef contacts agents departments tags channels backends backend',
  Ticket: `id number externalId url backend subject preview version status statusCategory statusDetail priority priorityDetail category snoozedUntil requester assignee
    department createdBy lastRepliedBy resolvedBy channel channelAccount lastMessageChannel lastMessageChannelAccount originalConversationId isReadByAgent isReadByContact
    isUnread unreadMessageCount hasDraft draft isRecycled recycledAt isSpam mergedInto mergedFrom tags customFields contactLanguage agentLanguage isAutoTranslationOn
    replyingAgentMode messageCount metrics sla sync raw createdAt updatedAt lastActivityAt lastRepliedAt lastStatusChangedAt firstRepliedAt waitingSince resolvedAt reopenedAt
    conversations messages notes firstMessage lastMessage mentions attachments`,
  Conversation: `id externalId uuid ticket type status statusDetail channel channelAccount contact assignee canReply isMuted isIdentityVerified snoozedUntil priority tags
    unreadCount messageCount agentLastSeenAt assigneeLastSeenAt contactLastSeenAt firstRepliedAt waitingSince lastActivityAt customFields additionalAttributes sla createdAt
    updatedAt raw messages lastMessage emailAddresses`,
  Message: `id externalId sourceId clientMessageId at ticket conversation type direction contentType subject body parts translation sender actor senderName emailAddresses parent
    previous isInternal isRead isSpam isSuggested isEdited isDeleted showInlineImages showInCorrespondence isOriginalSentToContact statusDetail priority extractedText delivery
    channel channelAccount sentiment contentAttributes metadata sentAt receivedAt readAt expiresAt createdAt updatedAt createdBy updatedBy raw attachments mentions`,
  RichText: 'plainPreview text html rawHtml markdown editorjs readMinutes quotedText',
  EditorJs: 'time version blocks',
  EditorJsBlock: 'id type data',
  MessagePart: 'id contentType encoding body text templateId meta',
  MessageDelivery: 'status failReason at retryCount groupId orderNumber',
  MessageTranslation: 'locale text html provider isFromBackend createdAt',
  EmailAddress: 'email name direction contact isOwnAddress',
  Attachment:
    'id externalId name contentType kind sizeBytes sizeKb status statusMessage downloadUrl downloadUrlExpiresAt fileKey isInline contentId message ticket createdAt',
  Draft:
    'id ticket type version subject body contentType emailAddresses attachments quotedText hasUnreceivedAttachment metadata updatedBy createdAt updatedAt',
  Mention: 'id externalId agent mentionedBy note ticket isRead readAt createdAt',
  Contact:
    'id type externalId identifier displayName email phone avatarUrl isBlocked isOnline isIdentityVerified language identities customFields lastActivityAt createdAt updatedAt tickets ticketCounts backend raw',
  Agent:
    'id type externalId displayName email avatarUrl isAvailable isActive role messageSignature departments backend',
  Bot: 'id type externalId displayName avatarUrl backend',
  SystemActor: 'id type externalId displayName avatarUrl',
  Department: 'id externalId name agents backend',
  Tag: 'id externalId name color backend',
  Channel: 'id externalId type name backend accounts',
  ChannelAccount: 'id externalId name address channel',
  Backend: 'id key name vendor health healthMessage sync quota capabilities capability channels createdAt',
  BackendLabel: 'raw label backgroundColor textColor',
  BackendQuota: 'resetsAt message',
  BackendError: 'message code path backend retryable retryAfter providerCode providerRequestId',
  QuotaExceededError: 'message code path backend resetsAt',
  NotFoundError: 'message code path nodeId',
  ForbiddenError: 'message code path missingScopes',
  ValidationError: 'message code path rule',
  SyncInfo: 'state lastSyncedAt nextSyncAt isStale error pendingWrites',
  SlaStatus: 'state policyName dueAt breachedAt events',
  TicketMetrics: 'responseTimeSeconds responseCount firstResponseTimeSeconds resolutionTimeSeconds',
  Viewer: 'actor role tenant locale myTickets',
  Tenant: 'id key name defaultLocale createdAt',
  PageInfo: 'hasNextPage hasPreviousPage startCursor endCursor',
  TicketConnection: 'nodes edges pageInfo totalCount',
  TicketFilter: `ids backendIds status statusCategory rawStatus priority assigneeIds isAssigned departmentIds requesterIds requesterTypes channelTypes channelAccountIds tagIds hasTags
    isUnread isReadByContact hasDraft hasAttachments hasUnreadMention isRecycled isMerged isSpam isSnoozed keywords createdAt updatedAt lastRepliedAt lastActivityAt resolvedAt
    waitingSince customFields and or not`,
  TicketOrderField:
    'LAST_ACTIVITY_AT CREATED_AT UPDATED_AT LAST_REPLIED_AT WAITING_SINCE PRIORITY STATUS_CHANGED_AT SLA_DUE_AT NUMBER',
  TicketStatus: 'NEW PENDING_INTERNAL PENDING_EXTERNAL ON_HOLD RESOLVED UNKNOWN',
  TicketStatusCategory: 'OPEN WAITING DONE',
  TicketPriority: 'URGENT HIGH NORMAL LOW',
  ConversationType: 'UNKNOWN REPLY_INBOUND NOTE_PRIVATE NOTE_PUBLIC FORWARD REPLY_OUTBOUND SUGGESTED_REPLY',
  EmailAddressDirection: 'UNKNOWN FROM TO CC BCC FORWARDED_TO RESENT_FROM REPLY_TO',
  AttachmentStatus: 'UNKNOWN UNAVAILABLE OK WARNING ERROR',
  MessageDirection: 'INBOUND OUTBOUND INTERNAL SYSTEM',
  BackendHealth: 'OK DEGRADED UNREACHABLE AUTH_FAILED QUOTA_EXHAUSTED PAUSED',
  SyncState: 'NEVER SYNCING LIVE PARTIAL FAILED PAUSED',
  ActorType: 'CONTACT VISITOR AGENT CHATBOT CHANNEL_ACCOUNT SYSTEM OUTREACH_CAMPAIGN',
}

test.each(Object.keys(kept))('%s keeps its names', (typeName) => {
  const type = schema.getType(typeName)
  const names = isEnumType(type)
    ? type.getValues().map(({ name }) => name)
    : Object.keys((type as GraphQLObjectType | undefined)?.getFields() ?? {})
  expect((kept[typeName] ?? '').split(/\s+/).filter((name) => !names.includes(name))).toEqual([])
})

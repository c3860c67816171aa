/**
 * Who may see each field of each type: a new field has to be decided on here before the tests pass.
 *
 * `needs`: scopes of the type: whoever lacks one gets no such object. `everybody`: all who got one, the same for all.
 * `own`: all who got one, each what is theirs to know. `agents`: not customers, who are told nothing instead. `known`:
 * of themselves, of others only with CONTACTS_READ; `knownToAgents`: nor are customers told of themselves. `noteReaders`: as `agents`, with NOTES_READ. Any other name is of the scopes that a token needs for these fields.
 */
export const decisions: Record<string, Record<string, string>> = {
  Agent: {
    everybody: 'avatarUrl backend displayName id type',
    agents: 'departments email externalId isActive isAvailable messageSignature openTicketCount role',
  },
  AgentConnection: { everybody: 'pageInfo', own: 'edges nodes totalCount isTotalCountEstimated' },
  AgentEdge: { own: 'cursor node' },
  ApiKey: {
    needs: 'KEYS_ADMIN',
    everybody: 'actor createdAt createdBy expiresAt hint id isUsable lastUsedAt name revokedAt role scopes',
  },
  ApiKeyConnection: { needs: 'KEYS_ADMIN', everybody: 'edges nodes pageInfo totalCount isTotalCountEstimated' },
  ApiKeyCreatePayload: { everybody: 'apiKey clientMutationId errors secret' },
  ApiKeyEdge: { needs: 'KEYS_ADMIN', everybody: 'cursor node' },
  ApiKeyPayload: { everybody: 'apiKey clientMutationId errors' },
  AssignmentChangedItem: {
    needs: 'TICKETS_READ',
    everybody: 'actor at fromAssignee fromDepartment id itemType toAssignee toDepartment',
  },
  Attachment: {
    needs: 'TICKETS_READ',
    everybody:
      'contentId contentType createdAt downloadUrl downloadUrlExpiresAt externalId id isInline kind message name sizeBytes sizeKb status statusMessage thumbnailUrl ticket',
    agents: 'fileKey',
  },
  AttachmentConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated totalSizeBytes',
  },
  AttachmentEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  AttachmentUploadPayload: {
    everybody: 'attachment clientMutationId errors expiresAt uploadFields uploadMethod uploadUrl',
  },
  AuditConnection: { needs: 'AUDIT_READ', everybody: 'edges nodes pageInfo totalCount isTotalCountEstimated' },
  AuditEdge: { needs: 'AUDIT_READ', everybody: 'cursor node' },
  AuditEntry: {
    needs: 'AUDIT_READ',
    everybody: 'actor at changes id ip operation outcome requestId targetIds tokenName',
    own: 'target',
  },
  Backend: {
    everybody: 'capabilities capability channels createdAt id key name sync vendor',
    agents: 'health healthMessage isConnected problem quota',
  },
  BackendCapability: { everybody: 'level name note' },
  BackendError: { everybody: 'backend code message path providerCode providerRequestId retryAfter retryable' },
  BackendLabel: { everybody: 'backgroundColor label raw textColor' },
  BackendQuota: { everybody: 'message resetsAt' },
  Bot: { everybody: 'avatarUrl backend displayName id type', agents: 'externalId' },
  ChangeConnection: { everybody: 'gap pageInfo', own: 'nextCursor nodes' },
  Channel: { everybody: 'accounts backend externalId id name type' },
  ChannelAccount: { everybody: 'address channel externalId id name' },
  ConflictError: { agents: 'changedFields currentVersion', everybody: 'code currentDraft currentTicket message path' },
  Contact: {
    everybody: 'avatarUrl backend displayName id ticketCounts tickets type viewerCan',
    known:
      'createdAt email externalId identifier identities isIdentityVerified isOnline language lastActivityAt phone updatedAt',
    agents: 'linkedContacts',
    'RAW_READ CONTACTS_READ': 'raw',
    knownToAgents: 'customFields isBlocked mergedInto',
  },
  ContactConnection: { everybody: 'pageInfo', own: 'edges nodes totalCount isTotalCountEstimated' },
  ContactEdge: { own: 'cursor node' },
  ContactIdentity: { everybody: 'channelType isPrimary value' },
  ContactPermissions: { everybody: 'block merge update' },
  ContactUpsertPayload: { everybody: 'clientMutationId contact errors result', agents: 'deliveries' },
  Conversation: {
    needs: 'TICKETS_READ',
    agents:
      'additionalAttributes agentLastSeenAt assignee assigneeLastSeenAt customFields isMuted snoozedUntil tags unreadCount uuid',
    everybody:
      'canReply channel channelAccount contact contactLastSeenAt createdAt externalId firstRepliedAt id isIdentityVerified lastMessage messages priority sla status statusDetail ticket waitingSince',
    RAW_READ: 'raw',
    own: 'type emailAddresses lastActivityAt messageCount updatedAt',
  },
  ConversationConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated',
  },
  ConversationEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  ConversationPayload: { everybody: 'clientMutationId conversation errors ticket', agents: 'deliveries' },
  CustomFieldValue: { everybody: 'displayValue isEditable key label type value' },
  DeletePayload: { everybody: 'clientMutationId deletedId errors' },
  Delivery: {
    everybody: 'attempts backend createdAt error id messages nextAttemptAt operation settledAt state ticket tokenName',
  },
  DeliveryConnection: { everybody: 'pageInfo', own: 'edges nodes totalCount isTotalCountEstimated' },
  DeliveryEdge: { own: 'cursor node' },
  DeliveryPayload: { everybody: 'clientMutationId delivery errors ticket' },
  Department: { everybody: 'agents backend externalId id name' },
  Draft: {
    needs: 'TICKETS_READ',
    everybody:
      'attachments body contentType createdAt emailAddresses hasUnreceivedAttachment id metadata quotedText subject ticket type updatedAt updatedBy version',
  },
  DraftConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated',
  },
  DraftDeletePayload: { everybody: 'clientMutationId deletedDraftId errors ticket', agents: 'deliveries' },
  DraftEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  DraftPayload: { everybody: 'clientMutationId draft errors replayed ticket', agents: 'deliveries' },
  EditorJs: { everybody: 'blocks time version' },
  EditorJsBlock: { everybody: 'data id type' },
  EmailAddress: { everybody: 'contact direction email isOwnAddress name' },
  ForbiddenError: { everybody: 'code message missingScopes path' },
  GenericEventItem: { needs: 'TICKETS_READ', everybody: 'actor at detail id itemType label' },
  Highlight: { own: 'field snippet' },
  IdempotencyError: { everybody: 'code firstUsedAt message path' },
  Job: {
    needs: 'TICKETS_READ',
    everybody: 'createdAt failed failures finishedAt id kind processed resultUrl startedBy state total',
  },
  JobFailure: { everybody: 'cursor errors nodeId ticket' },
  JobPayload: { everybody: 'clientMutationId errors job' },
  LanguageDetection: { everybody: 'confidence locale provider' },
  Mention: { needs: 'TICKETS_READ', everybody: 'agent createdAt externalId id isRead mentionedBy note readAt ticket' },
  MentionConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated unreadCount',
  },
  MentionEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  MentionEvent: { needs: 'TICKETS_READ', everybody: 'at cursor mention unreadCount' },
  MentionsPayload: { everybody: 'clientMutationId errors mentions unreadCounts' },
  MergeItem: { needs: 'TICKETS_READ', everybody: 'actor at id itemType movedMessageCount source target' },
  Message: {
    needs: 'TICKETS_READ',
    everybody:
      'actor at attachments body channel channelAccount contentType conversation createdAt createdBy direction externalId extractedText id isDeleted isEdited isInternal isOriginalSentToContact isRead isSuggested itemType parent parts previous priority readAt receivedAt sender senderName sentAt showInCorrespondence showInlineImages sourceId subject ticket translation type updatedAt viewerCan',
    own: 'clientMessageId emailAddresses',
    agents: 'contentAttributes delivery expiresAt isSpam metadata sentiment statusDetail updatedBy',
    RAW_READ: 'raw',
    noteReaders: 'mentions',
  },
  MessageConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated',
  },
  MessageDeletePayload: { everybody: 'clientMutationId deletedMessageId errors replayed ticket', agents: 'deliveries' },
  MessageDelivery: { everybody: 'at failReason groupId orderNumber retryCount status' },
  MessageEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  MessageEvent: { everybody: 'actor at changeType clientMutationId cursor message messageId ticketId' },
  MessagePart: { everybody: 'body contentType encoding id text', agents: 'meta templateId' },
  MessagePayload: {
    everybody:
      'clientMutationId draft errors message messageEdge newerMessages replayed ticket undoToken undoableUntil',
    agents: 'deliveries',
  },
  MessagePermissions: { everybody: 'delete edit forward resend translate' },
  MessageTranslatePayload: { everybody: 'clientMutationId errors message translation' },
  MessageTranslation: { everybody: 'createdAt html isFromBackend locale provider sourceLocale text' },
  MessagesPayload: { everybody: 'clientMutationId errors messages replayed ticket', agents: 'deliveries' },
  Misfit: { everybody: 'externalId field isParked lastSeenAt occurrences problem subject', RAW_READ: 'raw' },
  NotFoundError: { everybody: 'code message nodeId path' },
  PageInfo: { everybody: 'hasNextPage hasPreviousPage', own: 'endCursor startCursor' },
  Permission: { own: 'allowed explanation reason' },
  Presence: { needs: 'TICKETS_READ', everybody: 'agent lastSeenAt since state' },
  PresenceEvent: { everybody: 'at cursor presence ticketId' },
  PresencePayload: { everybody: 'clientMutationId errors presence' },
  PriorityChangedItem: { needs: 'TICKETS_READ', everybody: 'actor at from id itemType to' },
  Query: {
    TICKETS_READ:
      'agents changes channels conversation conversationByRef deliveries departments detectLanguage job message search tags ticket ticketByRef ticketGroups tickets unreadCounts view views',
    everybody: 'backend backends contact node nodes rateLimit ticketResult viewer',
    KEYS_ADMIN: 'apiKeys',
    AUDIT_READ: 'auditLog',
    WEBHOOKS_ADMIN: 'webhooks',
    CONTACTS_READ: 'contactByRef contacts',
    ANALYTICS_READ: 'ticketStats',
    MESSAGES_WRITE: 'translationPreview',
  },
  QuotaExceededError: { everybody: 'backend code message path resetsAt' },
  RateLimit: { own: 'cost limit maxDepth maxNodes maxSubscriptions nodeCount remaining resetAt' },
  RichText: {
    everybody: 'editorjs html markdown plainPreview quotedText readMinutes remoteImageCount text',
    RAW_READ: 'rawHtml',
  },
  SearchConnection: {
    everybody: 'didYouMean isCapped pageInfo',
    own: 'edges nodes totalCount isTotalCountEstimated counts',
  },
  SearchCounts: { own: 'contacts messages tickets' },
  SearchEdge: { own: 'cursor node' },
  SearchHit: { own: 'highlights node score' },
  SimilarTicket: { everybody: 'reason score ticket' },
  SlaEvent: { everybody: 'at detail name' },
  SlaStatus: { agents: 'breachedAt dueAt events policyName state' },
  StatusChangedItem: { needs: 'TICKETS_READ', everybody: 'actor at from fromDetail id itemType to toDetail' },
  StreamGap: { everybody: 'at cursor droppedCount reason resumeFrom' },
  Subscription: {
    everybody: 'backendHealthChanged',
    TICKETS_READ: 'jobProgress presenceChanged ticketActivity ticketEvents unreadCountsChanged',
    NOTES_READ: 'mentionReceived',
  },
  SyncInfo: { agents: 'error isStale lastSyncedAt misfitCount misfits nextSyncAt pendingWrites progress state' },
  SyncProgress: { everybody: 'done total' },
  SystemActor: { everybody: 'avatarUrl displayName id type', agents: 'externalId' },
  Tag: { everybody: 'backend color createdAt externalId id name', TICKETS_READ: 'ticketCount' },
  TagConnection: { everybody: 'pageInfo', own: 'edges nodes totalCount isTotalCountEstimated' },
  TagEdge: { own: 'cursor node' },
  TagPayload: { everybody: 'clientMutationId errors tag', agents: 'deliveries' },
  TagsChangedItem: { needs: 'TICKETS_READ', everybody: 'actor added at id itemType removed' },
  Tenant: { everybody: 'createdAt defaultLocale id key name' },
  Ticket: {
    needs: 'TICKETS_READ',
    agents:
      'agentLanguage assignee category customFields department draft drafts hasDraft isAutoTranslationOn isReadByAgent isSpam mergeCandidates originalConversationId presence replyingAgentMode resolvedBy similarTickets snoozedUntil suggestedReplies tags url vanishedAt version',
    everybody:
      'attachments backend channel channelAccount contactLanguage conversations createdAt createdBy externalId firstMessage firstRepliedAt id isFollowedByViewer isReadByContact isRecycled isUnread lastMessage lastMessageChannel lastMessageChannelAccount lastRepliedAt lastRepliedBy lastStatusChangedAt mergedFrom mergedInto messages metrics number priority priorityDetail recycledAt reopenedAt requester resolvedAt sla status statusCategory statusDetail subject sync timeline viewerCan waitingSince',
    NOTES_READ: 'notes',
    own: 'participants attachmentCount lastActivityAt messageCount preview unreadMessageCount updatedAt',
    RAW_READ: 'raw',
    noteReaders: 'mentions',
  },
  TicketBulkResult: { everybody: 'errors ticket ticketId' },
  TicketConnection: {
    needs: 'TICKETS_READ',
    everybody: 'pageInfo unchanged',
    agents: 'incompleteBackends',
    own: 'edges nodes totalCount isTotalCountEstimated signature',
  },
  TicketCounts: { needs: 'TICKETS_READ', everybody: 'done open total waiting' },
  TicketCreatePayload: {
    everybody: 'clientMutationId errors messages replayed ticket ticketEdge',
    agents: 'deliveries',
  },
  TicketDeletePayload: { everybody: 'clientMutationId deletedTicketId errors', agents: 'deliveries' },
  TicketDetectLanguagePayload: { everybody: 'clientMutationId detection errors ticket', agents: 'deliveries' },
  TicketEdge: { needs: 'TICKETS_READ', own: 'cursor node' },
  TicketEvent: {
    everybody: 'actor at changeType changedFields clientMutationId cursor isInSelection ticket ticketId wasInSelection',
  },
  TicketGroup: { everybody: 'filter key label', own: 'tickets totalCount unreadCount' },
  TicketMergePayload: {
    everybody: 'clientMutationId errors movedMessageCount replayed sources target undoToken undoableUntil',
    agents: 'deliveries',
  },
  TicketMetrics: { agents: 'firstResponseTimeSeconds resolutionTimeSeconds responseCount responseTimeSeconds' },
  TicketPayload: { everybody: 'clientMutationId errors replayed ticket undoToken undoableUntil', agents: 'deliveries' },
  TicketPermissions: { everybody: 'addNote assign delete markRead merge recycle reply restore tag update' },
  TicketStats: { everybody: 'groups series totalCount' },
  TicketStatsGroup: { everybody: 'count key label' },
  TicketStatsPoint: { everybody: 'at count p50 p90 value' },
  TicketStatsSeries: { everybody: 'metric points' },
  TicketsBulkPayload: {
    everybody:
      'clientMutationId errors failedCount job matchedCount replayed results succeededCount undoToken undoableUntil',
  },
  TicketsPayload: {
    everybody: 'clientMutationId errors tickets undoToken undoableUntil unreadCounts',
    agents: 'deliveries',
  },
  TimelineConnection: { everybody: 'pageInfo', own: 'edges nodes totalCount isTotalCountEstimated updatedAt' },
  TimelineEdge: { own: 'cursor node' },
  TranslationEvent: { everybody: 'at cursor errors messageId translation' },
  TranslationPreview: { everybody: 'provider sourceLocale targetLocale translatedText' },
  TranslatorError: { everybody: 'code message path provider retryAfter retryable' },
  UndoPayload: { everybody: 'clientMutationId errors tickets', agents: 'deliveries' },
  UnexpectedError: { everybody: 'code message path' },
  UnreadCounts: { needs: 'TICKETS_READ', own: 'asOf allCount views mentionedCount' },
  UnsupportedError: { everybody: 'backend capability code message path' },
  ValidationError: { everybody: 'code message path rule' },
  Vendor: { everybody: 'capabilities key name' },
  View: {
    needs: 'TICKETS_READ',
    everybody:
      'backend color condition createdAt externalId filter groupBy icon id isBuiltIn isShared mentionedUnreadCount name orderBy owner position problem ticketCount tickets unreadCount updatedAt',
    own: 'isEditable isOwn',
  },
  Webhook: {
    needs: 'WEBHOOKS_ADMIN',
    everybody:
      'createdAt cursor deliveries description events failingSince filter formerSecretUntil id isEnabled problem query savedBy savedByActor secretHint updatedAt url',
  },
  WebhookDelivery: {
    needs: 'WEBHOOKS_ADMIN',
    everybody:
      'at attempt cursor durationMs event httpStatus id messageId nextAttemptAt problem sentAt state subjectId succeeded webhook',
    own: 'response',
  },
  WebhookDeliveryConnection: {
    needs: 'WEBHOOKS_ADMIN',
    everybody: 'edges nodes pageInfo totalCount isTotalCountEstimated',
  },
  WebhookDeliveryEdge: { needs: 'WEBHOOKS_ADMIN', everybody: 'cursor node' },
  WebhookPayload: { everybody: 'clientMutationId errors secret webhook' },
  WebhookProblem: { everybody: 'at kind message' },
  WebhookTestPayload: { everybody: 'clientMutationId delivery errors' },
  ViewPayload: { everybody: 'clientMutationId errors view' },
  ViewUnreadCount: { everybody: 'mentionedUnreadCount mentionedUnreadTicketIds unreadCount unreadTicketIds view' },
  Viewer: { everybody: 'drafts mentions myTickets tenant', own: 'actor locale recentTickets role scopes tokenName' },
}

/** What customers may do; everything else is refused to them, whatever their scopes. */
export const forContacts =
  'attachmentUploadCreate conversationMarkSeen messageSend messageTranslate ticketCreate ticketMarkRead ticketMarkUnread undo'

export const mutations: Record<string, string> = {
  MESSAGES_WRITE:
    'attachmentUploadCreate draftDelete draftSave draftSend messageDelete messageForward messageResend messageSend messageTranslate messageUpdate messagesCreate suggestedReplyAccept ticketsBulkReply',
  CONTACTS_WRITE: 'contactMerge contactUpsert',
  TICKETS_WRITE:
    'conversationMarkSeen conversationMute deliveryDiscard deliveryRetry jobCancel tagCreate tagDelete tagUpdate ticketCreate ticketDetectLanguage ticketFollow ticketMarkRead ticketMarkUnread ticketMerge ticketRecycle ticketRestore ticketTag ticketUnmerge ticketUpdate ticketsBulkUpdate undo',
  TICKETS_READ: 'presenceSet',
  'TICKETS_WRITE NOTES_READ': 'mentionMarkRead',
  NOTES_WRITE: 'noteAdd',
  TICKETS_DELETE: 'ticketDelete',
  VIEWS_WRITE: 'viewDelete viewSave',
  KEYS_ADMIN: 'apiKeyCreate apiKeyRevoke',
  WEBHOOKS_ADMIN: 'webhookDelete webhookReplay webhookRotateSecret webhookSave webhookTest',
}

/** Where an object of each type can be met: documents with `*` where its fields go. What a customer may see lies on their own ticket. */
type Ids = {
  ticket: string
  contact: string
  backend: string
  word: string
  event: string
  text: string
}

export function pathsOf({ ticket, contact, backend, word, event, text }: Ids): Record<string, string> {
  const onTicket = (rest: string) => `{ ticket(id: "${ticket}") { ${rest} } }`
  const replies = (rest: string) => onTicket(`messages(filter: { types: [REPLY_INBOUND] }) { nodes { ${rest} } }`)
  const thread = (rest: string) => onTicket(`firstMessage { conversation { ${rest} } }`)
  const desk = (rest: string) => `{ backend(id: "${backend}") { ${rest} } }`
  const view = (rest: string) => `{ views { ${rest} } }`
  const found = (rest: string) => `{ search(query: "${word}") { ${rest} } }`
  const stats = (rest: string) => `{ ticketStats(groupBy: STATUS, metrics: [BACKLOG]) { ${rest} } }`
  return {
    Ticket: onTicket('*'),
    TicketMetrics: onTicket('metrics { * }'),
    SlaStatus: onTicket('sla { * }'),
    SlaEvent: onTicket('sla { events { * } }'),
    BackendLabel: onTicket('statusDetail { * }'),
    CustomFieldValue: onTicket('customFields { * }'),
    SyncInfo: onTicket('sync { * }'),
    Misfit: desk('sync { misfits { * } }'),
    Tag: onTicket('tags { * }'),
    TicketPermissions: onTicket('viewerCan { * }'),
    Permission: onTicket('viewerCan { merge { * } }'),
    Contact: `{ contact(id: "${contact}") { * } }`,
    ContactIdentity: `{ contact(id: "${contact}") { identities { * } } }`,
    ContactPermissions: `{ contact(id: "${contact}") { viewerCan { * } } }`,
    TicketCounts: `{ contact(id: "${contact}") { ticketCounts { * } } }`,
    Agent: onTicket('lastRepliedBy { ... on Agent { * } }'),
    Department: '{ departments { * } }',
    Conversation: thread('*'),
    Message: replies('*'),
    MessageDelivery: replies('delivery { * }'),
    MessagePart: replies('parts { * }'),
    MessageTranslation: replies('translation { * }'),
    MessagePermissions: replies('viewerCan { * }'),
    RichText: replies('body { * }'),
    EmailAddress: replies('emailAddresses(direction: [FROM, TO, CC]) { * }'),
    Attachment: replies('attachments { * }'),
    Channel: replies('channel { * }'),
    ChannelAccount: replies('channelAccount { * }'),
    Mention: onTicket('mentions { * }'),
    Presence: onTicket('presence { * }'),
    Draft: onTicket('drafts { * }'),
    SimilarTicket: onTicket('similarTickets { * }'),
    GenericEventItem: `{ node(id: "${event}") { ... on GenericEventItem { * } } }`,
    TicketConnection: '{ tickets { * } }',
    TicketEdge: '{ tickets { edges { * } } }',
    PageInfo: '{ tickets { pageInfo { * } } }',
    MessageConnection: onTicket('messages { * }'),
    MessageEdge: onTicket('messages(filter: { types: [REPLY_INBOUND] }) { edges { * } }'),
    ConversationConnection: onTicket('conversations { * }'),
    ConversationEdge: onTicket('conversations(first: 1) { edges { * } }'),
    AttachmentConnection: onTicket('attachments { * }'),
    AttachmentEdge: onTicket('attachments(first: 1) { edges { * } }'),
    TimelineConnection: onTicket('timeline { * }'),
    TimelineEdge: onTicket('timeline(first: 1) { edges { * } }'),
    Backend: desk('*'),
    BackendCapability: desk('capability(name: NOTE_PRIVATE) { * }'),
    BackendError: desk('problem { ... on BackendError { * } }'),
    Vendor: desk('vendor { * }'),
    View: view('*'),
    ViewUnreadCount: '{ unreadCounts { views { * } } }',
    UnreadCounts: '{ unreadCounts { * } }',
    SearchConnection: found('*'),
    SearchEdge: found('edges { * }'),
    SearchHit: found('nodes { * }'),
    Highlight: found('nodes { highlights { * } }'),
    SearchCounts: found('counts { * }'),
    TicketStats: stats('*'),
    TicketStatsGroup: stats('groups { * }'),
    TicketStatsSeries: stats('series { * }'),
    TicketStatsPoint: stats('series { points { * } }'),
    TicketGroup: '{ ticketGroups(by: STATUS) { * } }',
    ContactConnection: '{ contacts { * } }',
    ContactEdge: '{ contacts { edges { * } } }',
    AgentConnection: '{ agents { * } }',
    AgentEdge: '{ agents { edges { * } } }',
    TagConnection: '{ tags { * } }',
    TagEdge: '{ tags { edges { * } } }',
    DeliveryConnection: '{ deliveries { * } }',
    DeliveryEdge: '{ deliveries { edges { * } } }',
    ApiKeyConnection: '{ apiKeys { * } }',
    ApiKeyEdge: '{ apiKeys { edges { * } } }',
    ApiKey: '{ apiKeys { nodes { * } } }',
    AuditConnection: '{ auditLog { * } }',
    AuditEdge: '{ auditLog { edges { * } } }',
    AuditEntry: '{ auditLog { nodes { * } } }',
    Webhook: '{ webhooks { * } }',
    WebhookProblem: '{ webhooks { problem { * } } }',
    WebhookDeliveryConnection: '{ webhooks { deliveries { * } } }',
    WebhookDeliveryEdge: '{ webhooks { deliveries { edges { * } } } }',
    WebhookDelivery: '{ webhooks { deliveries { nodes { * } } } }',
    RateLimit: '{ rateLimit { * } }',
    Delivery: '{ deliveries { nodes { * } } }',
    MentionConnection: '{ viewer { mentions { * } } }',
    MentionEdge: '{ viewer { mentions { edges { * } } } }',
    DraftConnection: '{ viewer { drafts { * } } }',
    DraftEdge: '{ viewer { drafts { edges { * } } } }',
    ChangeConnection: '{ changes { * } }',
    Tenant: '{ viewer { tenant { * } } }',
    Viewer: '{ viewer { * } }',
    LanguageDetection: `{ detectLanguage(text: "${text}") { * } }`,
    NotFoundError: '{ ticketResult(id: "x") { ... on NotFoundError { * } } }',
  }
}

/** What only happens: mutations answer with them, or a help desk has to say something special. Their fields are decided on all the same. */
export const metByMutationsOnly =
  /Payload$|^(AssignmentChangedItem|BackendQuota|Bot|ConflictError|EditorJs|EditorJsBlock|ForbiddenError|IdempotencyError|Job|JobFailure|MentionEvent|MergeItem|MessageEvent|PresenceEvent|PriorityChangedItem|Query|QuotaExceededError|StatusChangedItem|StreamGap|Subscription|SyncProgress|SystemActor|TagsChangedItem|TicketBulkResult|TicketEvent|TranslationEvent|TranslationPreview|TranslatorError|UnexpectedError|UnsupportedError|ValidationError)$/

/** The documents that GraphiQL opens with: a tour of the graph. */
export const graphiqlTabs = [
  `# The inbox: the latest tickets of all help desks in one list.
query Inbox {
  tickets(first: 25, orderBy: [{ field: LAST_ACTIVITY_AT, direction: DESC }]) {
    totalCount
    pageInfo { endCursor hasNextPage }
    nodes {
      id number subject preview status priority isUnread lastActivityAt
      backend { name vendor { key } }
      requester { displayName }
      assignee { ... on Agent { displayName } ... on Bot { displayName } }
      channel { type name }
      tags { name color }
    }
  }
}
`,
  `# One ticket with its threads. Variables: { "id": "the id of a ticket of the inbox", "isGiven": true }
# Without them, the newest ticket is shown.
query TicketDetail($id: ID = "", $isGiven: Boolean = false) {
  ticket(id: $id) @include(if: $isGiven) { ...Detail }
  tickets(first: 1) @skip(if: $isGiven) { nodes { ...Detail } }
}

fragment Detail on Ticket {
  number subject status statusDetail { raw label } priority createdAt
  backend { name health sync { state lastSyncedAt isStale } }
  requester { displayName ... on Contact { email phone ticketCounts { open done } } }
  conversations(first: 3) {
    nodes {
      type channel { type }
      messages(first: 20) {
        totalCount
        nodes {
          type direction at
          sender { displayName type }
          emailAddresses { direction email }
          body { plainPreview html quotedText }
          attachments { name kind sizeKb status downloadUrl }
        }
      }
    }
  }
}
`,
  `# Tickets, messages and people by words, a number or an address. Variables: { "words": "…" }
query Search($words: String = "invoice") {
  search(query: $words, first: 10) {
    counts { tickets messages contacts }
    isCapped didYouMean
    nodes {
      score
      highlights { field snippet }
      node {
        __typename
        ... on Ticket { id number subject status }
        ... on Message { id at sender { displayName } ticket { id number subject } }
        ... on Contact { id displayName email ticketCounts { open } }
      }
    }
    pageInfo { endCursor hasNextPage }
  }
}
`,
  `# A board with its badges, and what happened in the last days.
query Board {
  ticketGroups(by: STATUS) {
    key label totalCount unreadCount
    tickets(first: 5) { nodes { number subject priority waitingSince } pageInfo { endCursor hasNextPage } }
  }
  unreadCounts { allCount mentionedCount views { view { name } unreadCount } }
  ticketStats(metrics: [TICKETS_CREATED, TICKETS_RESOLVED, FIRST_RESPONSE_SECONDS], bucket: WEEK, groupBy: CHANNEL) {
    groups { label count }
    series { metric points { at value p50 p90 count } }
  }
}
`,
  `# What happened on a ticket, messages and events in one order. Variables: { "id": "the id of a ticket", "isGiven": true }
query Timeline($id: ID = "", $isGiven: Boolean = false) {
  ticket(id: $id) @include(if: $isGiven) { ...Story }
  tickets(first: 1) @skip(if: $isGiven) { nodes { ...Story } }
}

fragment Story on Ticket {
  number subject
  timeline(last: 20) {
    totalCount
    pageInfo { startCursor hasPreviousPage }
    nodes {
      __typename itemType at
      actor { displayName }
      ... on Message { type direction body { plainPreview } }
      ... on StatusChangedItem { from to }
      ... on AssignmentChangedItem { toAssignee { ... on Agent { displayName } } toDepartment { name } }
      ... on TagsChangedItem { added { name } removed { name } }
      ... on MergeItem { source { number } target { number } }
      ... on GenericEventItem { label detail }
    }
  }
}
`,
  `# Customers and what they asked before.
query ContactHistory {
  contacts(first: 5, filter: { types: [CONTACT] }) {
    totalCount
    nodes {
      id displayName email language
      backend { name }
      ticketCounts { total open waiting done }
      tickets(first: 5) { nodes { number subject status lastActivityAt } }
    }
  }
}
`,
  `# Anything by its global id: { "id": "…" }
query NodeLookUp($id: ID = "") {
  node(id: $id) {
    __typename
    id
    ... on Ticket { number subject }
    ... on Message { at body { plainPreview } }
    ... on Contact { displayName email }
  }
  backends { id name health sync { state misfitCount progress { done total } } }
}
`,
  `# What happens from now on. Press play, then change a ticket in another tab or at a help desk.
subscription Live {
  ticketEvents {
    __typename
    ... on TicketEvent { changeType changedFields wasInSelection isInSelection ticket { number subject status } }
    ... on MessageEvent { changeType message { direction body { plainPreview } } }
    ... on StreamGap { reason resumeFrom }
  }
}
`,
]

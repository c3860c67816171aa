/** The queries that GraphiQL opens with: a tour of the graph. */
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
]

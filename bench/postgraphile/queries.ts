/**
 * The queries as one would ask them of PostGraphile: the same rows in the same order with the same nested data, cursors
 * only. Each becomes one statement.
 */
import type { Sample } from '../queries.ts'

/** Where it finds the tables, see views.ts. */
export const viewsSchema = 'postgraphile_bench'

type Asked = { document: string; variables(sample: Sample): Record<string, unknown> }

const newestFirst = '[UPDATED_AT_DESC, ROW_ID_DESC]'
const thread = '[AT_ASC, SEQUENCE_ASC, ROW_ID_ASC]'

const inboxDocument = `
  query Inbox($status: String!, $after: Cursor) {
    tickets(condition: { status: $status }, orderBy: ${newestFirst}, first: 50, after: $after) {
      nodes {
        id: rowId number subject status priority updatedAt
        assignee { id: rowId displayName avatarUrl }
        requester { id: rowId displayName email }
        tags: tagsList(orderBy: [NAME_ASC, ROW_ID_ASC]) { id: rowId name color }
        lastMessage: publicMessagesList(first: 1, orderBy: [AT_DESC, SEQUENCE_DESC, ROW_ID_DESC]) {
          id: rowId direction at plainPreview: preview
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`

export const postgraphileQueries: Record<string, Asked> = {
  Q1: { document: inboxDocument, variables: ({ status }) => ({ status }) },
  'Q1 later': {
    document: inboxDocument,
    variables: (sample) => ({ status: sample.status, after: sample.postgraphileCursor }),
  },
  Q2: {
    document: `
      query Detail($id: UUID!) {
        ticket(rowId: $id) {
          id: rowId number subject status priority createdAt updatedAt
          conversations: conversationsList(first: 20, orderBy: [CREATED_AT_ASC, ROW_ID_ASC]) {
            id: rowId type status
            messages: messagesList(first: 50, orderBy: ${thread}) {
              id: rowId direction at text: bodyText
              sender { id: rowId displayName }
              attachments: attachmentsList(orderBy: [ROW_ID_ASC]) { id: rowId name contentType sizeBytes }
              emailAddresses: emailAddressesList(orderBy: [POSITION_ASC]) { direction email name }
            }
          }
        }
      }`,
    variables: ({ id }) => ({ id }),
  },
  Q3: {
    document: 'query Point($id: UUID!) { ticket(rowId: $id) { id: rowId number subject status updatedAt } }',
    variables: ({ id }) => ({ id }),
  },
  Q4: {
    document: `
      query Nested($after: Cursor!) {
        tickets(orderBy: ${newestFirst}, first: 50, after: $after) {
          nodes {
            id: rowId subject
            messages: messagesList(first: 10, orderBy: ${thread}) {
              id: rowId direction at plainPreview: preview
              attachments: attachmentsList(orderBy: [ROW_ID_ASC]) { id: rowId name sizeBytes status }
            }
          }
        }
      }`,
    variables: ({ postgraphileCursor }) => ({ after: postgraphileCursor }),
  },
}

/** Any page in the order of the inbox: what its cursor begins with, every cursor of that order begins with. */
export const anyPageDocument = `{ tickets(orderBy: ${newestFirst}, first: 1) { pageInfo { endCursor } } }`

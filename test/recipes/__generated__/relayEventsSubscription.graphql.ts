/**
 * @generated SignedSource<<133f418b762c85ca3cc020658028a0c6>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type ActorType = "AGENT" | "CHANNEL_ACCOUNT" | "CHATBOT" | "CONTACT" | "OUTREACH_CAMPAIGN" | "SYSTEM" | "VISITOR" | "%future added value";
export type ChannelType = "API" | "EMAIL" | "FACEBOOK" | "INSTAGRAM" | "LINE" | "LIVE_CHAT" | "OTHER" | "PORTAL" | "SMS" | "TELEGRAM" | "TWITTER" | "VOICE" | "WHATSAPP" | "%future added value";
export type ReplyingAgentMode = "AGENT_AND_BOT" | "AGENT_ONLY" | "BOT_ONLY" | "NO_REPLY" | "%future added value";
export type SlaState = "ACHIEVED" | "BREACHED" | "DUE_SOON" | "NONE" | "OK" | "%future added value";
export type TicketGroupBy = "ASSIGNEE" | "BACKEND" | "CHANNEL" | "DEPARTMENT" | "LANGUAGE" | "PRIORITY" | "REQUESTER" | "STATUS" | "TAG" | "%future added value";
export type TicketPriority = "HIGH" | "LOW" | "NORMAL" | "URGENT" | "%future added value";
export type TicketStatus = "NEW" | "ON_HOLD" | "PENDING_EXTERNAL" | "PENDING_INTERNAL" | "RESOLVED" | "UNKNOWN" | "%future added value";
export type TicketStatusCategory = "DONE" | "OPEN" | "WAITING" | "%future added value";
export type TicketFilter = {
  allTagIds?: ReadonlyArray<string> | null | undefined;
  and?: ReadonlyArray<TicketFilter> | null | undefined;
  assignedToMe?: boolean | null | undefined;
  assigneeIds?: ReadonlyArray<string> | null | undefined;
  backendIds?: ReadonlyArray<string> | null | undefined;
  channelAccountIds?: ReadonlyArray<string> | null | undefined;
  channelTypes?: ReadonlyArray<ChannelType> | null | undefined;
  contactLanguages?: ReadonlyArray<any> | null | undefined;
  createdAt?: DateTimeRange | null | undefined;
  customFields?: ReadonlyArray<CustomFieldFilter> | null | undefined;
  departmentIds?: ReadonlyArray<string> | null | undefined;
  hasAttachments?: boolean | null | undefined;
  hasDraft?: boolean | null | undefined;
  hasTags?: boolean | null | undefined;
  hasUnreadMention?: boolean | null | undefined;
  ids?: ReadonlyArray<string> | null | undefined;
  isAssigned?: boolean | null | undefined;
  isFollowed?: boolean | null | undefined;
  isMerged?: boolean | null | undefined;
  isReadByContact?: boolean | null | undefined;
  isRecycled?: boolean | null | undefined;
  isSnoozed?: boolean | null | undefined;
  isSpam?: boolean | null | undefined;
  isUnread?: boolean | null | undefined;
  isVanished?: boolean | null | undefined;
  keywords?: string | null | undefined;
  lastActivityAt?: DateTimeRange | null | undefined;
  lastRepliedAt?: DateTimeRange | null | undefined;
  mentionsMe?: boolean | null | undefined;
  not?: TicketFilter | null | undefined;
  or?: ReadonlyArray<TicketFilter> | null | undefined;
  priority?: ReadonlyArray<TicketPriority> | null | undefined;
  rawStatus?: ReadonlyArray<string> | null | undefined;
  replyingAgentMode?: ReadonlyArray<ReplyingAgentMode> | null | undefined;
  requesterIds?: ReadonlyArray<string> | null | undefined;
  requesterTypes?: ReadonlyArray<ActorType> | null | undefined;
  resolvedAt?: DateTimeRange | null | undefined;
  slaState?: ReadonlyArray<SlaState> | null | undefined;
  status?: ReadonlyArray<TicketStatus> | null | undefined;
  statusCategory?: ReadonlyArray<TicketStatusCategory> | null | undefined;
  subjectContains?: string | null | undefined;
  tagIds?: ReadonlyArray<string> | null | undefined;
  updatedAt?: DateTimeRange | null | undefined;
  waitingSince?: DateTimeRange | null | undefined;
  without?: ReadonlyArray<TicketGroupBy> | null | undefined;
};
export type DateTimeRange = {
  from?: string | null | undefined;
  isNull?: boolean | null | undefined;
  to?: string | null | undefined;
  within?: any | null | undefined;
};
export type CustomFieldFilter = {
  contains?: string | null | undefined;
  eq?: any | null | undefined;
  gte?: any | null | undefined;
  in?: ReadonlyArray<any> | null | undefined;
  isNull?: boolean | null | undefined;
  key: string;
  lt?: any | null | undefined;
};
export type relayEventsSubscription$variables = {
  after?: string | null | undefined;
  filter?: TicketFilter | null | undefined;
};
export type relayEventsSubscription$data = {
  readonly ticketEvents: {
    readonly __typename: string;
    readonly cursor?: string;
    readonly isInSelection?: boolean;
    readonly ticket?: {
      readonly id: string;
      readonly lastActivityAt: string;
      readonly status: TicketStatus;
      readonly subject: string;
    } | null | undefined;
    readonly ticketId?: string;
  };
};
export type relayEventsSubscription = {
  response: relayEventsSubscription$data;
  variables: relayEventsSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "after"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "filter"
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "after",
        "variableName": "after"
      },
      {
        "kind": "Variable",
        "name": "filter",
        "variableName": "filter"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "ticketEvents",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "cursor",
            "storageKey": null
          }
        ],
        "type": "ChangeEvent",
        "abstractKey": "__isChangeEvent"
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "ticketId",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "isInSelection",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "Ticket",
            "kind": "LinkedField",
            "name": "ticket",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "id",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "subject",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "status",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "lastActivityAt",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "type": "TicketEvent",
        "abstractKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayEventsSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "relayEventsSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "8fd774c0ad313c4a7aab61e81e00ed4a",
    "id": null,
    "metadata": {},
    "name": "relayEventsSubscription",
    "operationKind": "subscription",
    "text": "subscription relayEventsSubscription(\n  $filter: TicketFilter\n  $after: EventCursor\n) {\n  ticketEvents(filter: $filter, after: $after) {\n    __typename\n    ... on ChangeEvent {\n      __isChangeEvent: __typename\n      cursor\n    }\n    ... on TicketEvent {\n      ticketId\n      isInSelection\n      ticket {\n        id\n        subject\n        status\n        lastActivityAt\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "6930d202dce45918a0bb2c5d4c2070c6";

export default node;

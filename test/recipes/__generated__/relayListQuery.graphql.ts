/**
 * @generated SignedSource<<2d30ecd778529d8bcc67d360ccbd52cc>>
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
export type relayListQuery$variables = {
  filter?: TicketFilter | null | undefined;
  first?: number | null | undefined;
};
export type relayListQuery$data = {
  readonly tickets: {
    readonly nodes: ReadonlyArray<{
      readonly id: string;
      readonly lastActivityAt: string;
      readonly status: TicketStatus;
      readonly subject: string;
    }>;
    readonly pageInfo: {
      readonly hasNextPage: boolean;
    };
  };
};
export type relayListQuery = {
  response: relayListQuery$data;
  variables: relayListQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "filter"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "first"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "filter",
        "variableName": "filter"
      },
      {
        "kind": "Variable",
        "name": "first",
        "variableName": "first"
      }
    ],
    "concreteType": "TicketConnection",
    "kind": "LinkedField",
    "name": "tickets",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "Ticket",
        "kind": "LinkedField",
        "name": "nodes",
        "plural": true,
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
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "PageInfo",
        "kind": "LinkedField",
        "name": "pageInfo",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "hasNextPage",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayListQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayListQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "396fa9d6676979d2cd8357905aece5a2",
    "id": null,
    "metadata": {},
    "name": "relayListQuery",
    "operationKind": "query",
    "text": "query relayListQuery(\n  $filter: TicketFilter\n  $first: Int\n) {\n  tickets(filter: $filter, first: $first) {\n    nodes {\n      id\n      subject\n      status\n      lastActivityAt\n    }\n    pageInfo {\n      hasNextPage\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "c15dede2f063e8b28797bec975be7e65";

export default node;

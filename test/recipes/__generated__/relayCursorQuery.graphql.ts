/**
 * @generated SignedSource<<a7cba4de1b017e8e960249876cc0c36b>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type relayCursorQuery$variables = Record<PropertyKey, never>;
export type relayCursorQuery$data = {
  readonly changes: {
    readonly nextCursor: string;
  };
};
export type relayCursorQuery = {
  response: relayCursorQuery$data;
  variables: relayCursorQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "ChangeConnection",
    "kind": "LinkedField",
    "name": "changes",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "nextCursor",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayCursorQuery",
    "selections": (v0/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayCursorQuery",
    "selections": (v0/*:: as any*/)
  },
  "params": {
    "cacheID": "5fe674ce002dccbb85550673a3ff6bc7",
    "id": null,
    "metadata": {},
    "name": "relayCursorQuery",
    "operationKind": "query",
    "text": "query relayCursorQuery {\n  changes {\n    nextCursor\n  }\n}\n"
  }
};
})();

(node as any).hash = "c665bd902c42d898ec1733aa29fe12b8";

export default node;

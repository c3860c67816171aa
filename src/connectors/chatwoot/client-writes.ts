/**
 * The half of the Application API that changes something, one function per endpoint. Source: the vendor's API
 * reference, routes and controllers (SEEN, except where a line says otherwise). What an answer is said to hold may be
 * missing on other versions.
 */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { HttpCall } from '#connectors/http.ts'

/** A call below the account; null when the answer was empty. */
export type Change = (call: Pick<HttpCall, 'method' | 'path' | 'body' | 'headers'>) => Promise<Json>
/** A body with its own headers: an object goes out as JSON, bytes as they are. */
export type WireBody = { body: JsonObject | Uint8Array; headers?: Record<string, string> }

export function writesOf(change: Change) {
  const post = (path: string, body?: JsonObject) =>
    change({ method: 'POST', path, ...(body === undefined ? {} : { body }) })
  const remove = (path: string) => change({ method: 'DELETE', path })

  return {
    /** Answers with the conversation. */
    createConversation: (wire: WireBody) => change({ method: 'POST', path: '/conversations', ...wire }),
    /** For good; administrators only. */
    deleteConversation: (displayId: string) => remove(`/conversations/${displayId}`),
    /** `snoozed_until` is in epoch seconds here; leaving `snoozed` clears it. */
    setStatus: (displayId: string, body: { status: string; snoozed_until?: number }) =>
      post(`/conversations/${displayId}/toggle_status`, body),
    setPriority: (displayId: string, priority: string | null) =>
      post(`/conversations/${displayId}/toggle_priority`, { priority }),
    /** An id nobody has takes the conversation from whoever had it, and answers null. */
    assignAgent: (displayId: string, id: number | null) =>
      post(`/conversations/${displayId}/assignments`, { assignee_id: id }),
    /** Newer servers only: others read the id as an agent's. */
    assignBot: (displayId: string, id: number) =>
      post(`/conversations/${displayId}/assignments`, { assignee_id: id, assignee_type: 'AgentBot' }),
    assignTeam: (displayId: string, id: number | null) =>
      post(`/conversations/${displayId}/assignments`, { team_id: id }),
    /** Replaces the whole set and answers with it; newer servers drop titles the account has no label of. */
    setLabels: (displayId: string, labels: string[]) => post(`/conversations/${displayId}/labels`, { labels }),
    /** Replaces all of them. */
    setCustomAttributes: (displayId: string, custom_attributes: JsonObject) =>
      post(`/conversations/${displayId}/custom_attributes`, { custom_attributes }),
    /** Empty answer. Blocks the contact and resolves the conversation. */
    mute: (displayId: string) => post(`/conversations/${displayId}/mute`),
    unmute: (displayId: string) => post(`/conversations/${displayId}/unmute`),
    markRead: (displayId: string) => post(`/conversations/${displayId}/update_last_seen`),
    /** From the contact's last message on; nothing happens where there is none. */
    markUnread: (displayId: string) => post(`/conversations/${displayId}/unread`),

    /** Answers with the message. */
    createMessage: (displayId: string, wire: WireBody) =>
      change({ method: 'POST', path: `/conversations/${displayId}/messages`, ...wire }),
    /** The row stays, without its text and files. */
    deleteMessage: (displayId: string, id: string) => remove(`/conversations/${displayId}/messages/${id}`),
    /** Older servers send again whatever the message's state is. */
    retryMessage: (displayId: string, id: string) => post(`/conversations/${displayId}/messages/${id}/retry`),

    /** Answers `{payload: {contact, contact_inbox}}`. */
    createContact: (body: JsonObject) => post('/contacts', body),
    /** Custom attributes are merged into those it has. */
    updateContact: (id: string, body: JsonObject) => change({ method: 'PUT', path: `/contacts/${id}`, body }),
    removeContactAttributes: (id: string, keys: string[]) =>
      post(`/contacts/${id}/destroy_custom_attributes`, { custom_attributes: keys }),
    removeContactPicture: (id: string) => remove(`/contacts/${id}/avatar`),
    /** The second contact disappears into the first. */
    mergeContact: (baseId: number, mergeeId: number) =>
      post('/actions/contact_merge', { base_contact_id: baseId, mergee_contact_id: mergeeId }),

    /** Administrators only, like the next two. Answers with the label; its title is in lower case. */
    createLabel: (body: JsonObject) => post('/labels', body),
    /** Answers 200 also when nothing was changed because the title is not allowed. */
    updateLabel: (id: string, body: JsonObject) => change({ method: 'PATCH', path: `/labels/${id}`, body }),
    deleteLabel: (id: string) => remove(`/labels/${id}`),
  }
}

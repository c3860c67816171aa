/**
 * Our own ids, left with what we make: in `metadata.context` of a message, free-form JSON by its description, and in
 * `originalConversationId` of a ticket, whose conversation began here. That the vendor keeps both is ASSUMED.
 */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { objectOf, textOf } from '#connectors/reading.ts'

const prefix = 'deskgraph:'

export const ticketMarker = (marker: string) => prefix + marker
export const isTicketMarker = (originalConversationId: unknown) =>
  typeof originalConversationId === 'string' && originalConversationId.startsWith(prefix)

export const contextWithMarker = (context: Json | undefined, marker: string): JsonObject => ({
  ...objectOf(context),
  deskgraph: marker,
})
export const markerIn = (metadata: JsonObject | null) => textOf(objectOf(metadata?.context)?.deskgraph)

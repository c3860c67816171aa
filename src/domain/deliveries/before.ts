/** What a delivery keeps of what it replaced here, so that a refused or discarded one can be taken back. */
export type Before =
  | {
      kind: 'fields'
      /** Where threads were merged another one than that of the delivery. */
      ticketId?: string
      /** Columns of the ticket as they were and as they became; times as ISO text. */
      before: Record<string, unknown>
      after: Record<string, unknown>
      /** Our ids. */
      tags: { added: string[]; removed: string[] } | null
    }
  /** Columns of the message as they were. */
  | { kind: 'message'; before: Record<string, unknown> }
  | { kind: 'conversation'; conversationId: string; before: Record<string, unknown> }
  | { kind: 'actor'; actorId: string; before: Record<string, unknown> }
  /** A tag as it was, with the tickets that had it when it was removed. */
  | { kind: 'tag'; tag: Record<string, unknown>; ticketIds: string[] }
  | { kind: 'merge'; sourceIds: string[]; addedTagIds: string[] }
  /** Contacts that became part of another: its columns as they were, whose each ticket was, and what was part of a source before. */
  | {
      kind: 'contacts'
      targetId: string
      before: Record<string, unknown>
      sourceIds: string[]
      tickets: { id: string; requesterId: string }[]
      parts: { id: string; mergedIntoId: string }[]
    }
  /** A draft that was saved or deleted; what it says stays here either way. */
  | { kind: 'draft'; draftId: string }
  /** The ticket was hidden, to be removed. */
  | { kind: 'existence' }

/**
 * What the Ticket System sends, as documented; nothing here is trusted before `map.ts` has read it.
 * Source: ListTicketNotes, ListTickets and GetTicket of the 2021-06-10 reference and the models of its SDK (SEEN).
 */
import type { Json } from '#connectors/contract.ts'

/** Around every answer. Failures of the gateway have `Code` as text, no `Success`, and `HostId`, `Recommend`. */
export type Envelope = {
  RequestId?: string
  /** The only test of success that holds; `Message` may read "illegal parameter" on success. */
  Success?: boolean
  /** 0 or, in some actions, 200 when all is well. */
  Code?: number | string
  Message?: string
  Data?: Json
}

/** `Value` is a number written as text. */
export type LabelledValue = { Label?: string; Value?: string }

/** A row of ListTickets: no times, no creator, no description. */
export type WireRow = { TicketId: string; Title?: string; Status?: LabelledValue }

/** GetTicket. */
export type WireTicket = WireRow & {
  Description?: string
  /** Epoch milliseconds (seconds in the older interface). */
  CreateTime?: number
  /** The RAM user of ours who filed it. */
  CreatorId?: string
  /** Text here, a number in ListCategories. */
  CategoryId?: string
  /** 1 normal, 2 urgent. */
  Severity?: LabelledValue
}

/** An entry of ListTicketNotes. */
export type WireNote = {
  /** A long: beyond 2^53 it arrives here as text, see `parseJson`. */
  DialogId: number | string
  /** 1 a card (`Dialog.Schema`), 2 a text (`Dialog.Content`); the official sample is a 1 with Content. */
  Type?: number
  /** 1 unread, 2 read; the official sample has 6. */
  Status?: number
  /** Documented as unused; the official sample has the text "null". */
  Tip?: string | null
  /** Epoch milliseconds. */
  CreateTime?: number
  Dialog?: { Schema?: string | null; Content?: string | null }
  /** 2 an engineer of Alibaba Cloud, 3 us. */
  User?: { Role?: number; Name?: string }
  /** `Url` is signed and expires. */
  Attachments?: { Name?: string; Url?: string }[] | null
}

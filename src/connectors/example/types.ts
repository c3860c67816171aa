/**
 * 1. The wire, as far as it is known, with the source of each fact. Everything a vendor might leave out is optional, and
 *    what it might change is `unknown`: the mapping decides, not the type.
 */
import type { Json } from '#connectors/contract.ts'

/** A ticket of the list. Source: the vendor's reference, "List cases" (made up: this vendor does not exist). */
export type WireCase = {
  /** A number that may exceed 2^53, so it is read as text. */
  id?: Json
  title?: Json
  /** `open`, `waiting` or `closed`; others were never seen. */
  state?: Json
  customer?: Json
  /** Epoch seconds. */
  opened?: Json
  /** Epoch seconds; raised by every change, also by a new entry. */
  changed?: Json
  /** The whole thread: this vendor does not page it. */
  entries?: Json
}

/**
 * Which name belongs to which code. A list row has names, a single ticket has codes; only TS7 = "Closed" is public.
 * Pairs are learned where a row and a ticket show the same state, and used where a row is missing or older than the
 * ticket.
 */
import { idOf, textOf } from '#connectors/reading.ts'
import type { Ticket, TicketRow } from './types.ts'

export type Names = {
  of(ticket: Ticket, row: TicketRow | null): { status: string | null; priority: string | null; category: string | null }
}

export function learnNames(): Names {
  const known = new Map([['status:TS7', 'Closed']])
  return {
    of(ticket, row) {
      const isSameState = row !== null && (idOf(ticket.Id) === null || agree(ticket, row))
      const nameOf = (family: string, code: string | null, name: string | null) => {
        if (isSameState && name !== null) {
          if (code !== null) known.set(`${family}:${code}`, name)
          return name
        }
        return known.get(`${family}:${code}`) ?? null
      }
      return {
        status: nameOf('status', idOf(ticket.StatusId), textOf(row?.Status)),
        priority: nameOf('priority', idOf(ticket.PriorityId), textOf(row?.Priority)),
        category: nameOf('category', idOf(ticket.CategoryId), textOf(row?.Category)),
      }
    },
  }
}

/** Whether both tell of one state. */
export function agree(ticket: Ticket, row: TicketRow): boolean {
  return textOf(ticket.ModifyDate) === textOf(row.ModifyDate)
}

/** The reading actions of the Ticket System, 2021-06-10: each parameter where it travels (SEEN, tried with the published SDK). */
import type { Json } from '#connectors/contract.ts'
import { idOf, intOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, TryAgainError } from '#errors.ts'
import type { Gateway } from './gateway.ts'
import type { Settings } from './settings.ts'

export type Client = {
  /** Rows in no documented order; `null` counts where the answer has none. */
  listTickets(input: ListInput): Promise<TicketList>
  /** The ticket as it came; null when the vendor has no such ticket. */
  getTicket(ticketId: string): Promise<Json>
  /** The whole thread, in no documented order; `Data` as it came. */
  listTicketNotes(ticketId: string): Promise<Json>
  /** Products whose names are like this one. */
  listProducts(name: string): Promise<Named[]>
  /** A product's categories whose names are like this one. */
  listCategories(productId: string, name: string): Promise<Named[]>
}

export type ListInput = {
  page: number
  pageSize: number
  /** Window of creation, epoch milliseconds. */
  createdFrom: number
  createdTo: number
  /** Only tickets in one of these statuses. */
  statuses?: readonly string[]
}
export type TicketList = { rows: Json[]; total: number | null; pageSize: number | null }
export type Named = { id: string; name: string }

export function openClient({ read }: Gateway, { uid, language }: Pick<Settings, 'uid' | 'language'>): Client {
  const owner: Record<string, string> = uid ? { Uid: uid } : {}
  return {
    async listTickets({ page, pageSize, createdFrom, createdTo, statuses = [] }) {
      const query = { PageNumber: String(page), PageSize: String(pageSize) }
      // Both dates always: they were required until 2024. A list is flattened, unlike TicketIdList, which is joined.
      const form: Record<string, string> = { StartDate: String(createdFrom), EndDate: String(createdTo), ...owner }
      statuses.forEach((status, index) => {
        form[`StatusList.${index + 1}`] = status
      })
      const answer = await read('ListTickets', { query, form })
      const { Data: data = null } = answer
      if (data !== null && !Array.isArray(data)) {
        throw new TryAgainError(`ListTickets: expected a list as Data, got ${JSON.stringify(data).slice(0, 80)}`)
      }
      return { rows: listOf(data), total: intOf(answer.TotalCount), pageSize: intOf(answer.PageSize) }
    },

    async getTicket(ticketId) {
      try {
        const { Data: data = null } = await read('GetTicket', { form: { TicketId: ticketId, ...owner } })
        return data
      } catch (error) {
        if (error instanceof GoneError) return null
        throw error
      }
    },

    async listTicketNotes(ticketId) {
      const { Data: data = null } = await read('ListTicketNotes', { query: { TicketId: ticketId, ...owner } })
      return data
    },

    async listProducts(name) {
      const { Data: data = null } = await read('ListProducts', { query: { Language: language, Name: name } })
      const products = listOf(data).flatMap((directory) => listOf(objectOf(directory)?.ProductList))
      return namedIn(products, { id: 'ProductId', name: 'ProductName' })
    },

    async listCategories(productId, name) {
      const form = { ProductId: productId, Name: name }
      const { Data: data = null } = await read('ListCategories', { query: { Language: language }, form })
      return namedIn(listOf(data), { id: 'CategoryId', name: 'CategoryName' })
    },
  }
}

/** Ids are numbers here and texts elsewhere (SEEN). */
function namedIn(items: Json[], fields: { id: string; name: string }): Named[] {
  return items.flatMap((item) => {
    const wire = objectOf(item)
    const id = idOf(wire?.[fields.id])
    const name = textOf(wire?.[fields.name])
    return id === null || name === null ? [] : [{ id, name }]
  })
}

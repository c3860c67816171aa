/** Whether a ticket is there, which DeskHero does not say plainly. */
import type { JsonObject } from '#connectors/contract.ts'
import { GoneError, VendorError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

export type Looking = {
  /** The cheapest call that proves host and token. */
  check(): Promise<void>
  /** What `look` finds; null when the ticket it asks for is gone. */
  unlessGone<Found>(look: () => Promise<Found>): Promise<Found | null>
  /** A `DTO_ticket_complete`. Throws GoneError. */
  ticket(id: string): Promise<JsonObject>
  /** Carries out a change of this ticket. Throws GoneError when it was refused because the ticket is gone. */
  changing<Done>(id: string, change: () => Promise<Done>): Promise<Done>
}

/**
 * Only 200, 400 and 403 are documented (SEEN), so a missing ticket is a 400 or 404 (ASSUMED). Both could also mean a wrong
 * host, tenant or version: the ticket counts as gone only when the list of tickets still answers.
 */
export function openLooking(client: Client, settings: Settings): Looking {
  const mayBeMissing = (error: unknown): error is VendorError =>
    error instanceof VendorError && settings.missingTicketStatuses.includes(error.provider.httpStatus ?? 0)

  async function check() {
    await client.tickets({ page: settings.firstPage, take: 1, sortBy: settings.sortKeys.created, order: 'ASC' })
  }

  async function unlessGone<Found>(look: () => Promise<Found>): Promise<Found | null> {
    try {
      return await look()
    } catch (error) {
      if (!mayBeMissing(error)) throw error
      await check()
      return null
    }
  }

  return {
    check,
    unlessGone,
    async ticket(id) {
      const found = await unlessGone(() => client.ticket(id))
      if (!found) throw new GoneError(`DeskHero has no ticket ${id}`)
      return found
    },
    async changing(id, change) {
      try {
        return await change()
      } catch (error) {
        if (!mayBeMissing(error) || (await unlessGone(() => client.ticket(id)))) throw error
        throw new GoneError(`DeskHero has no ticket ${id}`, { ...error.provider, cause: error })
      }
    },
  }
}

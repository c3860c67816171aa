/** One ticket read again, because something was heard of it: a webhook, a delivery that went out. */
import { z } from 'zod'
import type { Records } from '#connectors/contract.ts'
import { TryAgainError, VendorError } from '#errors.ts'
import type { Db } from '#platform/db/client.ts'
import { defineJob, enqueue, type Handler, handle } from '#platform/jobs/queue.ts'
import { openPlaces, type Places } from './places.ts'
import { type Stored, storePage } from './store.ts'
import type { SyncedBackend, Syncing } from './syncing.ts'
import { markVanished } from './vanished.ts'

const refetchTicket = defineJob({
  name: 'refetchTicket',
  payload: z.object({ workspaceId: z.uuid(), backendId: z.uuid(), externalId: z.string().min(1) }),
})

/** Waits of 3, 7 and 20 s lie between; by then a round has come by as well. */
const ATTEMPTS = 4

type TicketKey = z.input<typeof refetchTicket.payload>

/** However often it is heard of, a ticket waits once to be read again. */
export function enqueueRefetch(tx: Db, ticket: TicketKey, { runAt }: { runAt?: Date } = {}): Promise<void> {
  const jobKey = `refetch ${ticket.backendId} ${ticket.externalId}`
  return enqueue(tx, refetchTicket, ticket, { jobKey, maxAttempts: ATTEMPTS, ...(runAt && { runAt }) })
}

/**
 * Bears to run twice, and beside a round: of two answers the later one counts. What only a person or time can mend is
 * left to the rounds, which note it at the backend.
 */
export const refetchTicketHandler: Handler<Syncing> = handle(
  refetchTicket,
  async (ticket, syncing: Syncing, { isLast }) => {
    const backend = syncing.backendOf(ticket.backendId)
    if (!backend) return
    const { places, heardAgain } = readingsOf(syncing, ticket.backendId)
    const { externalId } = ticket
    const isLeftToOther = () => heardAgain.has(externalId) && heardAgain.set(externalId, true) !== null
    if (isLeftToOther()) return
    if (!(await places.enter()))
      return enqueueRefetch(syncing.db, ticket, { runAt: new Date(Date.now() + BUSY_WAIT_MS) })
    if (isLeftToOther()) return places.leave()
    heardAgain.set(externalId, false)
    try {
      await syncing.track(refetch(syncing, backend, externalId))
    } catch (error) {
      if (!isLast && isPassing(error)) throw error
      const level = error instanceof VendorError ? 'info' : 'error'
      syncing.log[level]({ err: error, backend: backend.key, externalId }, 'a ticket could not be read again')
    } finally {
      places.leave()
      setTimeout(() => endReading(syncing, ticket, heardAgain), PAUSE_MS).unref()
    }
  },
)

/** Should the process end before, the next round sees what was heard. */
function endReading(syncing: Syncing, ticket: TicketKey, heardAgain: Readings['heardAgain']): void {
  const isStale = heardAgain.get(ticket.externalId)
  heardAgain.delete(ticket.externalId)
  if (!isStale || syncing.stopping.aborted) return
  enqueueRefetch(syncing.db, ticket).catch((error: Error) =>
    syncing.log.warn({ err: error, ...ticket }, 'a ticket that was heard of again waits for the next round'),
  )
}

/** A help desk that is slow, or whose budget is used up, takes only so many of the worker's places. */
const PLACES_OF_A_BACKEND = { most: 6, mostWaiting: 3, patienceMs: 300 }
const BUSY_WAIT_MS = 1000
/** A ticket of which something is heard all the time is read a few times a second, not without end. */
const PAUSE_MS = 200

/** What this process reads of one backend right now. */
type Readings = {
  places: Places
  /** Tickets being read, or read a moment ago, by external id: whether they were heard of again since. */
  heardAgain: Map<string, boolean>
}
const allReadings = new WeakMap<Syncing, Map<string, Readings>>()

function readingsOf(syncing: Syncing, backendId: string): Readings {
  const byBackend = allReadings.get(syncing) ?? new Map<string, Readings>()
  allReadings.set(syncing, byBackend)
  const known = byBackend.get(backendId) ?? { places: openPlaces(PLACES_OF_A_BACKEND), heardAgain: new Map() }
  byBackend.set(backendId, known)
  return known
}

async function refetch(syncing: Syncing, backend: SyncedBackend, externalId: string): Promise<void> {
  const fetchedAt = syncing.now()
  const records = await syncing.sessionOf(backend.backendId).ticket(externalId)
  if (records) await storeFetched(syncing, backend, records, fetchedAt)
  else await syncing.db.transaction((tx) => markVanished(tx, { ...backend, externalId }, fetchedAt))
}

/** The vendor asks to try again; or the failure is not the vendor's, as while Postgres is away. */
function isPassing(error: unknown): boolean {
  return error instanceof TryAgainError || !(error instanceof VendorError)
}

/** Stores what was read of a ticket outside a round. `fetchedAt`: when the vendor was asked. */
export function storeFetched(
  { db, cleaner }: Pick<Syncing, 'db' | 'cleaner'>,
  { workspaceId, backendId, connector }: Pick<SyncedBackend, 'workspaceId' | 'backendId' | 'connector'>,
  records: Records,
  fetchedAt: Date,
): Promise<Stored> {
  return storePage({
    ...{ db, cleaner, records, fetchedAt },
    backend: { workspaceId, id: backendId, vendor: connector.key },
  })
}

/** Every job handler, and what runs by the clock. One line each. */
import { forgetHandler, replayHandler, startCaller, tellWebhooksHandler } from '#flows/calling/caller.ts'
import type { Calling } from '#flows/calling/calling.ts'
import { type BulkWorking, bulkHandler } from '#flows/commands/bulk-handler.ts'
import { deliverHandler, startDeliverer } from '#flows/deliver/deliverer.ts'
import type { Delivering } from '#flows/deliver/delivering.ts'
import { startSweeping } from '#flows/sweeping/sweeping.ts'
import { refetchTicketHandler } from '#flows/sync/refetch.ts'
import { startTimetable, syncBackendHandler } from '#flows/sync/schedule.ts'
import type { Syncing } from '#flows/sync/syncing.ts'
import type { Handler } from '#platform/jobs/queue.ts'
import type { Storage } from '#platform/storage/storage.ts'

/** What handlers get; a flow that needs more adds its own part. */
export type WorkContext = Syncing &
  Delivering &
  BulkWorking & {
    storage: Storage
    calling: Calling
    audit?: { keptDays: number }
  }

/** What may take minutes: has places of its own, so that nothing else ever waits for it. */
export const longHandlers: Handler<WorkContext>[] = [
  syncBackendHandler, // one round of one backend
]

export const handlers: Handler<WorkContext>[] = [
  deliverHandler, // wakes the deliverer: something was promised
  refetchTicketHandler, // one ticket again, because a webhook told of it
  tellWebhooksHandler, // wakes the caller: something happened that webhooks wait for
  replayHandler, // the next batch of what a webhook is told again
  forgetHandler, // the next batch of what is known of a deleted webhook
  bulkHandler, // the next batch of a job on many tickets; less than a second, then the place is free again
]

/** Each is started once per worker and stopped with it. */
export const timetable: ((context: WorkContext) => { stop(): Promise<void> })[] = [
  startTimetable, // enqueues the backends that are due, every second
  startDeliverer, // carries what was promised to the help desks
  startCaller, // tells webhooks what happens
  startSweeping, // removes what was kept for a time only, every hour
]

/** Every job handler, and what runs by the clock. One line each. */
import { startTimetable, syncBackendHandler } from '#flows/sync/schedule.ts'
import type { Syncing } from '#flows/sync/syncing.ts'
import type { Handler } from '#platform/jobs/queue.ts'

/** What handlers get; a flow that needs more adds its own part. */
export type WorkContext = Syncing

export const handlers: Handler<WorkContext>[] = [
  syncBackendHandler, // one round of one backend
]

/** Each is started once per worker and stopped with it. */
export const timetable: ((context: WorkContext) => { stop(): Promise<void> })[] = [
  startTimetable, // enqueues the backends that are due, every second
]

/** What streams of one gateway share. */
import type { Log } from '#platform/log.ts'
import type { Wakes } from './wakes.ts'

export type Live = Pick<Wakes, 'on'> & {
  /** Aborts when the gateway shuts down: streams end in order. */
  ending: AbortSignal
  log: Pick<Log, 'warn'>
}

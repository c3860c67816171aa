/** Settings that backends of every vendor share; spread into a connector's own. The descriptions are the README's table. */
import { z } from 'zod'
import { ticketStatuses, wordsOf } from '#vocabulary.ts'

export const commonSettings = {
  timeoutMs: z.int().min(100).max(120_000).default(20_000).describe('How long one call may take, in milliseconds.'),
  writeSettlesAfterMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(30_000)
    .describe(
      'How long the vendor may still be at work on a change whose answer was lost, in milliseconds. Only then is it looked up, and repeated when it is not there.',
    ),
  statusMap: z
    .record(z.string(), z.enum(wordsOf(ticketStatuses)))
    .default({})
    .describe("Overrides the built-in status table: the vendor's own word or id → one of our statuses."),
}

/** How many calls the vendor allows in how long; `shared` says who shares it. */
export function rateLimitSetting(limit: { calls: number; windowMs: number }, shared: string) {
  return z
    .object({
      calls: z.int().min(1).default(limit.calls).describe('Calls allowed per window.'),
      windowMs: z.int().min(1).default(limit.windowMs).describe('Length of the window, in milliseconds.'),
    })
    .prefault({})
    .describe(`How many calls we may make in how long, ${shared}.`)
}

/** The origin (and path) of a vendor's interface. */
export function urlSetting(description: string) {
  return z.url({ protocol: /^https?$/ }).describe(description)
}

import { StartError } from '#errors.ts'

const DEFAULT_SECONDS = 5

/** `--live` alone or with a number of seconds; undefined when it was left out. */
export function liveEveryMs(live: string | true | undefined): number | undefined {
  if (live === undefined) return undefined
  const seconds = live === true ? DEFAULT_SECONDS : Number(live)
  if (seconds >= 0.05 && seconds <= 86_400) return seconds * 1000
  throw new StartError(`--live: expected a number of seconds, got "${live}"`)
}

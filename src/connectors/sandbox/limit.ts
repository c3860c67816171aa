/** How many calls a sandbox takes before it answers as its vendor does when a limit is hit. */
import type { SandboxOptions } from './sandbox.ts'

/** Counts a call in a fixed window: whole seconds to wait, at least 1, or null when it is within the allowance. */
export function openLimit(limit: SandboxOptions['rateLimit']): () => number | null {
  let endsAtMs = 0
  let calls = 0
  return () => {
    if (!limit) return null
    const nowMs = Date.now()
    if (nowMs >= endsAtMs) [endsAtMs, calls] = [nowMs + limit.windowMs, 0]
    calls += 1
    return calls > limit.calls ? Math.ceil((endsAtMs - nowMs) / 1000) : null
  }
}

/** What is kept for one request. */
import type { LoadContext } from './load-context.ts'

const KEPT = Symbol('kept for this request')
let kindCount = 0

/**
 * Something made once for each request. It lies in the context itself, where a copy of it does not find it. In a WeakMap,
 * which is old, all that was loaded would count as alive until the next full garbage collection: collecting took a third of
 * the CPU of an inbox page (Q1).
 */
export function perRequest<Made>(make: (context: LoadContext) => Made): (context: LoadContext) => Made {
  const place = kindCount++
  return (context) => {
    const kept = keptIn(context) as Made[]
    kept[place] ??= make(context)
    return kept[place]
  }
}

function keptIn(context: LoadContext & { [KEPT]?: unknown[] }): unknown[] {
  const known = context[KEPT]
  if (known) return known
  const kept: unknown[] = []
  Object.defineProperty(context, KEPT, { value: kept })
  return kept
}

/** After a change: whatever this request has loaded is read again when it is asked for. */
export function forgetLoaded(context: LoadContext): void {
  keptIn(context).length = 0
}

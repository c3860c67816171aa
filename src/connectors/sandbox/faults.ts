/** Misbehaviour a sandbox can be told to show, so that the ways vendors fail can be seen on a real connection. */
import { seededChance } from './chance.ts'

export const faultKinds = {
  'time-out': 'Accepts the request and never answers.',
  '429': 'Too many requests, with `Retry-After: 1`.',
  '429-bare': 'Too many requests, without a hint when to come back.',
  '500': 'An internal error.',
  '502': 'A bad gateway, with an HTML page.',
  reset: 'The socket is destroyed.',
  cut: 'The right content-length, half of the body, then the socket closes.',
  malformed: 'A body that is broken JSON.',
  html: '200 with an HTML page.',
  slow: 'The right answer, late.',
} as const
export type FaultKind = keyof typeof faultKinds

export type FaultOptions = {
  /** How many requests it hits; 1. */
  count?: number
  /** Only requests whose path matches. */
  path?: RegExp
  /** Only requests that change something, or only others. */
  isWrite?: boolean
  /** For `slow`; 3 s. */
  delayMs?: number
  /** True: the request is carried out first and only its answer is lost, as with a write that timed out. */
  isCarriedOut?: boolean
  /** How long after its arrival it is carried out then; at once. */
  carriedOutAfterMs?: number
}

export type Fault = { kind: FaultKind; delayMs: number; isCarriedOut: boolean; carriedOutAfterMs: number }
/** What a fault may depend on. */
export type Faulty = { path: string; isWrite: boolean }

export type Faults = {
  /** The next requests fail this way; several calls queue up. */
  next(kind: FaultKind, options?: FaultOptions): void
  /** From now on a share of all requests fails this way; 0 ends it. Of one kind, each set of options has a rate of its own. */
  rate(kind: FaultKind, probability: number, seed?: number, options?: Omit<FaultOptions, 'count'>): void
  /** Ends everything that was asked for. */
  clear(): void
  /** What happens to this request, used up by asking; null: nothing. For the server. */
  take(request: Faulty): Fault | null
  /** How many were shown so far, by what they were. */
  shown(): Record<string, number>
}

export function openFaults(): Faults {
  const waiting: { fault: Fault; left: number; options: FaultOptions }[] = []
  const rates = new Map<string, { fault: Fault; options: FaultOptions; hits: () => boolean }>()
  const counts = new Map<string, number>()

  return {
    next(kind, options = {}) {
      waiting.push({ fault: faultFrom(kind, options), left: options.count ?? 1, options })
    },
    rate(kind, probability, seed = 1, options = {}) {
      const chance = seededChance(seed)
      const { path, ...rest } = options
      const name = `${kind} ${path ?? ''} ${JSON.stringify(rest)}`
      if (probability > 0)
        rates.set(name, { fault: faultFrom(kind, options), options, hits: () => chance() < probability })
      else for (const [key, { fault }] of rates) if (fault.kind === kind) rates.delete(key)
    },
    clear() {
      waiting.length = 0
      rates.clear()
    },
    take(request) {
      const fault = next(request)
      if (fault) counts.set(nameOf(fault), (counts.get(nameOf(fault)) ?? 0) + 1)
      return fault
    },
    shown: () => Object.fromEntries(counts),
  }

  function next(request: Faulty): Fault | null {
    const index = waiting.findIndex(({ options }) => matches(options, request))
    const found = waiting[index]
    if (found) {
      found.left -= 1
      if (found.left <= 0) waiting.splice(index, 1)
      return found.fault
    }
    for (const { fault, options, hits } of rates.values()) if (matches(options, request) && hits()) return fault
    return null
  }
}

function nameOf({ kind, isCarriedOut, carriedOutAfterMs }: Fault): string {
  return isCarriedOut ? `${kind}, carried out${carriedOutAfterMs > 0 ? ' late' : ''}` : kind
}

function faultFrom(kind: FaultKind, options: FaultOptions): Fault {
  const { delayMs = 3000, isCarriedOut = false, carriedOutAfterMs = 0 } = options
  if (!(kind in faultKinds))
    throw new Error(`Expected one of ${Object.keys(faultKinds).join(', ')} as the kind of fault, got ${kind}`)
  return { kind, delayMs, isCarriedOut, carriedOutAfterMs }
}

// A global or sticky expression keeps a position between calls; a fault has no use for it.
function matches({ path, isWrite }: FaultOptions, candidate: Faulty): boolean {
  if (isWrite !== undefined && isWrite !== candidate.isWrite) return false
  if (!path) return true
  path.lastIndex = 0
  return path.test(candidate.path)
}

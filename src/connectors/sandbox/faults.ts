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
  /** For `slow`; 3 s. */
  delayMs?: number
  /** True: the request is carried out first and only its answer is lost, as with a write that timed out. */
  isCarriedOut?: boolean
}

export type Fault = { kind: FaultKind; delayMs: number; isCarriedOut: boolean }

export type Faults = {
  /** The next requests fail this way; several calls queue up. */
  next(kind: FaultKind, options?: FaultOptions): void
  /** From now on a share of all requests fails this way; 0 ends it. */
  rate(kind: FaultKind, probability: number, seed?: number, options?: Omit<FaultOptions, 'count'>): void
  /** Ends everything that was asked for. */
  clear(): void
  /** What happens to this request, used up by asking; null: nothing. For the server. */
  take(path: string): Fault | null
}

export function openFaults(): Faults {
  const waiting: { fault: Fault; left: number; path: RegExp | undefined }[] = []
  const rates = new Map<FaultKind, { fault: Fault; path: RegExp | undefined; hits: () => boolean }>()

  return {
    next(kind, options = {}) {
      waiting.push({ fault: faultFrom(kind, options), left: options.count ?? 1, path: options.path })
    },
    rate(kind, probability, seed = 1, options = {}) {
      const chance = seededChance(seed)
      if (probability > 0)
        rates.set(kind, { fault: faultFrom(kind, options), path: options.path, hits: () => chance() < probability })
      else rates.delete(kind)
    },
    clear() {
      waiting.length = 0
      rates.clear()
    },
    take(path) {
      const index = waiting.findIndex((candidate) => matches(candidate.path, path))
      const found = waiting[index]
      if (found) {
        found.left -= 1
        if (found.left <= 0) waiting.splice(index, 1)
        return found.fault
      }
      for (const rate of rates.values()) if (matches(rate.path, path) && rate.hits()) return rate.fault
      return null
    },
  }
}

function faultFrom(kind: FaultKind, { delayMs = 3000, isCarriedOut = false }: FaultOptions): Fault {
  if (!(kind in faultKinds))
    throw new Error(`Expected one of ${Object.keys(faultKinds).join(', ')} as the kind of fault, got ${kind}`)
  return { kind, delayMs, isCarriedOut }
}

// A global or sticky expression keeps a position between calls; a fault has no use for it.
function matches(path: RegExp | undefined, candidate: string): boolean {
  if (!path) return true
  path.lastIndex = 0
  return path.test(candidate)
}

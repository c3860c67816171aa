/** What a service translates, asked for once in a while, and how a pair is found in it. */
import { RefusedError } from '#errors.ts'
import { closestTo } from './locales.ts'

/** A language in the service's own code and as a tag. */
export type Language = { code: string; locale: string }
export type Pair = { from: Language; to: Language }
export type Offer = { sources: Language[]; targetsOf(source: Language | null): Language[] }

const KEPT_FOR_MS = 10 * 60_000

/** Asks again after ten minutes, and after a failure. */
export function keptOffer(ask: () => Promise<Offer>): () => Promise<Offer> {
  let kept: { offer: Promise<Offer>; until: number } | null = null
  return () => {
    if (kept && kept.until > Date.now()) return kept.offer
    const offer = ask()
    const own = { offer, until: Date.now() + KEPT_FOR_MS }
    kept = own
    offer.catch(() => {
      if (kept === own) kept = null
    })
    return offer
  }
}

type Found = { from: Language | null; to: Language }

/** The codes for a pair of tags; `from` null stays null. @throws RefusedError */
export function pairIn(offer: Offer, { from, to }: { from: string | null; to: string }, name: string): Found {
  const source = from === null ? null : closestTo(from, offer.sources, ({ locale }) => locale)
  const targets = from !== null && source === null ? [] : offer.targetsOf(source)
  const target = closestTo(to, targets, ({ locale }) => locale)
  if (target) return { from: source, to: target }
  const pair = `${from ?? 'any language'} to ${to}`
  const offered = from !== null && source === null ? `from ${listed(offer.sources)}` : `to ${listed(targets)}`
  throw new RefusedError(`${name} does not translate from ${pair}; it translates ${offered}`)
}

const MOST_LISTED = 40

function listed(languages: readonly Language[]): string {
  const tags = [...new Set(languages.map(({ locale }) => locale))].sort()
  const more = tags.length - MOST_LISTED
  return tags.length === 0 ? 'nothing' : tags.slice(0, MOST_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

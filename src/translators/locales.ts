/** Language tags: what people write, what services offer, and which of them mean the same. */

/**
 * In its usual spelling: `ID` → id, `pt_br` → pt-BR, three-letter codes where there is a shorter one (`eng` → en); null for
 * what is none, such as the name of a language.
 */
export function localeFrom(tag: string | null | undefined): string | null {
  const written = tag?.trim().replaceAll('_', '-') ?? ''
  if (!/^[a-z]{2,3}(-|$)/i.test(written)) return null
  try {
    return Intl.getCanonicalLocales(written)[0] ?? null
  } catch {
    return null
  }
}

/**
 * How well one tag serves who wants another, higher is better; 0: another language. What is left out counts as the most
 * usual: pt as pt-BR, zh as zh-Hans.
 */
export function likenessOf(offered: string, wanted: string): 0 | 1 | 2 | 3 | 4 {
  const [one, other] = [localeFrom(offered), localeFrom(wanted)]
  if (!one || !other) return 0
  if (one === other) return 4
  const [a, b] = [new Intl.Locale(one).maximize(), new Intl.Locale(other).maximize()]
  if (a.language !== b.language) return 0
  return a.script !== b.script ? 1 : a.region !== b.region ? 2 : 3
}

/** The one that serves best, the first of several; null when none is in that language. */
export function closestTo<Offer>(
  wanted: string,
  offers: readonly Offer[],
  tagOf: (offer: Offer) => string,
): Offer | null {
  let best: Offer | null = null
  let likeness = 0
  for (const offer of offers) {
    const own = likenessOf(tagOf(offer), wanted)
    if (own > likeness) [best, likeness] = [offer, own]
  }
  return best
}

/** The translators that can be configured: one line each. */
import { apertium } from './apertium.ts'
import type { TranslatorKind } from './contract.ts'
import { deepl } from './deepl.ts'
import { libretranslate } from './libretranslate.ts'

export const translatorKinds: TranslatorKind[] = [libretranslate, deepl, apertium]

/** @throws Error for one that is not listed; the configuration was checked. */
export function translatorKind(key: string): TranslatorKind {
  const kind = translatorKinds.find((candidate) => candidate.key === key)
  if (!kind) throw new Error(`there is no translator ${key}`)
  return kind
}

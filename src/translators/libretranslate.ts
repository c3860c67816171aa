/**
 * LibreTranslate: free software, run by oneself or rented. Source: docs.libretranslate.com, API usage; `/languages` names
 * for each language the targets it has.
 */
import { z } from 'zod'
import type { Json } from '#connectors/contract.ts'
import type { HttpAnswer } from '#connectors/http.ts'
import { listOf, objectOf, textOf } from '#connectors/reading.ts'
import { secretSetting } from '#connectors/secret-settings.ts'
import { urlSetting } from '#connectors/settings.ts'
import { FixCredentialsError, RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { openCalls, translatedIn } from './calls.ts'
import type { TranslatorKind } from './contract.ts'
import { localeFrom } from './locales.ts'
import { keptOffer, type Language, type Offer, pairIn } from './offer.ts'
import { sharedSettings } from './settings.ts'

const name = 'LibreTranslate'

const settings = z.object({
  url: urlSetting('Address of the server, e.g. http://127.0.0.1:5000.'),
  apiKey: secretSetting('Key, where the server wants one.').optional(),
  ...sharedSettings,
})

export const libretranslate: TranslatorKind<typeof settings> = {
  key: 'libretranslate',
  name,
  settings,
  open({ url, apiKey, timeoutMs }, { log }) {
    const http = openCalls({ url, timeoutMs, log, explain })
    const ask = async () => offerIn((await http.send({ method: 'GET', path: 'languages', isRead: true })).json())
    const offer = keptOffer(ask)
    const post = async (body: { [key: string]: Json }) => {
      const keyed = { ...body, ...(apiKey && { api_key: apiKey }) }
      return objectOf((await http.send({ method: 'POST', path: 'translate', body: keyed, isRead: true })).json())
    }
    return {
      ...{ key: 'libretranslate', name, detects: true },
      async check() {
        const { sources } = await ask()
        // The list is open to everybody: only a translation proves the key.
        if (apiKey)
          await post({ q: '.', source: sources[0]?.code ?? 'en', target: sources[0]?.code ?? 'en', format: 'text' })
        return `${sources.length} languages`
      },
      async translate({ text, format, from, to }) {
        const pair = pairIn(await offer(), { from, to }, name)
        const [source, target] = [pair.from?.code ?? 'auto', pair.to.code]
        const answer = await post({ q: text, source, target, format: format.toLowerCase() })
        const detected = textOf(objectOf(answer?.detectedLanguage)?.language)
        return { text: translatedIn(answer?.translatedText, name), from: from ?? (detected && localeOf(detected)) }
      },
    }
  },
}

/** `zt` is what it called traditional Chinese before 1.6, `pb` Brazilian Portuguese. */
const ownCodes: Record<string, string> = { zt: 'zh-Hant', pb: 'pt-BR' }
const localeOf = (code: string) => ownCodes[code] ?? localeFrom(code) ?? code

/** @throws TryAgainError when it is no list of languages. */
function offerIn(answer: Json): Offer {
  const sources: Language[] = []
  const targets = new Map<string, string[]>()
  for (const item of listOf(answer)) {
    const code = textOf(objectOf(item)?.code)
    if (!code) continue
    sources.push({ code, locale: localeOf(code) })
    targets.set(
      code,
      listOf(objectOf(item)?.targets).flatMap((target) => textOf(target) ?? []),
    )
  }
  if (sources.length === 0) throw new TryAgainError(`${name} answered without languages`)
  // Old servers list no targets: everything into everything.
  const targetsOf = (source: Language | null) => {
    const known = source ? targets.get(source.code) : []
    return known?.length ? known.map((code) => ({ code, locale: localeOf(code) })) : sources
  }
  return { sources, targetsOf }
}

/** Errors are `{ error }`. A missing or wrong key is 403, in older versions 400. */
function explain({ status, text }: HttpAnswer): VendorError | null {
  if (status < 400 || status === 429 || status >= 500) return null
  const said = textOf(objectOf(text)?.error) ?? text.slice(0, 200)
  const provider = { httpStatus: status }
  return status === 403 || status === 401 || /api key/i.test(said)
    ? new FixCredentialsError(`${name} refused the key: ${said}`, provider)
    : new RefusedError(`${name} refused: ${said}`, provider)
}

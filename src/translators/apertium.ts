/**
 * Apertium APy: free software that translates between related languages by rules, packaged by Debian. Seen on version
 * 0.11.7: `/listPairs`, `/translate` by POST as a form, codes of three letters with regions as `eng_US`, text taken as
 * HTML unless `format=txt` says otherwise, unknown words marked with a star unless `markUnknown=no`.
 */
import { z } from 'zod'
import type { HttpAnswer } from '#connectors/http.ts'
import { objectOf, textOf } from '#connectors/reading.ts'
import { urlSetting } from '#connectors/settings.ts'
import { RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { openCalls, translatedIn } from './calls.ts'
import type { TranslatorKind } from './contract.ts'
import { localeFrom } from './locales.ts'
import { keptOffer, type Language, type Offer, type Pair, pairIn } from './offer.ts'
import { sharedSettings } from './settings.ts'

const name = 'Apertium'

const settings = z.object({
  url: urlSetting('Address of APy, e.g. http://127.0.0.1:2737.'),
  ...sharedSettings,
})

export const apertium: TranslatorKind<typeof settings> = {
  key: 'apertium',
  name,
  settings,
  open({ url, timeoutMs }, { log }) {
    const http = openCalls({ url, timeoutMs, log, explain })
    const ask = async () => pairsIn((await http.send({ method: 'GET', path: 'listPairs', isRead: true })).text)
    const offer = keptOffer(async () => offerOf(await ask()))
    return {
      ...{ key: 'apertium', name, detects: false },
      async check() {
        const pairs = await ask()
        return `${pairs.length} pairs: ${pairs
          .slice(0, 12)
          .map(({ from, to }) => `${from.code} to ${to.code}`)
          .join(', ')}`
      },
      async translate({ text, format, from, to }) {
        const pair = pairIn(await offer(), { from, to }, name)
        const body = new URLSearchParams({
          langpair: `${pair.from?.code}|${pair.to.code}`,
          q: text,
          markUnknown: 'no',
          format: format === 'HTML' ? 'html' : 'txt',
        })
        const answer = objectOf((await http.send({ method: 'POST', path: 'translate', body, isRead: true })).json())
        return { text: translatedIn(objectOf(answer?.responseData)?.translatedText, name), from }
      },
    }
  },
}

/** Languages within a family that tags know by the name of the family. */
const ownCodes: Record<string, string> = { zlm: 'ms', hbs: 'sh' }
const languageOf = (code: string): Language => ({ code, locale: ownCodes[code] ?? localeFrom(code) ?? code })

function pairsIn(text: string): Pair[] {
  const data = objectOf(text)?.responseData
  if (!Array.isArray(data)) throw new TryAgainError(`${name} answered without pairs`)
  return data.flatMap((item) => {
    const [from, to] = [textOf(objectOf(item)?.sourceLanguage), textOf(objectOf(item)?.targetLanguage)]
    return from && to ? [{ from: languageOf(from), to: languageOf(to) }] : []
  })
}

function offerOf(pairs: Pair[]): Offer {
  const sources = new Map(pairs.map(({ from }) => [from.code, from]))
  return {
    sources: [...sources.values()],
    targetsOf: (source) => pairs.filter(({ from }) => from.code === source?.code).map(({ to }) => to),
  }
}

/** Errors are `{ status: "error", code, message, explanation }`; some pages are HTML. */
function explain({ status, text }: HttpAnswer): VendorError | null {
  if (status < 400 || status === 404 || status === 408 || status === 429 || status >= 500) return null
  const said = textOf(objectOf(text)?.explanation) ?? text.slice(0, 200)
  return new RefusedError(`${name} refused: ${said}`, { httpStatus: status })
}

/** DeepL. Source: developers.deepl.com: translate, languages, usage, error handling. */
import { z } from 'zod'
import type { Json } from '#connectors/contract.ts'
import { failureOf, type HttpAnswer } from '#connectors/http.ts'
import { intOf, listOf, objectOf, textOf } from '#connectors/reading.ts'
import { secretSetting } from '#connectors/secret-settings.ts'
import { urlSetting } from '#connectors/settings.ts'
import { RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { openCalls, translatedIn } from './calls.ts'
import { QUOTA_USED_UP, type TranslatorKind } from './contract.ts'
import { localeFrom } from './locales.ts'
import { keptOffer, type Language, pairIn } from './offer.ts'
import { sharedSettings } from './settings.ts'

const name = 'DeepL'

const settings = z.object({
  apiKey: secretSetting('Authentication key; those of the free plan end in `:fx`.'),
  url: urlSetting('Address of the interface. Left out: that of the plan the key belongs to.').optional(),
  ...sharedSettings,
})

export const deepl: TranslatorKind<typeof settings> = {
  key: 'deepl',
  name,
  settings,
  open({ apiKey, url = hostOf(apiKey), timeoutMs }, { log }) {
    const authorize = () => ({ authorization: `DeepL-Auth-Key ${apiKey}` })
    const http = openCalls({ url, timeoutMs, log, explain, authorize })
    const get = async (path: string) => (await http.send({ method: 'GET', path, isRead: true })).json()
    const offer = keptOffer(async () => {
      const [sources, targets] = await Promise.all(
        ['source', 'target'].map(async (type) => languagesIn(await get(`v2/languages?type=${type}`))),
      )
      return { sources: sources ?? [], targetsOf: () => targets ?? [] }
    })
    return {
      ...{ key: 'deepl', name, detects: true },
      async check() {
        const usage = objectOf(await get('v2/usage'))
        return `${intOf(usage?.character_count) ?? '?'} of ${intOf(usage?.character_limit) ?? '?'} characters used`
      },
      async translate({ text, format, from, to }) {
        const pair = pairIn(await offer(), { from, to }, name)
        const body = {
          text: [text],
          target_lang: pair.to.code,
          ...(pair.from && { source_lang: pair.from.code }),
          ...(format === 'HTML' && { tag_handling: 'html' }),
        }
        const answer = (await http.send({ method: 'POST', path: 'v2/translate', body, isRead: true })).json()
        const translation = objectOf(listOf(objectOf(answer)?.translations)[0])
        const detected = localeFrom(textOf(translation?.detected_source_language))
        return { text: translatedIn(translation?.text, name), from: from ?? detected }
      },
    }
  },
}

const hostOf = (apiKey: string) => (apiKey.endsWith(':fx') ? 'https://api-free.deepl.com' : 'https://api.deepl.com')

/** Codes are in capitals: as sources without regions (`EN`), as targets with them (`EN-GB`). */
function languagesIn(answer: Json): Language[] {
  const found = listOf(answer).flatMap((item) => {
    const code = textOf(objectOf(item)?.language)
    const locale = localeFrom(code)
    return code && locale ? [{ code, locale }] : []
  })
  if (found.length === 0) throw new TryAgainError(`${name} answered without languages`)
  return found
}

/** 456: the characters of the billing period are used up; it does not say until when. 403: a wrong key. */
function explain(answer: HttpAnswer): VendorError | null {
  const { status, text } = answer
  if (status < 400) return null
  const said = textOf(objectOf(text)?.message) ?? text.slice(0, 200)
  if (status === 456)
    return new RefusedError(`the characters that ${name} translates in this period are used up`, {
      httpStatus: status,
      code: QUOTA_USED_UP,
    })
  return failureOf({ ...answer, text: said }, name)
}

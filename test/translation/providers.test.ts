/** The translators, each spoken to over real HTTP in its own words. */
import { describe, expect, test } from 'vitest'
import { FixCredentialsError, RefusedError, TryAgainError } from '#errors.ts'
import { QUOTA_USED_UP, type TranslationOrder } from '#translators/contract.ts'
import { translatorKind } from '#translators/registry.ts'
import { silent } from '../syncing/backend.ts'
import { apertiumApy, deepL, libreTranslate, type Service } from './services.ts'

const [libre, deep, apy] = await Promise.all([libreTranslate(), deepL(), apertiumApy()])
function open(provider: string, settings: object) {
  const kind = translatorKind(provider)
  return kind.open(kind.settings.parse({ timeoutMs: 500, ...settings }), { log: silent })
}
const order = (said: Partial<TranslationOrder>): TranslationOrder => ({
  ...{ text: 'Guten Tag', format: 'TEXT', from: 'de', to: 'en' },
  ...said,
})
const lastBody = ({ asked }: Service) => asked.at(-1)?.body ?? ''

describe('LibreTranslate', () => {
  const translator = open('libretranslate', { url: libre.url, apiKey: 'good' })

  test('a text, with its language given or found out', async () => {
    expect(await translator.translate(order({}))).toEqual({ text: 'en: Guten Tag', from: 'de' })
    expect(await translator.translate(order({ from: null }))).toEqual({ text: 'en: Guten Tag', from: 'de' })
    expect(JSON.parse(lastBody(libre))).toEqual({
      q: 'Guten Tag',
      source: 'auto',
      target: 'en',
      format: 'text',
      api_key: 'good',
    })
  })

  test('HTML keeps its tags', async () => {
    const made = await translator.translate(order({ text: '<p>Guten <b>Tag</b></p>', format: 'HTML' }))
    expect(made.text).toBe('<p>en: Guten <b>en: Tag</b></p>')
  })

  test.each([
    ['zh', 'zh-Hans'],
    ['zh-CN', 'zh-Hans'],
    ['zh-TW', 'zh-Hant'],
    ['pt-BR', 'pt-BR'],
    ['pt-PT', 'pt'],
    ['en-AU', 'en'],
  ])('%s is asked for as %s', async (to, target) => {
    await translator.translate(order({ to }))
    expect(JSON.parse(lastBody(libre))).toMatchObject({ target })
  })

  test('a pair that is not offered is named, with what is offered, and costs no translation', async () => {
    const before = libre.translations()
    await expect(translator.translate(order({ to: 'id' }))).rejects.toThrow(
      new RefusedError(
        'LibreTranslate does not translate from de to id; it translates to de, en, pt, pt-BR, zh-Hans, zh-Hant',
      ),
    )
    await expect(translator.translate(order({ from: 'ru' }))).rejects.toThrow(
      /from ru to en; it translates from de, en, id/,
    )
    expect(libre.translations()).toBe(before)
  })

  test('a wrong key is one to fix', async () => {
    const wrong = open('libretranslate', { url: libre.url, apiKey: 'not-the-key' })
    await expect(wrong.translate(order({}))).rejects.toThrow(FixCredentialsError)
    await expect(wrong.check()).rejects.toThrow(/refused the key: Invalid API key \(\[secret\]\)/)
    expect(await translator.check()).toBe('7 languages')
  })
})

describe('DeepL', () => {
  const translator = open('deepl', { url: deep.url, apiKey: 'good:fx' })

  test('source without, target with a region, both in capitals; the key in a header', async () => {
    expect(await translator.translate(order({ from: 'pt-BR' }))).toEqual({ text: 'EN-US: Guten Tag', from: 'pt-BR' })
    expect(JSON.parse(lastBody(deep))).toEqual({ text: ['Guten Tag'], source_lang: 'PT', target_lang: 'EN-US' })
    expect(await translator.translate(order({ from: null, to: 'pt' }))).toEqual({
      text: 'PT-BR: Guten Tag',
      from: 'de',
    })
    expect((await translator.translate(order({ to: 'en-GB' }))).text).toBe('EN-GB: Guten Tag')
    expect((await translator.translate(order({ to: 'zh-HK' }))).text).toBe('ZH-HANT: Guten Tag')
  })

  test('HTML is announced as such', async () => {
    await translator.translate(order({ text: '<p>Tag</p>', format: 'HTML' }))
    expect(JSON.parse(lastBody(deep))).toMatchObject({ tag_handling: 'html' })
  })

  test('a used-up quota, a wrong key and a language it has not got', async () => {
    const wrong = open('deepl', { url: deep.url, apiKey: 'bad' })
    await expect(wrong.check()).rejects.toThrow(FixCredentialsError)
    await expect(translator.translate(order({ to: 'ru' }))).rejects.toThrow(/DeepL does not translate from de to ru/)
    deep.instead = () => ({ status: 456, body: { message: 'Quota exceeded' } })
    await expect(translator.translate(order({}))).rejects.toMatchObject({ provider: { code: QUOTA_USED_UP } })
    deep.instead = undefined
    expect(await translator.check()).toBe('12 of 500000 characters used')
  })
})

describe('Apertium', () => {
  const translator = open('apertium', { url: apy.url })

  test('pairs by its own codes, unknown words unmarked, text never taken for HTML', async () => {
    const made = await translator.translate(order({ text: 'a < b', from: 'en-GB', to: 'es-MX' }))
    expect(made).toEqual({ text: 'eng|spa txt a < b', from: 'en-GB' })
    expect((await translator.translate(order({ from: 'ms', to: 'id' }))).text).toBe('zlm|ind txt Guten Tag')
    expect((await translator.translate(order({ from: 'es', to: 'en-US', format: 'HTML' }))).text).toMatch(
      /^spa\|eng_US html/,
    )
  })

  test('it says which pairs it has', async () => {
    await expect(translator.translate(order({}))).rejects.toThrow(
      'Apertium does not translate from de to en; it translates from en, es, id, ms',
    )
    expect(await translator.check()).toBe('5 pairs: eng to spa, spa to eng, spa to eng_US, ind to zlm, zlm to ind')
  })
})

describe.each([
  ['libretranslate', libre, { url: libre.url, apiKey: 'good' }, { to: 'en' }],
  ['deepl', deep, { url: deep.url, apiKey: 'good:fx' }, { to: 'en' }],
  ['apertium', apy, { url: apy.url }, { from: 'en', to: 'es' }],
] as const)('%s in trouble', (provider, service, settings, pair) => {
  const translator = open(provider, settings)
  async function inTrouble(answer: NonNullable<Service['instead']>): Promise<unknown> {
    await translator.translate(order(pair))
    service.instead = answer
    const failure = await translator.translate(order(pair)).catch((error: unknown) => error)
    service.instead = undefined
    return failure
  }

  test.each([
    ['429', { status: 429, headers: { 'retry-after': '40' }, body: {} }, { retryAfterMs: 40_000 }],
    ['503', { status: 503, body: 'busy' }, { provider: { httpStatus: 503 } }],
    ['a page', { body: '<html>welcome</html>' }, {}],
    ['JSON without a translation', { body: { translations: [{}], responseData: {} } }, {}],
    ['an answer that never ends', { body: 'x'.repeat(5_000_000) }, null],
  ])('%s is no translation', async (_what, answer, matching) => {
    const failure = await inTrouble(() => answer)
    if (matching === null) expect(failure).toBeInstanceOf(RefusedError)
    else {
      expect(failure).toBeInstanceOf(TryAgainError)
      expect(failure).toMatchObject(matching)
    }
  })

  test('silence ends', async () => {
    expect(await inTrouble(() => null)).toBeInstanceOf(TryAgainError)
  })
})

/** Language tags as people and services write them. */
import { expect, test } from 'vitest'
import { closestTo, likenessOf, localeFrom } from '#translators/locales.ts'

test.each([
  ['ID', 'id'],
  ['pt_br', 'pt-BR'],
  ['zh-hans-cn', 'zh-Hans-CN'],
  ['eng', 'en'],
  ['eng_US', 'en-US'],
  [' de ', 'de'],
  ['English', null],
  ['', null],
  ['e', null],
  ['en--', null],
  [null, null],
])('%j is %j', (written, tag) => {
  expect(localeFrom(written)).toBe(tag)
})

test.each([
  ['pt', ['pt-PT', 'pt-BR'], 'pt-BR'],
  ['pt-PT', ['pt-BR', 'pt'], 'pt-BR'],
  ['zh-TW', ['zh', 'zh-Hant'], 'zh-Hant'],
  ['zh', ['zh-Hant', 'zh-Hans'], 'zh-Hans'],
  ['en-AU', ['de', 'en-GB', 'en-US'], 'en-GB'],
  ['id', ['ms', 'en'], null],
])('who wants %s is served from %j with %j', (wanted, offers, best) => {
  expect(closestTo(wanted, offers, (tag) => tag)).toBe(best)
})

test('what cannot be read is no language at all', () => {
  expect(likenessOf('not a tag', 'not a tag')).toBe(0)
})

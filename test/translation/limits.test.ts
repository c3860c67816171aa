/** While a client waits: how long, and how many at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TryAgainError } from '#errors.ts'
import { openLanguages } from '#platform/language/languages.ts'
import type { Translator } from '#translators/contract.ts'

const detector = { detect: async () => ({ locale: null, confidence: null }), close: async () => {} }
const order = { text: 'Hello', format: 'TEXT', from: 'en', to: 'de' } as const

function limitedBy(translate: Translator['translate'], options: { deadlineMs?: number; atOnce?: number }) {
  const translator: Translator = { key: 'slow', name: 'Slow', detects: true, check: async () => '', translate }
  const desk = { previewTranslation: async () => (await translate(order)).text }
  const { translator: limited, deskOf } = openLanguages({ detector, translator, deskOf: () => desk, ...options })
  return {
    translate: () => limited?.translate(order),
    preview: () => deskOf('any')?.previewTranslation?.({ ...order, ticketExternalId: null }),
  }
}

test('an answer that does not come is given up in time, from a translator as from a help desk', async () => {
  const { translate, preview } = limitedBy(() => new Promise(() => {}), { deadlineMs: 50 })
  await expect(translate()).rejects.toThrow(new TryAgainError('no answer within 0.05 s'))
  await expect(preview()).rejects.toThrow(TryAgainError)
})

test('no more than so many are under way; the others wait, and those beyond are sent away', async () => {
  let [running, most] = [0, 0]
  const { translate, preview } = limitedBy(
    async () => {
      most = Math.max(most, ++running)
      await sleep(20)
      running--
      return { text: 'Hallo', from: 'en' }
    },
    { atOnce: 2 },
  )
  const settled = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? translate() : preview())),
  )
  expect(most).toBe(2)
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(34)
  const refused = settled.filter((one) => one.status === 'rejected')
  expect(refused.every(({ reason }) => reason instanceof TryAgainError && reason.retryAfterMs === 1_000)).toBe(true)
})

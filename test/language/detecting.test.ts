/** Which language a text is in, asked over the wire. */
import { expect, test } from 'vitest'
import { runOver } from '../support/asking.ts'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'
import { sentences } from './sentences.ts'

const { db } = await createTestDatabase()
const gateway = await openTestGateway(db)
const run = runOver(gateway.ask)

type Detection = { locale: string | null; confidence: number | null; provider: string }
const detect = (text: string) =>
  run<Detection>('query ($text: String!) { detectLanguage(text: $text) { locale confidence provider } }', { text })

test.each(Object.entries(sentences))('short sentences of help desks in %s are recognised', async (locale, texts) => {
  expect(texts.length).toBeGreaterThanOrEqual(20)
  const found = await Promise.all(texts.map(detect))
  const right = found.filter((detection) => detection.locale === locale)
  expect(right.length / texts.length).toBeGreaterThanOrEqual(0.9)
  // Whoever is right may say so.
  expect(right.filter(({ confidence }) => (confidence ?? 0) > 0.5).length / right.length).toBeGreaterThan(0.9)
})

test.each([
  '',
  '   ',
  '12345 678',
  '+49 30 1234567',
  'https://example.com/help?lang=de',
  'a@example.com',
  '😀👍🎉',
  '…!?',
  'B-2024',
])('%j is in no language', async (text) => {
  expect(await detect(text)).toEqual({ locale: null, confidence: null, provider: 'eld' })
})

test.each(['asdf qwerty', 'John Smith', 'iPhone 15 Pro Max', 'error', 'Hi'])(
  'nobody can be sure of %j',
  async (text) => {
    expect((await detect(text)).confidence ?? 0).toBeLessThan(0.5)
  },
)

test.each([
  ['zh', '你好，我的App打不开，请看一下 order number SK-2231'],
  ['zh', '我在优の良品买的包裹还没到，请帮我查一下'],
  ['ja', '注文した商品がまだ届きません。確認をお願いします。'],
  ['ko', '주문한 상품이 아직 도착하지 않았습니다.'],
  ['ru', 'Здравствуйте, мой заказ ещё не пришёл, проверьте пожалуйста'],
  ['ru', 'Когда вернут деньги? Я жду уже вторую неделю, вы обещали'],
  ['uk', 'Доброго дня, моє замовлення ще не прийшло, перевірте будь ласка'],
  ['ms', 'Encik, bungkusan saya masih belum sampai kerana alamat di resit tersilap, bolehkah semak?'],
  ['id', 'Kak, paket saya belum sampai karena alamat di resi salah, bisa dicek nggak?'],
])('%s: %s', async (locale, text) => {
  expect((await detect(text)).locale).toBe(locale)
})

test('what is quoted, linked and coded does not count', async () => {
  const quoted = `Vielen Dank, das hat mir sehr geholfen!

On Mon, 5 Oct 2026 at 10:02, Support <help@example.com> wrote:
> Thank you for your message. We have sent you a new parcel today, and it should arrive tomorrow.
> Please let us know if there is anything else that we can do for you.`
  expect((await detect(quoted)).locale).toBe('de')
  const linked =
    'Não abre: https://shop.example.com/your-orders/are/not/here-yet please-help@example.com ORDER77 {{first_name}}'
  expect((await detect(linked)).locale).toBe('pt')
})

test('a text as long as a request may be takes no long time', async () => {
  const started = performance.now()
  const mails = '> quoted line of an earlier mail\n'.repeat(15_000)
  expect((await detect(`Das Paket ist noch nicht angekommen.\n${mails}`)).locale).toBe('de')
  expect(performance.now() - started).toBeLessThan(2_000)
})

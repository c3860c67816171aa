/** A search finds what a person would find: words in their forms, in six languages, and what is known by just that. */
import { describe, expect, test } from 'vitest'
import { openDesk, shown } from './desk.ts'

const desk = await openDesk()
desk.viewer('program', 'ADMIN')
const { find } = desk

const said: Record<string, string[]> = {
  english: ['Two deliveries were cancelled and I was refunded only once, see the companies involved.'],
  german: ['Die Häuser in der Straße haben ihre Rechnungen nicht bezahlt, die Rückerstattung fehlt.'],
  portuguese: ['Houve dois pagamentos e um cancelamento, por favor façam a devolução no cartão.'],
  indonesian: ['Saya sudah membayar tetapi barang belum dikirim, mohon pengembalian dana.'],
  russian: ['Заказы ещё не доставлены, верните деньги за посылку.'],
  chinese: ['您好，我想申请退款，订单ABC123还没有发货。'],
}
for (const [language, messages] of Object.entries(said)) await desk.ticket({ subject: language, messages })

describe('a word of a message is found', () => {
  test.each([
    ['english', 'DELIVERY'],
    ['english', 'cancel refund'],
    ['english', 'company'],
    ['english', 'where is my delivery?'],
    ['english', 'compan'],
    ['german', 'Rechnung'],
    ['german', 'Haus'],
    ['german', 'strasse'],
    ['german', 'Rueckerstattung'],
    ['portuguese', 'pagamento'],
    ['portuguese', 'cancelar cartao'],
    ['portuguese', 'devolucao'],
    ['indonesian', 'bayar'],
    ['indonesian', 'pembayaran'],
    ['indonesian', 'kirim'],
    ['russian', 'заказ'],
    ['russian', 'посылка'],
    ['russian', 'ДОСТАВЛЕН еще'],
    ['chinese', '退款'],
    ['chinese', '申请退款'],
    ['chinese', '款'],
    ['chinese', 'abc123 订单'],
  ])('of the %s one by "%s"', async (language, query) => {
    expect(shown(await find(query))).toEqual([`Message ${language}`])
  })

  test('only with all its words, and one that stands nowhere is not found', async () => {
    expect((await find('delivery zzzyx', { types: ['MESSAGE'] })).nodes[0]?.score).toBeLessThan(0.2)
    expect((await find('zzzyx')).totalCount).toBe(0)
    expect((await find('款退')).totalCount).toBe(0)
  })

  test('and words in quotes only where they stand just so', async () => {
    expect((await find('"refunded only"')).totalCount).toBe(1)
    expect((await find('"only refunded"')).totalCount).toBe(0)
    expect((await find('"申请退款"')).totalCount).toBe(1)
  })
})

describe('what is known by just that comes first', () => {
  test('a number before the texts that name it, with its sign or without', async () => {
    await desk.ticket({ subject: 'The one', number: '77001' })
    await desk.ticket({ subject: 'About 77001 and 77001', number: '9', messages: ['77001'] })
    for (const query of ['77001', '#77001']) {
      const found = await find(query)
      expect(shown(found)).toEqual(['Ticket The one', 'Ticket About 77001 and 77001', 'Message About 77001 and 77001'])
      expect(found.nodes[0]?.score).toBe(1)
      expect(found.nodes[1]?.score).toBeLessThan(1)
    }
  })

  test('a person by mail address, telephone number and key', async () => {
    await desk.person({
      name: 'Maria Silva',
      email: 'Maria.Silva@example.com',
      phone: '+49 30 1234567',
      identifier: 'crm-881',
    })
    await desk.ticket({ subject: 'maria.silva@example.com writes' })
    expect(shown(await find('maria.silva@example.com'))[0]).toBe('Contact Maria Silva')
    expect((await find('maria.silva@example.com')).nodes[0]?.score).toBe(1)
    for (const query of ['+49 30 1234567', '4930 1234567', '1234567', 'crm-881', 'silva', 'Sílva mar'])
      expect(shown(await find(query, { types: ['CONTACT'] })), query).toEqual(['Contact Maria Silva'])
  })
})

test('a misspelled name or subject is found, and said how it was meant', async () => {
  await desk.person({ name: 'Jonathan Westergaard' })
  await desk.person({ name: 'John Quux' })
  await desk.ticket({ subject: 'Broken dishwasher' })
  for (const [query, meant, hit] of [
    ['jonathn westergard', 'jonathan westergaard', 'Contact Jonathan Westergaard'],
    ['jonh quux', 'john quux', 'Contact John Quux'],
    ['dihswasher', 'dishwasher', 'Ticket Broken dishwasher'],
  ] as const) {
    const found = await find(query)
    expect(shown(found)[0]).toBe(hit)
    expect(found.didYouMean).toBe(meant)
    expect(found.nodes[0]?.score).toBeLessThan(0.5)
  }
  expect((await find('dishwasher')).didYouMean).toBeNull()
})

test('of several words that never meet, what has most of them is found, else what has one', async () => {
  await desk.ticket({ subject: 'most', messages: ['gamma delta'] })
  await desk.ticket({ subject: 'one', messages: ['epsilon'] })
  expect(shown(await find('gamma delta epsilon'))).toEqual(['Message most'])
  expect(shown(await find('delta epsilon')).toSorted()).toEqual(['Message most', 'Message one'])
})

test('newer ones come before older ones that fit alike', async () => {
  for (const [subject, at] of [
    ['old', '2024-01-01T00:00:00Z'],
    ['new', '2026-05-01T00:00:00Z'],
    ['middle', '2025-06-01T00:00:00Z'],
  ] as const)
    await desk.ticket({ subject, at, messages: ['kappa'] })
  expect(shown(await find('kappa'))).toEqual(['Message new', 'Message middle', 'Message old'])
})

test('a changed text is found by what it says now', async () => {
  const { id } = await desk.ticket({ subject: 'lambda', messages: ['lambdaone'] })
  await desk.db.execute(`update messages set body_text = 'lambdatwo' where ticket_id = '${id}'`)
  await desk.db.execute(`update tickets set subject = 'lambdathree' where id = '${id}'`)
  expect(shown(await find('lambdatwo'))).toEqual(['Message lambdathree'])
  expect(shown(await find('lambdathree'))).toEqual(['Ticket lambdathree'])
  expect((await find('lambdaone', { types: ['MESSAGE'] })).totalCount).toBe(0)
  expect((await find('lambdathre')).totalCount).toBe(1)
})

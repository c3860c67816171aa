/** What searches must not betray to customers, and what odd texts, big stores and narrow filters must not change. */
import { describe, expect, test } from 'vitest'
import { openDesk, shown } from './desk.ts'

const desk = await openDesk()
const { find, ask } = desk
const [anna, bert] = [await desk.person({ name: 'Anna Pelican' }), await desk.person({ name: 'Bert Flamingo' })]
desk.viewer('program', 'ADMIN')
desk.viewer('anna', 'CONTACT', anna)

async function listed(filter: object, name = 'program'): Promise<number> {
  const answer = await ask(name, 'query ($filter: TicketFilter) { tickets(filter: $filter) { totalCount } }', {
    filter,
  })
  return (answer.data as { tickets: { totalCount: number } }).tickets.totalCount
}

describe('a customer', async () => {
  await desk.ticket({
    subject: 'Invoice of Kowalczik',
    requesterId: anna,
    messages: [
      { text: 'toucan', type: 'NOTE_PRIVATE' },
      { text: 'toucan', show_in_correspondence: false },
      { text: 'toucan', type: 'REPLY_OUTBOUND', direction: 'SYSTEM' },
      { text: 'puffin' },
    ],
  })
  await desk.ticket({ subject: 'Kowalczit, Kowalczim and Kowalczif', requesterId: bert })

  test('finds nothing that their thread does not show', async () => {
    expect((await find('toucan', {}, 'anna')).totalCount).toBe(0)
    expect(await listed({ keywords: 'toucan' }, 'anna')).toBe(0)
    expect(await listed({ keywords: 'puffin' }, 'anna')).toBe(1)
  })

  test('is told the same whether or not others have a word, and never a word of others', async () => {
    for (const typed of ['kowalczit', 'kowalczip']) {
      const found = await find(typed, {}, 'anna')
      expect(shown(found), typed).toEqual(['Ticket Invoice of Kowalczik'])
      expect(found.didYouMean).toBe('kowalczik')
    }
    expect((await find('flamimgo', {}, 'anna')).totalCount).toBe(0)
    expect((await find('pelixan', {}, 'anna')).didYouMean).toBe('pelican')
    expect((await find('flamimgo')).didYouMean).toBe('flamingo')
  })
})

test('an empty filter narrows nothing', async () => {
  await desk.person({ name: 'Carl Ostrich' })
  expect(shown(await find('ostrich', { filter: {} }))).toEqual(['Contact Carl Ostrich'])
})

describe('a word is found', async () => {
  const long = 'x'.repeat(45)
  for (const [subject, text] of Object.entries({
    emoji: 'bad🙏heron🔥done ✅egret',
    arrows: 'stork→crane •ibis',
    decomposed: 'Ru\u0308cken cafe\u0301',
    turkish: 'İSTANBUL ığdır',
    long: `so ${long} it is`,
    arabic: 'طلب،جديد؟',
    marks: '100%_sure a\\b',
  }))
    await desk.ticket({ subject, messages: [text] })

  test.each([
    ['between emojis', 'heron', 'emoji'],
    ['after an emoji', '"egret"', 'emoji'],
    ['between arrows', '"crane" stork', 'arrows'],
    ['after a bullet', '"ibis"', 'arrows'],
    ['with marks of their own', 'rücken', 'decomposed'],
    ['with marks of their own, typed so', 'cafe\u0301', 'decomposed'],
    ['with marks of their own, quoted', '"rücken café"', 'decomposed'],
    ['without them', 'cafe', 'decomposed'],
    ['with a dot on its I', 'istanbul', 'turkish'],
    ['with a dot on its I, typed so', 'İSTANBUL', 'turkish'],
    ['of more than 40 characters', long, 'long'],
    ['of more than 40 characters, quoted', `"${long}"`, 'long'],
    ['beside an Arabic comma', 'جديد', 'arabic'],
    ['beside a percent sign', '"sure"', 'marks'],
  ])('%s', async (_how, query, subject) => {
    expect(shown(await find(query))).toEqual([`Message ${subject}`])
  })

  test('but marks alone find nothing', async () => {
    for (const query of ['\u0301\u0301\u0301', '\u0301\u0301 \u0308', '%%%', '___', 'ʼʼʼ'])
      expect((await find(query)).totalCount, JSON.stringify(query)).toBe(0)
  })
})

describe('of thousands that fit keywords', async () => {
  await desk.ticket({ subject: 'first', at: '2024-01-01T00:00:00Z', messages: ['dodo'] })
  await desk.ticket({ subject: 'second', messages: ['dodo'] })
  await desk.db.execute(`insert into messages select more.*
    from messages m join tickets t on t.id = m.ticket_id, generate_series(1, 5000) as n, jsonb_populate_record(m,
      jsonb_build_object('id', gen_random_uuid(), 'external_id', n, 'at', '2026-04-01T00:00:00Z')) as more
    where t.subject = 'second'`)

  test('a list takes the newest, but what must not match does not, however old', async () => {
    expect(await listed({ keywords: 'dodo' })).toBe(1)
    expect(await listed({ not: { keywords: 'dodo' }, subjectContains: 'first' })).toBe(0)
    expect(await listed({ not: { keywords: 'dodos and more' }, subjectContains: 'first' })).toBe(1)
  })
})

test('what is typed to find a person is text: signs of patterns find nobody, and a NUL is refused', async () => {
  const people = async (query: string) =>
    ask('program', 'query ($q: String!) { contacts(query: $q) { totalCount } agents(query: $q) { totalCount } }', {
      q: query,
    })
  for (const query of ['\ud800x', '%', '_', '\\'])
    expect((await people(query)).data, JSON.stringify(query)).toEqual({
      contacts: { totalCount: 0 },
      agents: { totalCount: 0 },
    })
  expect((await people('a\0b')).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
})

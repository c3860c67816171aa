/** Comm100's own language calls, as they go out and as their answers are understood. */
import { afterEach, expect, test } from 'vitest'
import type { Session } from '#connectors/contract.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { smallDesk } from './orders.ts'
import { openSite, type Site, type SiteOptions } from './site.ts'

let site: Site | undefined
afterEach(() => site?.close())

async function open(options: SiteOptions = {}) {
  site = await openSite(smallDesk().desk, options)
  return { ...site, session: site.session as Required<Session> }
}
const preview = { ticketExternalId: '1', text: 'Guten Tag', from: 'de', to: 'en' }

test('detectLanguage asks about the ticket, without more', async () => {
  const { session, sent } = await open()
  expect(await session.detectLanguage('1')).toBe('en')
  expect(sent).toMatchObject([{ method: 'POST', path: '/v4/ticketing/tickets/1:detectvisitorlanguage', body: {} }])
})

test.each([
  [{ vistorLanguage: 'pt-BR' }, 'pt-BR'],
  [{ visitorLanguage: 'id' }, 'id'],
  [{ id: 1, contactLanguage: 'de' }, 'de'],
  [{ vistorLanguage: '' }, null],
  [{}, null],
])('%j means %j', async (body, expected) => {
  const { session } = await open({
    before: (_host, { path }) => (path.includes(':detect') ? { status: 200, body } : null),
  })
  expect(await session.detectLanguage('1')).toBe(expected)
})

test('previewTranslation of a ticket and for a new one', async () => {
  const { session, sent } = await open()
  expect(await session.previewTranslation(preview)).toBe('[en] Guten Tag')
  expect(await session.previewTranslation({ ...preview, ticketExternalId: null, from: null })).toBe('[en] Guten Tag')
  expect(sent.map(({ path, body }) => [path, body])).toEqual([
    [
      '/v4/ticketing/tickets/1:previewmessagetranslation',
      { text: 'Guten Tag', sourceLanguage: 'de', targetLanguage: 'en' },
    ],
    ['/v4/ticketing/tickets:previewmessagetranslationfornewtickets', { text: 'Guten Tag', targetLanguage: 'en' }],
  ])
})

test('a ticket that is not there, an answer without a text, a busy and a silent vendor', async () => {
  const { session, requests } = await open({
    settings: { timeoutMs: 300 },
    before: (_host, { path }) =>
      path.includes('/2:') ? { status: 200, body: { id: 2 } } : path.includes('/3:') ? { status: 503, body: {} } : null,
  })
  await expect(session.previewTranslation({ ...preview, ticketExternalId: '99' })).rejects.toThrow(GoneError)
  await expect(session.previewTranslation({ ...preview, ticketExternalId: '../1' })).rejects.toThrow(GoneError)
  await expect(session.previewTranslation({ ...preview, ticketExternalId: '2' })).rejects.toThrow(RefusedError)
  await expect(session.previewTranslation({ ...preview, ticketExternalId: '3' })).rejects.toThrow(TryAgainError)
  // Somebody waits: nothing is asked twice.
  expect(requests.filter((line) => line.includes('/3:'))).toHaveLength(1)
})

/** Previews and stored translations over the wire: by the help desk, by a configured translator, by nobody. */
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { usualScopes } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { type Languages, openLanguages } from '#platform/language/languages.ts'
import type { Translator } from '#translators/contract.ts'
import { translatorKind } from '#translators/registry.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import type { Answer } from '../support/gateway.ts'
import { serveBuiltIn } from '../support/served.ts'
import { silent } from '../syncing/backend.ts'
import { apertiumApy, libreTranslate } from './services.ts'

const [service, apy] = await Promise.all([libreTranslate(), apertiumApy()])
const open = (provider: string, settings: object): Translator =>
  translatorKind(provider).open({ timeoutMs: 2_000, ...settings }, { log: silent })
const libre = open('libretranslate', { url: service.url, apiKey: 'good' })

let translator: Translator | null = null
let areDesksThere = true
const detector = openLanguageDetector()
const languages: Languages = {
  ...openLanguages({
    detector,
    translator: null,
    deskOf: (backendId) => (areDesksThere ? served.syncing.sessionOf(backendId) : null),
  }),
  get translator() {
    return translator
  },
}
afterEach(() => {
  translator = null
  areDesksThere = true
  service.instead = undefined
  service.until = undefined
})

const viewers = new Map<string, Viewer>()
const served = await serveBuiltIn({ languages, authenticate: (token) => viewers.get(token ?? '') ?? null })
const { db, workspaceId } = served
const program: Viewer = {
  workspaceId,
  actorId: null,
  role: 'ADMIN',
  scopes: usualScopes('ADMIN'),
  tokenName: 'program',
}
viewers.set('program', program)

async function askAs(name: string, query: string, variables: object = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${name}`, 'content-type': 'application/json' }
  const response = await fetch(served.url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  return (await response.json()) as Answer
}

type Row = { id: string; messageId: string; requesterId: string; externalId: string }
/** The newest ticket of a vendor with such a message, not used before. */
const used = new Set<string>()
const INBOUND = "m.direction = 'INBOUND'"
async function fresh(vendor: string, having = "m.direction = 'INBOUND' and m.body_html is null"): Promise<Row> {
  const { rows } = await db.execute<Row>(sql`
    select t.id, m.id as "messageId", t.requester_id as "requesterId", t.external_id as "externalId" from tickets t
    join backends b on b.id = t.backend_id and b.vendor = ${vendor}
    join lateral (select * from messages m where m.ticket_id = t.id and m.body_text <> '' and not m.is_deleted
      and m.translations = '[]' and ${sql.raw(having)} order by at desc limit 1) m on true
    where not t.is_recycled and t.merged_into_id is null order by t.created_at desc, t.id`)
  const row = rows.find(({ id }) => !used.has(id))
  if (!row) throw new Error(`no ticket of ${vendor} left`)
  used.add(row.id)
  return row
}
const languagesOf = (row: Row, contact: string | null, agent: string | null) =>
  db.execute(sql`update tickets set contact_language = ${contact}, agent_language = ${agent} where id = ${row.id}`)
const write = (row: Row, text: string, html: string | null = null) =>
  db.execute(
    sql`update messages set body_text = ${text}, body_html = ${html}, body_html_clean = ${html} where id = ${row.messageId}`,
  )
const ticketNode = ({ id }: Row) => nodeIdOf('Ticket', id)
const messageNode = ({ messageId }: Row) => nodeIdOf('Message', messageId)

type Failure = { __typename: string; code: string; message: string; retryable?: boolean; capability?: string }
const failures = `errors { __typename code message ... on TranslatorError { retryable provider } ... on BackendError { retryable }
  ... on UnsupportedError { capability backend { id } } }`
type Translation = {
  locale: string | null
  sourceLocale: string | null
  text: string
  html: string | null
  provider: string
  isFromBackend: boolean
}
const parts = 'locale sourceLocale text html provider isFromBackend'

async function preview(input: object, as = 'program') {
  const { data, errors } = await askAs(
    as,
    `query ($input: TranslationPreviewInput!) { translationPreview(input: $input) { translatedText sourceLocale targetLocale provider } }`,
    { input },
  )
  return {
    preview: (data as { translationPreview: unknown } | null)?.translationPreview ?? null,
    error: errors?.[0] ?? null,
  }
}
async function translate(input: object, as = 'program') {
  const { data, errors } = await askAs(
    as,
    `mutation ($input: MessageTranslateInput!) { messageTranslate(input: $input) { translation { ${parts} } message { id } ${failures} } }`,
    { input },
  )
  expect(errors).toBeUndefined()
  return (
    data as { messageTranslate: { translation: Translation | null; message: { id: string } | null; errors: Failure[] } }
  ).messageTranslate
}
async function stored(row: Row, to: string | null = null, as = 'program'): Promise<Translation | null> {
  const { data } = await askAs(
    as,
    `query ($id: ID!, $to: Locale) { message(id: $id) { translation(to: $to) { ${parts} } } }`,
    { id: messageNode(row), to },
  )
  return (data as { message: { translation: Translation | null } }).message.translation
}

describe('a preview', () => {
  test("goes to the ticket's own help desk where that translates, into the language of the contact", async () => {
    const row = await fresh('comm100')
    await languagesOf(row, 'id', 'en')
    translator = libre
    const before = service.translations()
    expect(await preview({ ticketId: ticketNode(row), text: 'Hello' })).toEqual({
      error: null,
      preview: { translatedText: '[id] Hello', sourceLocale: 'en', targetLocale: 'id', provider: 'comm100' },
    })
    expect(service.translations()).toBe(before)
  })

  test('of what a contact wrote goes into the language of the agent, else of the workspace', async () => {
    const row = await fresh('comm100')
    await write(row, 'Paket saya belum sampai')
    await languagesOf(row, 'id', 'de')
    expect((await preview({ messageId: messageNode(row) })).preview).toMatchObject({
      ...{ translatedText: '[de] Paket saya belum sampai', sourceLocale: 'id', targetLocale: 'de' },
    })
    await languagesOf(row, 'id', null)
    expect((await preview({ messageId: messageNode(row) })).preview).toMatchObject({ targetLocale: 'en' })
  })

  test('for a new ticket asks the help desk of the contact, and nothing is stored', async () => {
    const { rows } = await db.execute<{
      id: string
    }>(sql`select a.id from actors a join backends b on b.id = a.backend_id
      where b.vendor = 'comm100' and a.type = 'CONTACT' limit 1`)
    const contactId = nodeIdOf('Contact', rows[0]?.id ?? '')
    const position = async () => (await db.execute(sql`select max(position) as at from changes`)).rows
    const before = await position()
    expect((await preview({ contactId, text: 'Hello', to: 'pt' })).preview).toMatchObject({
      ...{ translatedText: '[pt] Hello', provider: 'comm100' },
    })
    expect(await position()).toEqual(before)
    expect((await db.execute(sql`select from message_translations`)).rowCount).toBe(0)
  })

  test('without a ticket, and on a help desk that does not translate, is the configured translator’s', async () => {
    translator = libre
    expect((await preview({ text: 'Guten Tag', to: 'en' })).preview).toEqual({
      ...{ translatedText: 'en: Guten Tag', sourceLocale: 'de', targetLocale: 'en', provider: 'libretranslate' },
    })
    const row = await fresh('chatwoot')
    await languagesOf(row, 'pt-BR', 'en')
    expect((await preview({ text: 'Hello', ticketId: ticketNode(row) })).preview).toMatchObject({
      ...{ translatedText: 'pt-BR: Hello', sourceLocale: 'en', provider: 'libretranslate' },
    })
  })

  test('finds the language out first for a translator that does not', async () => {
    translator = open('apertium', { url: apy.url })
    expect((await preview({ text: 'When will my order arrive at home?', to: 'es' })).preview).toMatchObject({
      ...{ sourceLocale: 'en', translatedText: 'eng|spa txt When will my order arrive at home?' },
    })
    expect((await preview({ text: '12345', to: 'es' })).error).toMatchObject({
      message: 'It cannot be told which language this is in: name it in `from`.',
    })
  })

  test('with no translator says how to configure one', async () => {
    const { error } = await preview({ text: 'Hello', to: 'de' })
    expect(error).toMatchObject({ extensions: { code: 'UNSUPPORTED_BY_BACKEND' } })
    expect(error?.message).toMatch(/`translation` in the configuration file.*libretranslate/)
  })

  test.each([
    [{ text: 'Hello' }, 'REQUIRED', /Expected a language/],
    [{ to: 'de' }, 'REQUIRED', /Expected a text/],
    [{ text: '  ', to: 'de' }, 'VALIDATION_FAILED', /no text/],
    [{ text: 'x'.repeat(10_001), to: 'de' }, 'VALIDATION_FAILED', /at most 10000 characters, got 10001/],
    [{ text: 'Hello', from: 'en-GB', to: 'en-GB' }, 'VALIDATION_FAILED', /in en-GB already/],
    [
      { text: 'Hello', to: 'ru' },
      'TRANSLATOR_FAILED',
      /does not translate from any language to ru; it translates to de, en/,
    ],
    [{ text: 'Hello', to: 'de', ticketId: nodeIdOf('Ticket', crypto.randomUUID()) }, 'NOT_FOUND', /no ticket/],
    [{ text: 'Hello', to: 'de', contactId: 'nobody' }, 'NOT_FOUND', /no contact/],
  ])('of %j is refused as %s', async (input, code, message) => {
    translator = libre
    const { error } = await preview(input)
    expect(error).toMatchObject({ extensions: { code }, message: expect.stringMatching(message) })
  })
})

describe('a message', () => {
  test('is translated once, stored by language, and served in every region of it', async () => {
    translator = libre
    const row = await fresh('chatwoot')
    await write(row, 'Guten Tag')
    const before = service.translations()
    const made = await translate({ id: messageNode(row), to: 'pt-BR' })
    expect(made).toEqual({
      ...{ errors: [], message: { id: messageNode(row) } },
      translation: {
        ...{ locale: 'pt-BR', sourceLocale: 'de', text: 'pt-BR: Guten Tag', html: null },
        ...{ provider: 'libretranslate', isFromBackend: false },
      },
    })
    expect((await translate({ id: messageNode(row), to: 'pt' })).translation).toEqual(made.translation)
    expect(service.translations()).toBe(before + 1)
    expect(await stored(row, 'pt')).toEqual(made.translation)
    expect(await stored(row, 'pt-PT')).toEqual(made.translation)
    expect(await stored(row)).toEqual(made.translation)
    expect(await stored(row, 'de')).toBeNull()
    await translate({ id: messageNode(row), to: 'pt-PT' })
    expect((await stored(row, 'pt-PT'))?.text).toBe('pt: Guten Tag')
    expect((await stored(row, 'pt-BR'))?.text).toBe('pt-BR: Guten Tag')
  })

  test('is translated by its own help desk where that can, and says so', async () => {
    const row = await fresh('comm100')
    await write(row, 'Paket saya belum sampai')
    await languagesOf(row, 'id', 'en')
    expect((await translate({ id: messageNode(row), to: 'en' })).translation).toEqual({
      ...{ locale: 'en', sourceLocale: 'id', text: '[en] Paket saya belum sampai', html: null },
      ...{ provider: 'comm100', isFromBackend: true },
    })
    expect(await changesOf(row)).toEqual([['translation']])
  })

  test('keeps its tags, and what comes back is cleaned again', async () => {
    translator = libre
    const row = await fresh('deskhero', INBOUND)
    await write(row, 'Guten Tag', '<p>Guten <b>Tag</b></p>')
    service.instead = undefined
    expect((await translate({ id: messageNode(row), to: 'en' })).translation).toMatchObject({
      ...{ html: '<p>en: Guten <b>en: Tag</b></p>', text: 'en: Guten en: Tag' },
    })
    service.instead = () => ({ body: { translatedText: '<p onclick="x()">Good<script>alert(1)</script> day</p>' } })
    expect((await translate({ id: messageNode(row), to: 'en', force: true })).translation).toMatchObject({
      ...{ html: '<p>Good day</p>', text: 'Good day' },
    })
  })

  test('that says something else now has no translation until it is made again', async () => {
    translator = libre
    const row = await fresh('chatwoot')
    await write(row, 'Guten Tag')
    await translate({ id: messageNode(row), to: 'en' })
    await write(row, 'Guten Abend')
    expect(await stored(row, 'en')).toBeNull()
    expect((await translate({ id: messageNode(row), to: 'en' })).translation?.text).toBe('en: Guten Abend')
    expect(await stored(row, 'en')).toMatchObject({ text: 'en: Guten Abend' })
  })

  test('is read again by a sync, and its translations stay', async () => {
    translator = libre
    const row = await fresh('chatwoot')
    await translate({ id: messageNode(row), to: 'en' })
    const before = await stored(row, 'en')
    const backend = served.backends.find(({ connector }) => connector.key === 'chatwoot')
    const session = served.syncing.sessionOf(backend?.backendId ?? '')
    await db.execute(sql`update messages set content_hash = '', subject = 'changed here' where id = ${row.messageId}`)
    await db.execute(sql`update tickets set content_hash = '' where id = ${row.id}`)
    const { storeFetched } = await import('#flows/sync/refetch.ts')
    const records = await session.ticket(row.externalId)
    if (!records || !backend) throw new Error('the sandbox lost its ticket')
    await storeFetched(served.syncing, backend, records, new Date())
    const { rows } = await db.execute(sql`select subject from messages where id = ${row.messageId}`)
    expect(rows[0]?.subject).not.toBe('changed here')
    expect(before).not.toBeNull()
    expect(await stored(row, 'en')).toEqual(before)
  })

  test('asked for twice at once costs one translation, and by force another', async () => {
    translator = libre
    const row = await fresh('chatwoot')
    let release = () => {}
    service.until = new Promise((resolve) => {
      release = resolve
    })
    const before = service.translations()
    const input = { id: messageNode(row), to: 'en' }
    const both = Promise.all([translate(input), translate(input)])
    while (service.translations() === before) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 100))
    release()
    const [one, other] = await both
    expect(one.translation).toEqual(other.translation)
    expect(service.translations()).toBe(before + 1)
    expect(await changesOf(row)).toHaveLength(1)
    await translate({ ...input, force: true })
    expect(service.translations()).toBe(before + 2)
  })

  test('costs no more statements in a list of many than in a list of few', async () => {
    translator = libre
    const statements = async (first: number) => {
      const query = `{ tickets(first: ${first}) { nodes { lastMessage { translation(to: "en") { text } } } } }`
      return (await served.statementsDuring(() => askAs('program', query))).statements.length
    }
    await statements(5)
    expect(await statements(50)).toBe(await statements(5))
  })
})

describe('failures of a translation', () => {
  test('with no translator the answer says how to configure one, and so do the capability and viewerCan', async () => {
    const row = await fresh('onebox')
    const { translation, errors } = await translate({ id: messageNode(row), to: 'en' })
    expect(translation).toBeNull()
    expect(errors).toMatchObject([{ __typename: 'UnsupportedError', capability: 'TRANSLATION_PREVIEW' }])
    expect(errors[0]?.message).toMatch(/`translation` in the configuration file/)
    const ability = async () =>
      (
        await askAs(
          'program',
          `query ($id: ID!) { message(id: $id) { viewerCan { translate { allowed explanation } }
            ticket { backend { capability(name: TRANSLATION_PREVIEW) { level note } } } } }`,
          { id: messageNode(row) },
        )
      ).data as { message: { viewerCan: { translate: unknown }; ticket: { backend: { capability: unknown } } } }
    const without = (await ability()).message
    expect(without.viewerCan.translate).toEqual({ allowed: false, explanation: errors[0]?.message })
    expect(without.ticket.backend.capability).toEqual({ level: 'UNSUPPORTED', note: errors[0]?.message })
    translator = libre
    const having = (await ability()).message
    expect(having.viewerCan.translate).toEqual({ allowed: true, explanation: null })
    expect(having.ticket.backend.capability).toMatchObject({
      level: 'EMULATED',
      note: expect.stringMatching(/LibreTranslate/),
    })
  })

  test.each([
    [
      { status: 503, body: '' },
      { __typename: 'TranslatorError', code: 'TRANSLATOR_FAILED', retryable: true },
    ],
    [
      { status: 403, body: { error: 'Invalid API key' } },
      { code: 'TRANSLATOR_FAILED', retryable: false },
    ],
    [{ body: { detectedLanguage: null } }, { code: 'TRANSLATOR_FAILED', retryable: true }],
  ])('%j is an error of the translator, and nothing is stored', async (answer, problem) => {
    translator = open('libretranslate', { url: service.url, apiKey: 'good' })
    const row = await fresh('chatwoot')
    await preview({ text: 'Guten Tag', to: 'en' })
    service.instead = () => answer
    const { translation, errors } = await translate({ id: messageNode(row), to: 'en' })
    expect(translation).toBeNull()
    expect(errors).toMatchObject([problem])
    expect(await stored(row)).toBeNull()
  })

  test('what a help desk refuses is its error, unless a translator is configured', async () => {
    const row = await fresh('comm100')
    await write(row, 'Guten Tag')
    await db.execute(sql`update tickets set external_id = '999999' where id = ${row.id}`)
    expect((await translate({ id: messageNode(row), to: 'en' })).errors).toMatchObject([
      { __typename: 'BackendError', retryable: false },
    ])
    translator = libre
    expect((await translate({ id: messageNode(row), to: 'en' })).translation).toMatchObject({
      ...{ text: 'en: Guten Tag', provider: 'libretranslate', isFromBackend: false },
    })
  })

  test('of a ticket its help desk does not have yet, the text is translated as for a new one', async () => {
    const row = await fresh('comm100')
    await write(row, 'Guten Tag')
    await db.execute(sql`update tickets set external_id = 'deskgraph:' || id where id = ${row.id}`)
    expect((await translate({ id: messageNode(row), to: 'en' })).translation?.text).toBe('[en] Guten Tag')
  })

  test('a help desk that is no longer connected leaves it to the translator', async () => {
    const row = await fresh('comm100')
    areDesksThere = false
    const { errors } = await translate({ id: messageNode(row), to: 'en' })
    expect(errors).toMatchObject([
      { __typename: 'UnsupportedError', message: expect.stringMatching(/^It is not connected\./) },
    ])
    translator = libre
    expect((await translate({ id: messageNode(row), to: 'en' })).translation?.provider).toBe('libretranslate')
  })

  test('a message of nobody and an unknown one look the same', async () => {
    const unknown = await translate({ id: nodeIdOf('Message', crypto.randomUUID()), to: 'en' })
    expect(unknown).toMatchObject({ translation: null, errors: [{ __typename: 'NotFoundError' }] })
  })
})

test('a customer has translated what they can read, and nothing else', async () => {
  translator = libre
  const mine = await fresh('chatwoot')
  const others = await fresh('chatwoot', `${INBOUND} and t.requester_id <> '${mine.requesterId}'`)
  const note = await fresh('deskhero', "m.type = 'NOTE_PRIVATE'")
  viewers.set('customer', {
    workspaceId,
    actorId: mine.requesterId,
    role: 'CONTACT',
    scopes: usualScopes('CONTACT'),
    tokenName: 'customer',
  })
  viewers.set('requester', {
    workspaceId,
    actorId: note.requesterId,
    role: 'CONTACT',
    scopes: usualScopes('CONTACT'),
    tokenName: 'requester',
  })
  expect((await translate({ id: messageNode(mine), to: 'en' }, 'customer')).errors).toEqual([])
  const foreign = await translate({ id: messageNode(others), to: 'en' }, 'customer')
  expect(foreign).toMatchObject({ translation: null, message: null, errors: [{ __typename: 'NotFoundError' }] })
  expect((await translate({ id: messageNode(note), to: 'en' }, 'requester')).errors).toMatchObject([
    { __typename: 'NotFoundError' },
  ])
  for (const about of [{ messageId: messageNode(mine) }, { text: 'Hello' }, { text: 'Hi', ticketId: ticketNode(mine) }])
    expect((await preview({ ...about, to: 'de' }, 'customer')).error).toMatchObject({
      extensions: { code: 'FORBIDDEN' },
    })
})

test('a customer is not told where the translator is', async () => {
  translator = open('libretranslate', { url: 'http://127.0.0.1:9', timeoutMs: 200 })
  const mine = await fresh('chatwoot')
  viewers.set('customer', {
    workspaceId,
    actorId: mine.requesterId,
    role: 'CONTACT',
    scopes: usualScopes('CONTACT'),
    tokenName: 'customer',
  })
  const messagesAs = async (as: string) =>
    (await translate({ id: messageNode(mine), to: 'en' }, as)).errors.map(({ message }: { message: string }) => message)
  expect(await messagesAs('program')).toEqual([expect.stringContaining('127.0.0.1:9')])
  expect(await messagesAs('customer')).toEqual(['It could not be translated.'])
})

test('a customer has a message translated once into each language, and not anew', async () => {
  translator = libre
  const mine = await fresh('chatwoot')
  viewers.set('customer', {
    workspaceId,
    actorId: mine.requesterId,
    role: 'CONTACT',
    scopes: usualScopes('CONTACT'),
    tokenName: 'customer',
  })
  const first = await translate({ id: messageNode(mine), to: 'en' }, 'customer')
  expect(first.errors).toEqual([])
  const again = await translate({ id: messageNode(mine), to: 'en-AU' }, 'customer')
  expect(again).toMatchObject({ errors: [], translation: { locale: 'en' } })
  expect((await translate({ id: messageNode(mine), to: 'en', force: true }, 'customer')).errors).toMatchObject([
    { __typename: 'ForbiddenError' },
  ])
})

describe('ticketDetectLanguage', () => {
  const detect = async (input: object, as = 'program') => {
    const { data, errors } = await askAs(
      as,
      `mutation ($input: TicketDetectLanguageInput!) { ticketDetectLanguage(input: $input) {
        ticket { contactLanguage version } detection { locale confidence provider } deliveries { operation } ${failures} } }`,
      { input },
    )
    expect(errors).toBeUndefined()
    return (
      data as {
        ticketDetectLanguage: {
          ticket: { contactLanguage: string | null; version: number } | null
          detection: { locale: string | null; confidence: number | null; provider: string } | null
          deliveries: { operation: string }[]
          errors: Failure[]
        }
      }
    ).ticketDetectLanguage
  }

  test('asks the help desk where it can tell, writes it into the ticket and brings it there', async () => {
    const row = await fresh('comm100')
    const { contactLanguage } = (
      await db.execute(sql`select contact_language as "contactLanguage" from tickets where id = ${row.id}`)
    ).rows[0] as { contactLanguage: string }
    await languagesOf(row, null, null)
    const result = await detect({ id: ticketNode(row) })
    expect(result).toMatchObject({
      ...{ errors: [], ticket: { contactLanguage } },
      ...{ detection: { locale: contactLanguage, confidence: null, provider: 'comm100' } },
      deliveries: [{ operation: 'updateTicket' }],
    })
    await deliverDuringTest(served).settled()
    const { rows } = await db.execute(sql`select state from deliveries where ticket_id = ${row.id}`)
    expect(rows).toEqual([{ state: 'SETTLED' }])
  })

  test('reads what the customer wrote where it cannot', async () => {
    const row = await fresh('deskhero', INBOUND)
    await languagesOf(row, null, null)
    await db.execute(sql`update messages set body_text = 'Meine Bestellung ist immer noch nicht angekommen.'
      where ticket_id = ${row.id} and direction = 'INBOUND'`)
    expect(await detect({ id: ticketNode(row), save: false })).toMatchObject({
      ...{ errors: [], ticket: { contactLanguage: null }, detection: { locale: 'de', provider: 'eld' } },
    })
    const saved = await detect({ id: ticketNode(row) })
    expect(saved).toMatchObject({ errors: [], ticket: { contactLanguage: 'de' }, deliveries: [] })
    expect(await changesOf(row)).toEqual([['contactLanguage']])
  })

  test('saves no guess', async () => {
    const row = await fresh('deskhero', INBOUND)
    await languagesOf(row, null, null)
    await db.execute(sql`update messages set body_text = 'Hi' where ticket_id = ${row.id}`)
    const { detection, ticket, errors } = await detect({ id: ticketNode(row) })
    expect(errors).toEqual([])
    expect(detection?.confidence ?? 0).toBeLessThan(0.5)
    expect(ticket?.contactLanguage).toBeNull()
  })

  test('tells what it found out also where the ticket has no place for it', async () => {
    const row = await fresh('chatwoot')
    await db.execute(
      sql`update messages set body_text = 'Paket saya belum sampai, tolong dicek' where ticket_id = ${row.id}`,
    )
    expect(await detect({ id: ticketNode(row) })).toMatchObject({
      ...{ detection: { locale: 'id', provider: 'eld' }, errors: [{ __typename: 'UnsupportedError' }], deliveries: [] },
    })
  })

  test('is not for customers, and an unknown ticket is not found', async () => {
    const row = await fresh('deskhero', INBOUND)
    viewers.set('asker', {
      workspaceId,
      actorId: row.requesterId,
      role: 'CONTACT',
      scopes: usualScopes('CONTACT'),
      tokenName: 'asker',
    })
    expect((await detect({ id: ticketNode(row) }, 'asker')).errors).toMatchObject([{ __typename: 'ForbiddenError' }])
    expect((await detect({ id: 'nothing' })).errors).toMatchObject([{ __typename: 'NotFoundError' }])
  })
})

async function changesOf(row: Row) {
  const { rows } = await db.execute<{ fields: string[] }>(
    sql`select changed_fields as fields from changes where ticket_id = ${row.id} and source = 'COMMAND' order by position`,
  )
  return rows.map(({ fields }) => fields)
}

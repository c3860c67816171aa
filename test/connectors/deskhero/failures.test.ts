import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deskheroSandbox } from '#connectors/deskhero/sandbox.ts'
import { addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { complete, ticket } from './fixtures.ts'
import { type Answered, type Asked, connect, deskOf, round, row, stub } from './support.ts'

let served: ServedSandbox
let stubs: { close(): Promise<void> }[] = []
beforeAll(async () => {
  const desk = emptyDesk({ firstId: 1000 })
  for (let count = 0; count < 3; count += 1) addMessage(desk, { ticketId: addTicket(desk).id, text: 'hello' })
  served = await serveSandbox(deskheroSandbox, desk)
})
afterAll(() => served.close())
afterEach(async () => {
  served.faults.clear()
  await Promise.all(stubs.map((open) => open.close()))
  stubs = []
})

async function answering(answer: (asked: Asked) => Answered | undefined) {
  const server = await stub(answer)
  stubs.push(server)
  return server
}

/** Rows 1 to 3, with one call answered otherwise. */
const except = (path: string, answer: Answered) => {
  const real = deskOf(() => [row(1), row(2), row(3)])
  return answering((asked) => (asked.path === path ? answer : real(asked)))
}

describe('passing failures are tried again', () => {
  test.each(['429', '500', 'reset', 'cut', 'malformed', 'html'] as const)('%s', async (kind) => {
    served.faults.next(kind, { path: /\/tickets\/\d+$/ })
    const started = performance.now()
    const all = await round(connect(served.settings))
    expect(all.tickets.flatMap(({ conversations }) => conversations)).toHaveLength(3)
    if (kind === '429') expect(performance.now() - started).toBeGreaterThan(950)
  })

  test('a time-out', async () => {
    served.faults.next('time-out', { path: /\/tickets\/\d+$/ })
    const all = await round(connect({ ...served.settings, timeoutMs: 300 }))
    expect(all.tickets).toHaveLength(3)
  })

  test('one that does not pass stops the page, so that it is asked for again', async () => {
    const server = await except('tickets/2', { status: 503, headers: { 'retry-after': '60' } })
    await expect(round(server.session())).rejects.toThrow(TryAgainError)
  })
})

describe('credentials', () => {
  test('a wrong token is answered with 403 and asks for new credentials', async () => {
    const failing = connect({ ...served.settings, token: 'wrong' })
    await expect(failing.check()).rejects.toThrow(FixCredentialsError)
    await expect(failing.pull(null)).rejects.toThrow(
      /403: the token is not accepted or its role is below USER \(Forbidden/,
    )
    await expect(failing.ticket('1')).rejects.toThrow(FixCredentialsError)
  })

  test('401 does too, although it is not documented', async () => {
    const server = await answering(() => ({ status: 401 }))
    await expect(server.session().check()).rejects.toThrow(FixCredentialsError)
    expect(server.asked).toHaveLength(1)
  })

  test('header name and scheme are settings', async () => {
    const server = await answering(() => ({ body: [] }))
    await server.session().check()
    await server.session({ headerName: 'X-Api-Key', scheme: '' }).check()
    expect(server.asked[0]?.headers.authorization).toBe('Bearer TOKENSECRET')
    expect(server.asked[1]?.headers).toMatchObject({ 'x-api-key': 'TOKENSECRET' })
    expect(server.asked[1]?.headers.authorization).toBeUndefined()
  })

  test('paths, tenant and version are settings', async () => {
    const server = await answering(() => ({ body: [] }))
    await server.session({ tenant: 'other', version: '2.0', paths: { tickets: 'ticket_list' } }).check()
    expect(server.asked[0]?.path).toBe('/api/other/v2.0/ticket_list')
  })
})

describe('wrappers', () => {
  test.each([
    ['bare', (rows: unknown) => rows],
    ['data', (data: unknown) => ({ data })],
    ['items', (items: unknown) => ({ items, total: 1 })],
    ['result', (result: unknown) => ({ success: true, result })],
    ['entries', (entries: unknown) => ({ entries })],
    ['data.items', (items: unknown) => ({ data: { items, total_count: 1 } })],
  ])('%s', async (_, wrap) => {
    const server = await answering(({ path, query }) => {
      if (path === 'tickets') return { body: wrap(query.get('page') === '1' ? [ticket] : []) }
      return { body: wrap(path === 'tickets/1042' ? complete() : []) }
    })
    const all = await round(server.session())
    expect(all.tickets).toMatchObject([{ externalId: '1042', conversations: [{ externalId: '5001' }] }])
  })

  test('a total is shown as progress', async () => {
    const pages: unknown[] = []
    await round(connect(served.settings), null, ({ progress }) => pages.push(progress))
    expect(pages).toContainEqual({ done: 3, total: 3 })
  })
})

describe('the text of an error', () => {
  test.each([
    [{ message: 'bad sort' }, 'bad sort'],
    [{ errors: { take: ['too many'] }, title: 'One or more' }, 'too many; One or more'],
    [{ title: 'Bad Request', detail: 'no such field' }, 'Bad Request; no such field'],
    [{ errors: [{ message: 'deep' }] }, 'deep'],
    ['<html>', '<html>'],
  ])('%j', async (body, text) => {
    const server = await answering(() => ({ status: 400, body }))
    await expect(server.session().check()).rejects.toThrow(`DeskHero answered 400: ${text}`)
    await expect(server.session().check()).rejects.toThrow(RefusedError)
  })

  test('200 that says it failed is a refusal', async () => {
    const server = await answering(() => ({ body: { success: false, message: 'tenant is locked' } }))
    await expect(server.session().check()).rejects.toThrow(/tenant is locked/)
  })
})

describe('a ticket that is missing', () => {
  test.each([400, 404, 410])('%s is null when the list still answers', async (status) => {
    const server = await except('tickets/9', { status, body: { title: 'Bad Request' } })
    expect(await server.session().ticket('9')).toBeNull()
  })

  test('everything missing is a wrong address, not an empty account', async () => {
    const server = await answering(() => ({ status: 404 }))
    await expect(server.session().ticket('9')).rejects.toThrow(GoneError)
  })

  test('which answers mean it is a setting', async () => {
    const server = await except('tickets/9', { status: 400 })
    await expect(server.session({ missingTicketStatuses: [404] }).ticket('9')).rejects.toThrow(RefusedError)
  })
})

describe('one wrong thing does not stop the others', () => {
  test.each([
    ['gone between list and look-up', { status: 404 }],
    ['refused', { status: 400, body: { title: 'broken' } }],
    ['no ticket at all', { body: { data: [1, 2] } }],
    ['null', { body: 'null' }],
  ])('a thread that is %s', async (_, answer) => {
    const server = await except('tickets/2', answer)
    const all = await round(server.session())
    expect(all.tickets.map(({ externalId }) => externalId)).toEqual(['1', '2', '3'])
    expect(all.misfits).toMatchObject([{ kind: 'parked', subject: 'thread', externalId: '2' }])
  })

  test('a row of the list that is no ticket is parked', async () => {
    const real = deskOf(() => [row(1), { ...row(2), created: 'x', last_updated: 'y' }, row(3)])
    const server = await answering((asked) => {
      const answer = real(asked)
      const data = (answer?.body as { data?: unknown })?.data
      if (asked.path === 'tickets' && Array.isArray(data) && data.length > 1) data.push('not a ticket', { id: null })
      return answer
    })
    const all = await round(server.session())
    expect(all.tickets.map(({ externalId }) => externalId)).toEqual(['1', '2', '3'])
    expect(all.misfits.map(({ kind, externalId }) => [kind, externalId])).toEqual([
      ['parked', null],
      ['parked', null],
      ['unmapped', '2'],
    ])
  })

  test('refused lists and users are done without', async () => {
    const real = deskOf(() => [row(1)])
    const server = await answering((asked) =>
      asked.path.startsWith('tickets') ? real(asked) : { status: asked.path === 'users' ? 403 : 400 },
    )
    expect((await round(server.session())).tickets).toHaveLength(1)
  })

  test('a list that is no list is refused with what came', async () => {
    const server = await answering(() => ({ body: { ok: 1 } }))
    await expect(server.session().pull(null)).rejects.toThrow(
      /expected a list, bare or in data\|items\|result\|entries, got an object with ok/,
    )
  })
})

test('statuses that come as a bare id get their words from the list', async () => {
  const bare = { ...row(1), sys_status: 5, sys_priority: { id: 11 } }
  const real = deskOf(() => [bare])
  const lists: Record<string, unknown> = {
    'lists/key/sys_ticket_statuses': { id: 902, unique_key: 'sys_ticket_statuses', list_fields: [] },
    'list_entries/902/grouped': { items: [{ id: 5, label: 'Resolved', bg_color: '#0f0' }] },
    'lists/key/sys_ticket_priorities': {
      data: { id: 903, unique_key: 'p', entries: [{ id: 11, label: { en: 'Urgent' } }] },
    },
  }
  const server = await answering((asked) => (lists[asked.path] ? { body: lists[asked.path] } : real(asked)))
  const found = await server.session().ticket('1')
  expect(found?.tickets).toMatchObject([
    { status: 'RESOLVED', statusDetail: { raw: '5', label: 'Resolved', backgroundColor: '#0f0' }, priority: 'URGENT' },
  ])
})

describe('files', () => {
  const locator = {
    externalId: '77',
    ticketExternalId: '1042',
    messageExternalId: '5001',
    vendorUrl: null,
    fileKey: null,
  }
  const withFile = (download_url: string) =>
    complete({
      conversations: [
        {
          id: 5001,
          type: 1,
          created: '2026-01-01',
          sys_attachments: [{ id: 77, label: 'a', status: 2, download_url }],
        },
      ],
    })

  test('on another origin are not fetched', async () => {
    const elsewhere = await answering(() => ({ body: 'bytes' }))
    for (const url of [`${elsewhere.baseUrl}/a`, 'http://169.254.169.254/latest', 'file:///etc/passwd']) {
      const server = await answering(() => ({ body: withFile(url) }))
      await expect(server.session().openAttachment?.(locator)).rejects.toThrow(RefusedError)
    }
    expect(elsewhere.asked).toEqual([])
  })

  test('on an allowed origin are fetched without the token, also after a redirect', async () => {
    const elsewhere = await answering(() => ({ body: 'bytes' }))
    const server = await answering(({ path }) =>
      path === '/file'
        ? { status: 302, headers: { location: `${elsewhere.baseUrl}/a?sig=1` } }
        : { body: withFile('/file') },
    )
    await expect(server.session().openAttachment?.(locator)).rejects.toThrow(RefusedError)
    const opened = await server.session({ attachmentOrigins: [elsewhere.baseUrl] }).openAttachment?.(locator)
    expect(await new Response(opened?.body).text()).toBe('bytes')
    expect(elsewhere.asked[0]?.headers.authorization).toBeUndefined()
    expect(server.asked.find(({ path }) => path === '/file')?.headers.authorization).toBe('Bearer TOKENSECRET')
  })

  test('that are gone are gone', async () => {
    const server = await answering(() => ({ body: complete({ conversations: [] }) }))
    await expect(server.session().openAttachment?.(locator)).rejects.toThrow(GoneError)
  })
})

test('the token is in no error', async () => {
  const server = await answering(() => ({ status: 400, body: { title: 'no' } }))
  const error = await server
    .session()
    .check()
    .catch((failure) => failure)
  expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('TOKENSECRET')
})

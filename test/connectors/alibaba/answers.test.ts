import { afterEach, describe, expect, it } from 'vitest'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { note, ours, picture, row, ticket } from './fixtures.ts'
import { messagesIn, runRound } from './rounds.ts'
import { type Answer, type Call, listed, ok, type Scripted, scripted, secret, token } from './scripted.ts'

let wire: Scripted | null = null
afterEach(() => wire?.close())

/** Answers by action; what is not named answers as when all is well. */
async function answering(byAction: Record<string, (call: Call) => Answer>, more: Record<string, unknown> = {}) {
  const usual: Record<string, (call: Call) => Answer> = {
    ListTickets: () => listed([row()]),
    GetTicket: () => ok(ticket()),
    ListTicketNotes: () => ok([note(), ours()]),
  }
  wire = await scripted((call) => (byAction[call.action] ?? usual[call.action] ?? (() => ok(null)))(call), more)
  return wire
}

describe('what is sent', () => {
  it('goes where each parameter travels, with both dates in milliseconds', async () => {
    const { session, calls } = await answering({}, { uid: '42', createdSince: '2020-05-01' })
    const { cursor } = await runRound(session, null)
    const [list] = calls
    expect(list).toMatchObject({ action: 'ListTickets', query: { PageNumber: '1', PageSize: '100' } })
    expect(list?.query).not.toHaveProperty('Uid')
    expect(list?.form).toMatchObject({ Uid: '42', StartDate: String(Date.UTC(2020, 4, 1)) })
    expect(list?.form.EndDate).toMatch(/^\d{13}$/)
    expect(list?.form).not.toHaveProperty('StatusList.1')
    const [get, notes] = ['GetTicket', 'ListTicketNotes'].map((action) => calls.find((call) => call.action === action))
    expect(get).toMatchObject({ query: {}, form: { TicketId: '0007QRSTU', Uid: '42' } })
    expect(notes).toMatchObject({ query: { TicketId: '0007QRSTU', Uid: '42' }, form: {} })
    expect(notes?.headers['content-type']).toBeUndefined()
    expect(calls.every(({ path, headers }) => path === '/' && headers['x-acs-version'] === '2021-06-10')).toBe(true)
    expect(new Set(calls.map(({ headers }) => headers['x-acs-signature-nonce'])).size).toBe(calls.length)

    calls.length = 0
    await runRound(session, cursor)
    const open = calls.filter(({ action }) => action === 'ListTickets').at(-1)
    const asked = Object.entries(open?.form ?? {}).filter(([name]) => name.startsWith('StatusList'))
    expect(asked).toEqual(
      ['assigned', 'dealing', 'wait_feedback', 'feedback', 'wait_confirm'].map((name, place) => [
        `StatusList.${place + 1}`,
        name,
      ]),
    )
  })

  it('asks for statuses by number where the settings say so', async () => {
    const { session, calls } = await answering({}, { statusFilter: 'numbers' })
    await runRound(session, (await runRound(session, null)).cursor)
    expect(calls.some(({ form }) => form['StatusList.1'] === '1' && form['StatusList.5'] === '5')).toBe(true)
  })
})

describe('success', () => {
  it.each([
    [{ Success: true, Code: 0 }],
    [{ Success: true, Code: 200 }],
    [{ Success: true, Code: 0, Message: 'illegal parameter' }],
    [{ Success: 'true', Code: '0' }],
    [{ Code: 0 }],
    [{ Code: 200 }],
    [{ Success: true, Code: 0, AccessDeniedDetail: '{"PolicyType":"x"}' }],
  ])('is %j', async (envelope) => {
    const { session } = await answering({ ListTickets: () => ({ body: { ...envelope, Data: [], TotalCount: 0 } }) })
    await expect(session.check()).resolves.toBeUndefined()
  })

  it.each([
    [200, { Success: false, Code: 400, Message: 'no' }, RefusedError],
    [200, { Success: false, Code: 0, Message: 'success' }, RefusedError],
    [200, { Code: 17 }, RefusedError],
    [400, { Success: false, Code: 'param.illegal', Message: 'Params illegal.' }, RefusedError],
    [401, { Success: false, Code: 'illegal.auth', Message: 'no' }, FixCredentialsError],
    [200, { Success: false, Code: 'illegal.auth', Message: 'no' }, FixCredentialsError],
    [400, { Code: 'SignatureDoesNotMatch', Message: 'no' }, FixCredentialsError],
    [404, { Code: 'InvalidAccessKeyId.NotFound', Message: 'no' }, FixCredentialsError],
    [400, { Code: 'InvalidSecurityToken.Expired', Message: 'no' }, FixCredentialsError],
    [403, { Code: 'Forbidden.RAM', Message: 'no' }, FixCredentialsError],
    [404, { Code: 'InvalidAction.NotFound', Message: 'no such api' }, RefusedError],
    [400, { Code: 'Strange', Message: 'no' }, RefusedError],
  ])('is not HTTP %i with %j', async (status, body, kind) => {
    const { session, calls } = await answering({ ListTickets: () => ({ status, body: { RequestId: 'R-9', ...body } }) })
    const failure = await session.check().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(failure).toMatchObject({ provider: { httpStatus: status, code: String(body.Code), requestId: 'R-9' } })
    expect(calls).toHaveLength(1)
  })

  it.each([
    [400, { Code: 'Throttling.User', Message: 'slow down' }],
    [429, { Code: 'Throttling', Message: 'slow down' }],
    [200, { Success: false, Code: 'Throttling.Api', Message: 'slow down' }],
    [500, { Success: false, Code: 'System.error', Message: 'oops' }],
    [200, { Success: false, Code: 500, Message: 'oops' }],
    [503, { Code: 'ServiceUnavailable', Message: 'oops' }],
    [400, { Code: 'SignatureNonceUsed', Message: 'again' }],
    [200, {}],
    [200, []],
  ])('comes after HTTP %i with %j when tried again', async (status, body) => {
    let isFirst = true
    const { session, calls } = await answering({
      ListTickets: () => {
        if (!isFirst) return listed([])
        isFirst = false
        return { status, body }
      },
    })
    await session.check()
    expect(calls).toHaveLength(2)
  })

  it('is never a reason to show a secret', async () => {
    const { session } = await answering(
      {
        ListTickets: () => ({
          status: 400,
          body: { Code: 'SignatureDoesNotMatch', Message: `signed with ${token} ${secret}` },
        }),
      },
      { securityToken: token },
    )
    const failure = await session.check().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(FixCredentialsError)
    expect(String(failure)).not.toMatch(/do-not-show/)
  })
})

describe('lists', () => {
  const rows = (from: number, count: number) => Array.from({ length: count }, (_, place) => row(`T${from + place}`))
  const idsOf = async ({ session }: Scripted) =>
    (await runRound(session, null)).records.tickets.map(({ externalId }) => externalId).sort()
  const withId = { GetTicket: ({ form }: Call) => ok(ticket({ TicketId: form.TicketId ?? '' })) }

  it('begin with page 1 and end with the last one', async () => {
    const pages = [rows(100, 2), rows(102, 2), rows(104, 1)]
    const list = ({ query }: Call) => listed(pages[Number(query.PageNumber) - 1] ?? [], 5)
    const opened = await answering(
      {
        ...withId,
        ListTickets: (call) =>
          ok(list(call).body && pages[Number(call.query.PageNumber) - 1], { PageSize: 2, TotalCount: 5 }),
      },
      { pageSize: 2 },
    )
    expect(await idsOf(opened)).toEqual(['T100', 'T101', 'T102', 'T103', 'T104'])
    expect(opened.calls.filter(({ action }) => action === 'ListTickets').map(({ query }) => query.PageNumber)).toEqual([
      '1',
      '2',
      '3',
    ])
  })

  it('are read whole when pages are shorter than was asked for', async () => {
    const opened = await answering({
      ...withId,
      ListTickets: ({ query }) =>
        ok(rows(100 + (Number(query.PageNumber) - 1) * 2, 2).slice(0, query.PageNumber === '3' ? 1 : 2), {
          PageSize: 100,
          TotalCount: 5,
        }),
    })
    expect(await idsOf(opened)).toEqual(['T100', 'T101', 'T102', 'T103', 'T104'])
  })

  it('end when a page repeats, whatever the count says', async () => {
    const opened = await answering({ ...withId, ListTickets: () => ok(rows(100, 2), { TotalCount: 999_999 }) })
    expect(new Set(await idsOf(opened))).toEqual(new Set(['T100', 'T101']))
  })

  it('without a count end with an empty page', async () => {
    const opened = await answering({
      ...withId,
      ListTickets: ({ query }) => ok(query.PageNumber === '1' ? rows(100, 1) : null),
    })
    expect(await idsOf(opened)).toEqual(['T100'])
  })

  it('that are none are tried again later', async () => {
    const { session } = await answering({ ListTickets: () => ok({ surprise: 1 }) })
    await expect(session.pull(null)).rejects.toBeInstanceOf(TryAgainError)
  })
})

describe('one ticket that does not fit', () => {
  it('is parked, and the rest arrives', async () => {
    const { session } = await answering({
      ListTickets: () => listed([row('A1'), 'nonsense', { Title: 'without an id' }, row('A2'), row('A3')]),
      GetTicket: ({ form }) =>
        form.TicketId === 'A2'
          ? ok(ticket({ TicketId: 'A2', CreateTime: 'never' }))
          : ok(ticket({ TicketId: form.TicketId ?? '' })),
      ListTicketNotes: ({ query }) => ok(query.TicketId === 'A2' ? [] : [note({ Attachments: [picture] })]),
    })
    const { records } = await runRound(session, null)
    expect(records.tickets.map(({ externalId }) => externalId).sort()).toEqual(['A1', 'A2', 'A3'])
    expect(records.misfits.map(({ kind, subject, externalId }) => [kind, subject, externalId])).toEqual([
      ['parked', 'ticket', null],
      ['parked', 'ticket', null],
      ['unmapped', 'ticket', 'A2'],
    ])
    expect(JSON.stringify(records)).not.toMatch(/do-not-show/)
  })

  it('keeps what its row and its thread say when GetTicket is refused', async () => {
    const { session } = await answering({
      GetTicket: () => ({ status: 400, body: { Success: false, Code: 'param.illegal', Message: 'no' } }),
    })
    const { records } = await runRound(session, null)
    expect(records.tickets).toMatchObject([
      { externalId: '0007QRSTU', subject: 'Snapshot policy stopped', requester: null },
    ])
    expect(messagesIn(records)).toHaveLength(2)
    expect(records.misfits).toMatchObject([
      { kind: 'parked', subject: 'ticket', externalId: '0007QRSTU' },
      // Rows have no time: the one of its thread stands in.
      { kind: 'unmapped', subject: 'ticket', externalId: '0007QRSTU', field: 'createdAt' },
    ])
  })

  it('comes without its thread when that is refused or no list, and again when it heals', async () => {
    let thread: Answer = { status: 400, body: { Success: false, Code: 'param.illegal', Message: 'no' } }
    const { session } = await answering({ ListTicketNotes: () => thread })
    const first = await runRound(session, null)
    expect(first.records.tickets).toHaveLength(1)
    expect(messagesIn(first.records).map(({ externalId }) => externalId)).toEqual(['description:0007QRSTU'])
    expect(first.records.misfits).toMatchObject([{ kind: 'parked', subject: 'thread' }])
    thread = ok([note()])
    expect(messagesIn((await runRound(session, first.cursor)).records)).toHaveLength(2)
    thread = ok('nonsense')
    expect((await runRound(session, null)).records.misfits).toMatchObject([{ kind: 'parked', subject: 'thread' }])
  })

  it('stops the page when it may come later', async () => {
    const { session } = await answering({
      ListTicketNotes: () => ({ status: 500, headers: { 'retry-after': '60' }, body: '' }),
    })
    await expect(session.pull(null)).rejects.toBeInstanceOf(TryAgainError)
  })

  it('is null when the vendor says so in one of the ways it might', async () => {
    const ways: Answer[] = [
      ok(null),
      { body: { Success: false, Code: 404, Message: 'x' } },
      { body: { Success: false, Code: 400, Message: 'ticket does not exist' } },
    ]
    for (const way of ways) {
      const { session, close } = await answering({ GetTicket: () => way })
      expect(await session.ticket('X')).toBeNull()
      await close()
    }
    const { session } = await answering({
      GetTicket: () => ({ status: 400, body: { Success: false, Code: 'param.illegal' } }),
    })
    await expect(session.ticket('X')).rejects.toBeInstanceOf(RefusedError)
  })
})

describe('a ticket closed lately', () => {
  const at = { CreateTime: Date.now() }
  const closed = (Value: string) => ticket({ Status: { Label: 'Completed', Value } })

  it('is looked at again: for a new message, and for being reopened, but not when it rests', async () => {
    let thread = [ours(at)]
    let status = '6'
    const { session } = await answering({
      ListTickets: ({ form }) => listed(form['StatusList.1'] ? [] : [row('0007QRSTU', status)]),
      GetTicket: () => ok(closed(status)),
      ListTicketNotes: () => ok(thread),
    })
    const first = await runRound(session, null)
    const quiet = await runRound(session, first.cursor)
    expect(quiet.records.tickets).toEqual([])
    thread = [...thread, note({ ...at, DialogId: 5000 })]
    const second = await runRound(session, quiet.cursor)
    expect(second.records.tickets).toMatchObject([{ externalId: '0007QRSTU', status: 'RESOLVED' }])
    status = '2'
    thread = [...thread, ours({ ...at, DialogId: 5001 })]
    const third = await runRound(session, second.cursor)
    expect(third.records.tickets).toMatchObject([{ status: 'PENDING_EXTERNAL' }])
    expect((third.cursor.open as Record<string, string>)['0007QRSTU']).toMatch(/^dealing:/)
  })
})

describe('a ticket remembered as unfinished', () => {
  it('is asked for when the list has it no more, and forgotten when it is gone', async () => {
    let answer = ok(ticket())
    const { session, calls } = await answering({
      ListTickets: ({ form }) => listed(Number(form.StartDate) > 1e12 || form['StatusList.1'] ? [] : [row()]),
      GetTicket: () => answer,
    })
    const first = await runRound(session, null)
    const second = await runRound(session, first.cursor)
    expect(second.records.tickets).toEqual([])
    answer = ok(null)
    const third = await runRound(session, second.cursor)
    expect(third.records.tickets).toEqual([])
    calls.length = 0
    await runRound(session, third.cursor)
    expect(calls.map(({ action }) => action)).toEqual(['ListTickets', 'ListTickets'])
  })
})

describe('the cursor', () => {
  it('stays small: unfinished tickets and a hundred closed ones', async () => {
    const closed = Array.from({ length: 150 }, (_, place) => row(`C${1000 + place}`, '6'))
    const { session } = await answering({
      ListTickets: ({ query }) =>
        ok(closed.slice((Number(query.PageNumber) - 1) * 100, Number(query.PageNumber) * 100), {
          PageSize: 100,
          TotalCount: 150,
        }),
      GetTicket: ({ form }) => ok(ticket({ TicketId: form.TicketId ?? '', Status: { Value: '6' } })),
      ListTicketNotes: () => ok([note({ CreateTime: Date.now() })]),
    })
    const { cursor } = await runRound(session, null)
    expect(Object.keys(cursor.closed as object)).toHaveLength(100)
    expect(JSON.stringify(cursor).length).toBeLessThan(6000)
  })
})

describe('a download', () => {
  const locator = (externalId: string) => ({
    externalId,
    ticketExternalId: 'T',
    messageExternalId: '4711',
    vendorUrl: null,
    fileKey: null,
  })
  const withUrl = async (Url: string, more = {}) => {
    const opened = await answering(
      { ListTicketNotes: () => ok([note({ Attachments: [{ Name: 'a.txt', Url }] })]) },
      more,
    )
    const found = await opened.session.ticket('0007QRSTU')
    const id =
      messagesIn(found ?? (undefined as never)).flatMap(({ attachments = [] }) => attachments)[0]?.externalId ?? ''
    return { ...opened, open: () => opened.session.openAttachment?.(locator(id)) }
  }

  it.each([
    'https://evil.example/a.txt?Expires=1',
    'http://files.oss-cn-x.aliyuncs.com/a.txt',
    'https://aliyuncs.com.evil.example/a.txt',
    'https://evilaliyuncs.com/a.txt',
    'http://169.254.169.254/latest',
    'https://127.0.0.1:1/a.txt',
    'file:///etc/passwd',
    'nonsense',
  ])('is not made from %s', async (url) => {
    const { open } = await withUrl(url)
    await expect(open()).rejects.toBeInstanceOf(RefusedError)
  })

  it('sends no credentials, follows no redirect, and says when the file is gone', async () => {
    const answers: Record<string, Answer> = {
      '/there': { headers: { 'content-type': 'text/plain' }, body: 'hello' },
      '/away': { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      '/gone': { status: 404, body: '' },
    }
    let path = '/there'
    const opened: Scripted = await scripted((call) => {
      if (call.action === 'GetTicket') return ok(ticket())
      if (call.action)
        return ok([note({ Attachments: [{ Name: 'a.txt', Url: `${opened.origin}${path}?Signature=x` }] })])
      return answers[call.path] ?? ok(null)
    })
    wire = opened
    const open = async (asked: string) => {
      path = asked
      const found = await opened.session.ticket('0007QRSTU')
      const id =
        messagesIn(found ?? (undefined as never)).flatMap(({ attachments = [] }) => attachments)[0]?.externalId ?? ''
      return opened.session.openAttachment?.(locator(id))
    }
    const file = await open('/there')
    expect(await new Response(file?.body).text()).toBe('hello')
    const download = opened.calls.find(({ path: called }) => called === '/there')
    expect(Object.keys(download?.headers ?? {}).filter((name) => /acs|auth/.test(name))).toEqual([])
    await expect(open('/away')).rejects.toBeInstanceOf(RefusedError)
    await expect(open('/gone')).rejects.toBeInstanceOf(GoneError)
    await expect(opened.session.openAttachment?.(locator('another'))).rejects.toBeInstanceOf(GoneError)
  })
})

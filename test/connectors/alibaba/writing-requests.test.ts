import { afterEach, describe, expect, it } from 'vitest'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError } from '#errors.ts'
import { note, ticket } from './fixtures.ts'
import { file, message, newTicket, requester } from './orders.ts'
import { type Answer, type Call, listed, ok, type Scripted, scripted, secret, token } from './scripted.ts'

let wire: Scripted | null = null
afterEach(() => wire?.close())

async function answering(byAction: Record<string, (call: Call) => Answer>, more: Record<string, unknown> = {}) {
  const put = (name: string) => `${wire?.origin}/put/${name}?Expires=1&Signature=do-not-show-this-signature`
  const usual: Record<string, (call: Call) => Answer> = {
    CreateTicket: () => ok('0005PYGCW'),
    ReplyTicket: () => ok('9007199254740993123'),
    CloseTicket: () => ({ body: { RequestId: 'R-1', Success: true, Code: 200, Message: 'success' } }),
    ReopenTicket: () => ok('0005PYGCW'),
    GetTicket: () => ok(ticket()),
    ListTicketNotes: () => ok([note()]),
    GetAttachmentUploadUrl: ({ form }) =>
      ok({ GetSignedUrl: 'x', ObjectKey: `key-${form.FileName}`, PutSignedUrl: put(form.FileName ?? '') }),
    // The storage, which is no action.
    '': () => ({ body: '' }),
  }
  wire = await scripted((call) => (byAction[call.action] ?? usual[call.action] ?? (() => ok(null)))(call), more)
  return { ...wire, operations: wire.session.operations }
}
const sent = ({ calls }: Scripted) => calls.map(({ action, method, url, body }) => [action, method, url, body])
const reply = (more: Parameters<typeof message>[0] = {}) => ({
  ticketExternalId: '0007QRSTU',
  conversationExternalId: null,
  messages: [message(more)],
})
const status = (wanted: 'RESOLVED' | 'PENDING_EXTERNAL' | 'PENDING_INTERNAL' | 'NEW') => ({
  ticketExternalId: '0007QRSTU',
  changes: { status: wanted },
})
const inStatus = (Value: string) => () => ok(ticket({ Status: { Label: 'x', Value } }))
const form = 'application/x-www-form-urlencoded'

describe('a new ticket', () => {
  it('is one call with everything in the form', async () => {
    const opened = await answering({}, { uid: '42' })
    const fields = { category: '7161', priority: 'URGENT', requester: requester('2093471', 'a@b.example') } as const
    const receipt = await opened.operations.createTicket?.(newTicket({ fields }))
    expect(receipt).toEqual({ ticketExternalId: '0005PYGCW', messages: [null] })
    expect(sent(opened)).toEqual([
      [
        'CreateTicket',
        'POST',
        '/',
        'CategoryId=7161&Description=It%20is%20full.&Severity=2&Title=Disk%20full&CreatorId=2093471&Email=a%40b.example',
      ],
    ])
    expect(opened.calls[0]?.headers).toMatchObject({ 'content-type': form, 'x-acs-version': '2021-06-10' })
    expect(opened.calls[0]?.headers.authorization).toMatch(/^ACS3-HMAC-SHA256 Credential=LTAItest,/)
  })

  it('of nobody the vendor knows is filed for the account', async () => {
    const order = newTicket({ fields: { category: '7161', requester: requester(null, 'a@b.example') } })
    for (const [uid, CreatorId] of [
      ['42', '42'],
      [undefined, undefined],
    ]) {
      const opened = await answering({}, uid ? { uid } : {})
      await opened.operations.createTicket?.(order)
      expect(opened.calls[0]?.form.CreatorId).toBe(CreatorId)
      expect(opened.calls[0]?.form.Email).toBe('a@b.example')
      await opened.close()
    }
    const opened = await answering({}, { uid: '42', sendsCreatorId: false })
    await opened.operations.createTicket?.(order)
    expect(opened.calls[0]?.form).not.toHaveProperty('CreatorId')
  })

  it.each([
    ['URGENT', '2'],
    ['HIGH', '2'],
    ['NORMAL', '1'],
    ['LOW', '1'],
    [null, '1'],
  ] as const)('of priority %s has severity %s', async (priority, Severity) => {
    const opened = await answering({})
    await opened.operations.createTicket?.(newTicket({ fields: { category: '7161', priority } }))
    expect(opened.calls[0]?.form.Severity).toBe(Severity)
  })

  it('has the category of the settings, or one that is named, looked up below its product', async () => {
    const looksUp = {
      ListProducts: () =>
        ok([
          { ProductList: [{ ProductId: 1, ProductName: 'ECS Bare Metal' }] },
          { ProductList: [{ ProductId: 7160, ProductName: 'ECS' }] },
        ]),
      ListCategories: () =>
        ok(
          [
            { CategoryId: 7161, CategoryName: 'Instances' },
            { CategoryId: 7162, CategoryName: 'Disks' },
          ],
          { Code: 200 },
        ),
    }
    const opened = await answering(looksUp, { categoryId: '7300' })
    await opened.operations.createTicket?.(newTicket())
    expect(opened.calls[0]?.form.CategoryId).toBe('7300')
    opened.calls.length = 0
    await opened.operations.createTicket?.(newTicket({ fields: { category: 'ecs / disks' } }))
    expect(sent(opened).slice(0, 2)).toEqual([
      ['ListProducts', 'POST', '/?Language=en&Name=ecs', ''],
      ['ListCategories', 'POST', '/?Language=en', 'ProductId=7160&Name=disks'],
    ])
    expect(opened.calls[2]?.form.CategoryId).toBe('7162')
    opened.calls.length = 0
    for (const category of ['ecs / tapes', 'rds / disks', 'disks'])
      await expect(opened.operations.createTicket?.(newTicket({ fields: { category } }))).rejects.toThrow(RefusedError)
    expect(opened.calls.filter(({ action }) => action === 'CreateTicket')).toEqual([])
  })

  it('without any category is refused before anything is sent', async () => {
    const opened = await answering({})
    await expect(opened.operations.createTicket?.(newTicket())).rejects.toThrow(/category/)
    expect(opened.calls).toEqual([])
  })

  it('names its files in the form', async () => {
    const opened = await answering({}, { categoryId: '7161' })
    const messages = [message({ text: 'see', attachments: [file('a.txt', 'A'), file('b c.txt', 'Bé')] })]
    await opened.operations.createTicket?.(newTicket({ messages }))
    expect(sent(opened)).toEqual([
      ['GetAttachmentUploadUrl', 'POST', '/', 'FileName=a.txt'],
      ['', 'PUT', '/put/a.txt?Expires=1&Signature=do-not-show-this-signature', 'A'],
      ['GetAttachmentUploadUrl', 'POST', '/', 'FileName=b%20c.txt'],
      ['', 'PUT', '/put/b%20c.txt?Expires=1&Signature=do-not-show-this-signature', 'Bé'],
      [
        'CreateTicket',
        'POST',
        '/',
        'CategoryId=7161&Description=see&Severity=1&Title=Disk%20full&FileNameList=key-a.txt%2Ckey-b%20c.txt',
      ],
    ])
    const uploads = opened.calls.filter(({ method }) => method === 'PUT')
    for (const { headers } of uploads) {
      expect(Object.keys(headers).filter((name) => /acs|auth|content-type/.test(name))).toEqual([])
    }
  })

  it('whose id is not told is not taken as done', async () => {
    const opened = await answering({ CreateTicket: () => ok(null) }, { categoryId: '7161' })
    await expect(opened.operations.createTicket?.(newTicket())).rejects.toBeInstanceOf(TryAgainError)
    expect(opened.calls).toHaveLength(1)
  })

  it('takes one reply as its text, and no field the vendor has no parameter for', async () => {
    const opened = await answering({}, { categoryId: '7161' })
    const refused = [
      newTicket({ messages: [] }),
      newTicket({ messages: [message(), message()] }),
      newTicket({ messages: [message({ type: 'NOTE_PRIVATE' })] }),
      newTicket({ messages: [message({ type: 'REPLY_INBOUND' })] }),
      newTicket({ messages: [message({ text: ' \n' })] }),
      newTicket({ fields: { status: 'RESOLVED' } }),
      newTicket({ fields: { departmentExternalId: '1' } }),
      newTicket({ fields: { channelExternalId: '1' } }),
    ]
    for (const order of refused)
      await expect(opened.operations.createTicket?.(order)).rejects.toBeInstanceOf(RefusedError)
    expect(opened.calls).toEqual([])
    // What is kept in our store only is no reason to refuse.
    const tags = { all: [], added: [], removed: [] }
    await opened.operations.createTicket?.(newTicket({ fields: { tags, isSpam: false, assignee: null } }))
    expect(opened.calls).toHaveLength(1)
  })
})

describe('a reply', () => {
  it('is one call, its files in the query and the rest in the form', async () => {
    const opened = await answering({}, { uid: '42' })
    const text = '  two spaces \n\ttab <not a tag> & "x" 你好 😀 100%\n'
    const receipt = await opened.operations.createMessages?.(reply({ text, attachments: [file('a.txt', 'A')] }))
    expect(receipt).toEqual({
      messages: [{ externalId: '9007199254740993123', conversationExternalId: '0007QRSTU' }],
    })
    const call = opened.calls.at(-1)
    expect(call).toMatchObject({ action: 'ReplyTicket', method: 'POST', url: '/?FileNameList=key-a.txt' })
    expect(call?.form).toEqual({ TicketId: '0007QRSTU', Content: text, Encrypt: 'false', Uid: '42' })
    expect(call?.headers['content-type']).toBe(form)
  })

  it('has an id even when it comes as a bare number, and none when the vendor does not say', async () => {
    const bare = '{"Success":true,"Code":0,"Data":9007199254740993124}'
    const opened = await answering({ ReplyTicket: () => ({ body: bare }) })
    expect((await opened.operations.createMessages?.(reply()))?.messages?.[0]?.externalId).toBe('9007199254740993124')
    await opened.close()
    const silent = await answering({ ReplyTicket: () => ok(null) })
    expect(await silent.operations.createMessages?.(reply())).toEqual({ messages: [null] })
  })

  it('is the only thing that is ever sent as one', async () => {
    const opened = await answering({})
    const forwarded = { messageExternalId: '1', includesAttachments: false }
    const address = (direction: 'CC' | 'BCC') => [{ email: 'a@b.example', name: null, direction }]
    const refused = [
      reply({ type: 'NOTE_PRIVATE' }),
      reply({ type: 'NOTE_PUBLIC' }),
      reply({ type: 'FORWARD' }),
      reply({ type: 'REPLY_INBOUND' }),
      reply({ type: 'SUGGESTED_REPLY' }),
      reply({ type: 'UNKNOWN' }),
      reply({ forwarded }),
      reply({ text: '', attachments: [file('a.txt', 'A')] }),
      reply({ addresses: address('CC') }),
      reply({ addresses: address('BCC') }),
      { ...reply(), messages: [message(), message()] },
    ]
    for (const order of refused)
      await expect(opened.operations.createMessages?.(order)).rejects.toBeInstanceOf(RefusedError)
    expect(opened.calls).toEqual([])
  })
})

describe('the status', () => {
  it('RESOLVED closes', async () => {
    const opened = await answering({}, { uid: '42' })
    expect(await opened.operations.updateTicket?.(status('RESOLVED'))).toEqual({})
    expect(sent(opened)).toEqual([
      ['GetTicket', 'POST', '/', 'TicketId=0007QRSTU&Uid=42'],
      ['CloseTicket', 'POST', '/', 'TicketId=0007QRSTU&Uid=42'],
    ])
  })

  it('PENDING_EXTERNAL reopens what is closed, with the text of the settings', async () => {
    const opened = await answering({ GetTicket: inStatus('6') }, { uid: '42', reopenText: 'Not done!' })
    expect(await opened.operations.updateTicket?.(status('PENDING_EXTERNAL'))).toEqual({})
    expect(sent(opened)[1]).toEqual(['ReopenTicket', 'POST', '/', 'TicketId=0007QRSTU&Content=Not%20done%21&Uid=42'])
    await opened.close()
    const usual = await answering({ GetTicket: inStatus('6') })
    await usual.operations.updateTicket?.(status('PENDING_EXTERNAL'))
    expect(usual.calls[1]?.form.Content).toBe('Please look at this ticket again.')
  })

  it.each([
    ['RESOLVED', '6'],
    ['PENDING_EXTERNAL', '1'],
    ['PENDING_EXTERNAL', '2'],
    ['PENDING_EXTERNAL', '4'],
  ] as const)('%s changes nothing where it is so already: %s', async (wanted, current) => {
    const opened = await answering({ GetTicket: inStatus(current) })
    await opened.operations.updateTicket?.(status(wanted))
    expect(opened.calls.map(({ action }) => action)).toEqual(['GetTicket'])
  })

  it.each([
    ['confirmed', '2', 'CloseTicket'],
    ['6', '5', 'CloseTicket'],
    ['feedback', '6', 'ReopenTicket'],
    ['2', '6', 'ReopenTicket'],
  ])('in the vendor’s own word %s, from %s, is %s', async (rawStatus, current, action) => {
    const opened = await answering({ GetTicket: inStatus(current) })
    const changes = { rawStatus, status: 'NEW' } as const
    await opened.operations.updateTicket?.({ ticketExternalId: 'T', changes })
    expect(opened.calls[1]?.action).toBe(action)
  })

  it('that only Alibaba Cloud sets is refused', async () => {
    const opened = await answering({ GetTicket: inStatus('3') })
    for (const wanted of ['NEW', 'PENDING_INTERNAL', 'PENDING_EXTERNAL'] as const)
      await expect(opened.operations.updateTicket?.(status(wanted))).rejects.toBeInstanceOf(RefusedError)
    const changes = { rawStatus: 'wait_confirm' }
    const raw = opened.operations.updateTicket?.({ ticketExternalId: 'T', changes })
    await expect(raw).rejects.toBeInstanceOf(RefusedError)
    expect(opened.calls.map(({ action }) => action)).toEqual(['GetTicket'])
  })

  it('of a ticket that is not there cannot be set', async () => {
    const opened = await answering({ GetTicket: () => ok(null) })
    await expect(opened.operations.updateTicket?.(status('RESOLVED'))).rejects.toBeInstanceOf(GoneError)
  })

  it('is all of a ticket that can be set; what we keep ourselves makes no call', async () => {
    const opened = await answering({})
    const set = (changes: object) => opened.operations.updateTicket?.({ ticketExternalId: 'T', changes })
    for (const changes of [
      { subject: 'x' },
      { priority: 'URGENT' },
      { category: '1' },
      { requester: requester('1') },
      { departmentExternalId: null },
      { subject: 'x', status: 'RESOLVED' },
    ])
      await expect(set(changes)).rejects.toBeInstanceOf(RefusedError)
    expect(await set({ assignee: null, snoozedUntil: null, isSpam: true, subject: undefined })).toEqual({})
    expect(opened.calls).toEqual([])
  })
})

describe('what the vendor refuses', () => {
  const body = (more: object) => ({ body: { Success: false, RequestId: 'R-9', ...more } })
  it.each<[string, Answer, new (message: string) => Error]>([
    ['a no', body({ Code: 400, Message: 'The ticket is closed.' }), RefusedError],
    ['a bad value', { status: 400, ...body({ Code: 'param.illegal', Message: 'no' }) }, RefusedError],
    ['a lack of rights', { status: 401, ...body({ Code: 'illegal.auth', Message: 'no' }) }, RefusedError],
    ['a policy', { status: 403, body: { Code: 'Forbidden.RAM', Message: 'no' } }, RefusedError],
    ['a bad key', { status: 404, body: { Code: 'InvalidAccessKeyId.NotFound', Message: 'no' } }, FixCredentialsError],
    ['a missing ticket', body({ Code: 404, Message: 'The ticket does not exist.' }), GoneError],
    ['too many calls', { status: 400, body: { Code: 'Throttling.User', Message: 'slow' } }, TryAgainError],
    ['an error of its own', { status: 500, ...body({ Code: 'System.error', Message: 'oops' }) }, TryAgainError],
    ['half an answer', { body: '{"Success":true,"Co' }, TryAgainError],
    ['a page', { body: '<html>' }, TryAgainError],
  ])('as %s is told with its words, and sent once', async (_, answer, kind) => {
    const opened = await answering({ ReplyTicket: () => answer })
    const failure = await opened.operations.createMessages?.(reply()).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    const { Code, Message } = typeof answer.body === 'object' ? (answer.body as Record<string, unknown>) : {}
    if (Code !== undefined) {
      expect(failure).toMatchObject({ provider: { code: String(Code) } })
      expect(String(failure)).toContain(Message)
    }
    expect(opened.calls).toHaveLength(1)
  })

  it('of a new ticket is never that a ticket is gone', async () => {
    const answer = body({ Code: 404, Message: 'The category does not exist.' })
    const opened = await answering({ CreateTicket: () => answer }, { categoryId: '7161' })
    await expect(opened.operations.createTicket?.(newTicket())).rejects.toBeInstanceOf(RefusedError)
  })

  it('never shows a secret or a signature', async () => {
    const signature = 'c'.repeat(64)
    const words = `signed ${token} ${secret} with Signature=${signature}, not ${signature}`
    const opened = await answering(
      { ReplyTicket: () => body({ Code: 'SignatureDoesNotMatch', Message: words }) },
      { securityToken: token },
    )
    const failure = await opened.operations.createMessages?.(reply()).catch((error: unknown) => error)
    expect(String(failure)).toContain('signed')
    expect(String(failure)).not.toMatch(/do-not-show|cccc/)
  })
})

describe('an upload', () => {
  const withFile = reply({ attachments: [file('a.txt', 'A')] })
  const xml = (code: string) => `<Error><Code>${code}</Code><StringToSign>do-not-show-this</StringToSign></Error>`

  it.each<[string, Answer, new (message: string) => Error, number]>([
    ['a wrong signature', { status: 403, body: xml('SignatureDoesNotMatch') }, RefusedError, 1],
    ['a missing bucket', { status: 404, body: xml('NoSuchBucket') }, RefusedError, 1],
    ['another place', { status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, RefusedError, 1],
    ['a passing error, twice', { status: 503, body: xml('ServiceUnavailable') }, TryAgainError, 2],
  ])('that ends with %s sends no message, and shows no signature', async (_, answer, kind, times) => {
    const opened = await answering({ '': () => answer })
    const failure = await opened.operations.createMessages?.(withFile).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(`${failure} ${(failure as Error).stack} ${JSON.stringify(failure)}`).not.toMatch(/do-not-show/)
    expect(opened.calls.filter(({ method }) => method === 'PUT')).toHaveLength(times)
    expect(opened.calls.some(({ action }) => action === 'ReplyTicket')).toBe(false)
  })

  it.each([
    'https://evil.example/x?Signature=do-not-show',
    'http://a.aliyuncs.com/x?Signature=do-not-show',
    'nonsense',
  ])('is not made to %s', async (PutSignedUrl) => {
    const place = () => ok({ ObjectKey: 'k', PutSignedUrl })
    const opened = await answering({ GetAttachmentUploadUrl: place })
    const failure = await opened.operations.createMessages?.(withFile).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(RefusedError)
    expect(String(failure)).not.toContain('do-not-show')
    expect(opened.calls).toHaveLength(1)
  })

  it('says its type where the settings name one', async () => {
    const opened = await answering({}, { uploadContentType: 'application/octet-stream' })
    await opened.operations.createMessages?.(withFile)
    const put = opened.calls.find(({ method }) => method === 'PUT')
    expect(put?.headers['content-type']).toBe('application/octet-stream')
  })

  it('whose name would be read as two is refused', async () => {
    const opened = await answering({})
    const order = reply({ attachments: [file('a,b.txt', 'A')] })
    await expect(opened.operations.createMessages?.(order)).rejects.toThrow(/comma/)
    expect(opened.calls.some(({ action }) => action === 'ReplyTicket')).toBe(false)
  })
})

describe('looking for a ticket', () => {
  const since = new Date('2026-05-01T10:00:00Z')
  const at = (seconds: number) => since.getTime() + seconds * 1000
  const shown = (more: object) => ticket({ Title: 'Disk full', Description: 'It is full.', CreateTime: at(1), ...more })
  /** What GetTicket says of each listed ticket. */
  async function among(tickets: Record<string, ReturnType<typeof shown>>, more = {}) {
    const rows = Object.entries(tickets).map(([TicketId, { Title = null }]) => ({ TicketId, Title }))
    return answering({
      ListTickets: ({ query }) => (query.PageNumber === '1' ? listed(rows) : listed([], rows.length)),
      GetTicket: (call) => ok(tickets[call.form.TicketId ?? ''] ?? null),
      ...more,
    })
  }
  const look = ({ operations }: Awaited<ReturnType<typeof among>>, order = newTicket()) =>
    operations.findTicket?.(order, since)

  it('lists what was created since, less the overlap of the clocks', async () => {
    const opened = await among({})
    expect(await look(opened)).toBeNull()
    expect(opened.calls.map(({ action }) => action)).toEqual(['ListTickets'])
    expect(opened.calls[0]?.form.StartDate).toBe(String(at(-600)))
    expect(Number(opened.calls[0]?.form.EndDate)).toBeGreaterThan(Date.now())
    expect(opened.calls[0]?.form).not.toHaveProperty('Keyword')
  })

  it('takes the one with the subject and the text, and asks for no others', async () => {
    const opened = await among({ A: shown({ Title: 'Other' }), B: shown({}), C: shown({ Title: null }) })
    expect(await look(opened)).toBe('B')
    expect(opened.calls.filter(({ action }) => action === 'GetTicket')).toHaveLength(1)
  })

  it('of several takes the own one, then the first one since', async () => {
    const opened = await among({
      A: shown({ CreateTime: at(-60) }),
      B: shown({ CreateTime: at(50) }),
      C: shown({ CreateTime: at(5) }),
      D: shown({ CreateTime: at(1), CreatorId: '77' }),
    })
    expect(await look(opened, newTicket({ fields: { requester: requester('2093471') } }))).toBe('C')
  })

  it('finds a text that came back as HTML', async () => {
    const opened = await among({ A: shown({ Description: '<p>It is&nbsp;full.</p>' }) })
    expect(await look(opened)).toBe('A')
  })

  it('cannot tell when another text stands under the same subject since then', async () => {
    const opened = await among({ A: shown({ Description: 'Something else' }) })
    await expect(look(opened)).rejects.toBeInstanceOf(TryAgainError)
    await opened.close()
    const before = await among({ A: shown({ Description: 'Something else', CreateTime: at(-60) }) })
    expect(await look(before)).toBeNull()
  })

  it('is never refused: that it cannot be looked up does not say that it is not there', async () => {
    const refused = () => ({ status: 400, body: { Success: false, Code: 'param.illegal', Message: 'no' } })
    for (const action of ['ListTickets', 'GetTicket']) {
      const opened = await among({ A: shown({}) }, { [action]: refused })
      await expect(look(opened)).rejects.toBeInstanceOf(TryAgainError)
      await opened.close()
    }
  })

  it('reads the list to its end', async () => {
    const pages: Record<string, string> = { 1: 'X', 2: 'A' }
    const opened = await among(
      { A: shown({}), X: shown({}) },
      {
        ListTickets: ({ query }: Call) => {
          const TicketId = pages[query.PageNumber ?? '']
          return listed(TicketId ? [{ TicketId, Title: TicketId === 'A' ? 'Disk full' : 'Other' }] : [], 2)
        },
      },
    )
    expect(await look(opened)).toBe('A')
  })
})

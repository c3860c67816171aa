import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alibabaSandbox } from '#connectors/alibaba/sandbox.ts'
import { dialogIdOf, ticketIdOf } from '#connectors/alibaba/sandbox-wire.ts'
import { encodedPairs, type SignInput, signedHeaders } from '#connectors/alibaba/sign.ts'
import { addAgent, addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'

const desk = emptyDesk({ firstId: 500 })
let sandbox: ServedSandbox
let ticketId = ''
beforeAll(async () => {
  addAgent(desk, { name: 'Li Wei' })
  const ticket = addTicket(desk, { subject: 'Disk full' })
  ticketId = ticketIdOf(ticket.id)
  addMessage(desk, {
    ticketId: ticket.id,
    text: 'first',
    attachments: [{ name: 'a b.png', contentType: 'image/png', sizeBytes: 10 }],
  })
  addMessage(desk, { ticketId: ticket.id, type: 'REPLY_OUTBOUND', text: 'second' })
  sandbox = await serveSandbox(alibabaSandbox, desk)
})
afterAll(() => sandbox.close())

type Ask = {
  query?: Record<string, string>
  form?: Record<string, string>
  sign?: Partial<SignInput>
  headers?: Record<string, string>
}

async function ask(action: string, { query = {}, form = {}, sign = {}, headers = {} }: Ask = {}) {
  const url = new URL(`/?${encodedPairs(Object.entries(query))}`, sandbox.origins.api)
  const body = encodedPairs(Object.entries(form))
  const contentType = body ? 'application/x-www-form-urlencoded' : undefined
  const signed = signedHeaders({
    method: 'POST',
    url,
    body,
    contentType,
    action,
    version: '2021-06-10',
    accessKeyId: String(sandbox.settings.accessKeyId),
    accessKeySecret: String(sandbox.settings.accessKeySecret),
    at: new Date(),
    nonce: crypto.randomUUID(),
    ...sign,
  })
  const all = { ...signed, ...(contentType ? { 'content-type': contentType } : {}), ...headers }
  const response = await fetch(url, { method: 'POST', headers: all, ...(body ? { body } : {}) })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text), signed }
}
const refused = (word: string) => ({ Success: false, Code: 400, Message: expect.stringContaining(word) })
const page = { PageNumber: '1', PageSize: '10' }

describe('the gate', () => {
  it.each<[string, Ask]>([
    ['IncompleteSignature', { headers: { authorization: 'Bearer x' } }],
    ['InvalidAccessKeyId.NotFound', { sign: { accessKeyId: 'nobody' } }],
    ['SignatureDoesNotMatch', { sign: { accessKeySecret: 'wrong' } }],
    ['SignatureDoesNotMatch', { headers: { 'x-acs-action': 'GetTicket' } }],
    ['IncompleteSignature', { headers: { 'x-acs-extra': 'unsigned' } }],
    ['InvalidTimeStamp.Expired', { sign: { at: new Date(Date.now() - 16 * 60_000) } }],
    ['InvalidSecurityToken.NotFound', { sign: { securityToken: 'none' } }],
  ])('answers 401 %s', async (code, wrong) => {
    const { status, body } = await ask('ListTickets', { query: page, ...wrong })
    expect({ status, code: body.Code }).toEqual({ status: 401, code })
    expect(Object.keys(body).sort()).toEqual(['Code', 'HostId', 'Message', 'Recommend', 'RequestId'])
  })

  it('takes a nonce once', async () => {
    const sign = { nonce: 'the-same' }
    expect((await ask('ListTickets', { query: page, sign })).status).toBe(200)
    expect((await ask('ListTickets', { query: page, sign })).body.Code).toBe('SignatureNonceUsed')
  })

  it('knows its actions and its version', async () => {
    expect((await ask('MergeTickets')).body.Code).toBe('InvalidAction.NotFound')
    expect((await ask('ListTickets', { query: page, sign: { version: '2020-03-26' } })).body.Code).toBe(
      'InvalidVersion',
    )
    expect((await fetch(`${sandbox.origins.api}/`)).status).toBe(405)
  })

  it('throttles with a text as code', async () => {
    const busy = await serveSandbox(alibabaSandbox, desk, { rateLimit: { calls: 0, windowMs: 60_000 } })
    const { origins } = sandbox
    sandbox.origins = busy.origins
    const { status, body } = await ask('ListTickets', { query: page })
    sandbox.origins = origins
    await busy.close()
    expect({ status, code: body.Code }).toEqual({ status: 400, code: 'Throttling.User' })
  })
})

describe('parameters', () => {
  it.each<[string, Ask]>([
    ['ListTickets', { form: page }],
    ['ListTickets', { query: { PageNumber: '0', PageSize: '10' } }],
    ['ListTickets', { query: { PageNumber: '1', PageSize: '101' } }],
    ['ListTickets', { query: page, form: { StartDate: '2024-01-01' } }],
    ['ListTickets', { query: page, form: { 'StatusList.1': 'open' } }],
    ['GetTicket', { query: { TicketId: 'X' } }],
    ['ListTicketNotes', { form: { TicketId: 'X' } }],
    ['ListCategories', {}],
    ['GetAttachmentUploadUrl', {}],
    ['CreateTicket', { form: { Description: 'x', Severity: '1' } }],
    ['CreateTicket', { form: { Description: 'x', Severity: '1', CategoryId: '1' } }],
    ['CreateTicket', { form: { Description: ' ', Severity: '1', CategoryId: '7161' } }],
    ['CreateTicket', { form: { Description: 'x', Severity: '3', CategoryId: '7161' } }],
    ['CreateTicket', { form: { Description: 'x', Severity: '1', CategoryId: '7161', CreatorId: '7' } }],
    ['CreateTicket', { form: { Description: 'x', Severity: '1', CategoryId: '7161', Email: 'nobody' } }],
    ['CreateTicket', { form: { Description: 'x', Severity: '1', CategoryId: '7161', FileNameList: 'never-put' } }],
    ['CreateTicket', { query: { SecretInfo: 'x' }, form: { Description: 'x', Severity: '1', CategoryId: '7161' } }],
    ['ReplyTicket', { query: { TicketId: 'X' }, form: { Content: 'x', Encrypt: 'false' } }],
    ['CloseTicket', { query: { TicketId: 'X' } }],
    ['ReopenTicket', {}],
  ])('of %s in the wrong place or form are refused: %j', async (action, wrong) => {
    const { status, body } = await ask(action, wrong)
    expect({ status, ...body }).toMatchObject({ status: 400, Code: 'param.illegal', Success: false })
  })

  it.each<Ask>([
    { form: { Content: 'x' } },
    { form: { Content: 'x', Encrypt: 'no' } },
    { form: { Content: '', Encrypt: 'false' } },
    { form: { Content: 'x', Encrypt: 'false' }, query: { FileNameList: 'never-put' } },
  ])('of a reply are refused: %j', async ({ form, query = {} }) => {
    const { body } = await ask('ReplyTicket', { query, form: { TicketId: ticketId, ...form } })
    expect(body).toMatchObject({ Code: 'param.illegal', Success: false })
    expect([...desk.tickets.values()][0]?.messages).toHaveLength(2)
  })

  it('filter a list', async () => {
    const count = async (form: Record<string, string>) =>
      (await ask('ListTickets', { query: page, form })).body.TotalCount
    expect(await count({})).toBe(1)
    expect(await count({ 'StatusList.1': '1', 'StatusList.2': 'wait_feedback', 'StatusList.3': '5' })).toBe(1)
    expect(await count({ 'StatusList.1': 'confirmed' })).toBe(0)
    expect(await count({ Keyword: 'disk' })).toBe(1)
    expect(await count({ TicketIdList: `X,${ticketId}` })).toBe(1)
    expect(await count({ EndDate: '1000' })).toBe(0)
  })

  it('with the account of somebody else are not authorised', async () => {
    const { status, body } = await ask('GetTicket', { form: { TicketId: ticketId, Uid: '1' } })
    expect({ status, code: body.Code }).toEqual({ status: 401, code: 'illegal.auth' })
  })
})

describe('answers', () => {
  it('list thin rows', async () => {
    const { body } = await ask('ListTickets', { query: page })
    expect(body).toMatchObject({ Success: true, Code: 0, PageNumber: 1, PageSize: 10, TotalCount: 1 })
    expect(Object.keys(body.Data[0]).sort()).toEqual(['Status', 'TicketId', 'Title'])
  })

  it('show a ticket whose times are milliseconds and whose numbers are texts', async () => {
    const { body } = await ask('GetTicket', { form: { TicketId: ticketId } })
    expect(body.Data).toMatchObject({ Description: 'first', CategoryId: expect.any(String), Severity: { Value: '1' } })
    expect(String(body.Data.CreateTime)).toMatch(/^\d{13}$/)
    const missing = await ask('GetTicket', { form: { TicketId: '00000000Z' } })
    expect(missing).toMatchObject({ status: 200, body: { Success: false, Code: 404 } })
  })

  it('give dialog ids as bare numbers beyond 2^53, and signed addresses that open', async () => {
    const { text, body } = await ask('ListTicketNotes', { query: { TicketId: ticketId } })
    const [first] = [...desk.tickets.values()][0]?.messages ?? []
    expect(text).toContain(`"DialogId":${dialogIdOf(first?.id ?? 0)},`)
    expect(body.Data.map(({ User }: { User: { Role: number } }) => User.Role)).toEqual([3, 2])
    const url: string = body.Data[0].Attachments[0].Url
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(10)
    expect((await fetch(url.replace(/Signature=.+$/, 'Signature=x'))).status).toBe(403)
    expect((await fetch(url.replace(/Expires=\d+/, 'Expires=1'))).status).toBe(403)
  })

  it('write: create, upload, reply, close, reopen, evaluate', async () => {
    const wrong = await ask('CreateTicket', { form: { Description: 'x', CategoryId: '7161', Severity: '3' } })
    expect(wrong.body.Code).toBe('param.illegal')
    const created = await ask('CreateTicket', { form: { Description: 'new', CategoryId: '7161', Severity: '2' } })
    const TicketId: string = created.body.Data
    const upload = await ask('GetAttachmentUploadUrl', { form: { FileName: 'x y.txt' } })
    const put = { method: 'PUT', body: Buffer.from('bytes') }
    // A Content-Type would be part of what is signed.
    const typed = await fetch(upload.body.Data.PutSignedUrl, { ...put, headers: { 'content-type': 'text/plain' } })
    expect(typed.status).toBe(403)
    expect((await fetch(upload.body.Data.PutSignedUrl, put)).status).toBe(200)
    const FileNameList: string = upload.body.Data.ObjectKey
    const reply = await ask('ReplyTicket', {
      query: { FileNameList },
      form: { TicketId, Content: 'more', Encrypt: 'false' },
    })
    expect(reply.body.Data).toMatch(/^9007199254740/)
    const { body } = await ask('ListTicketNotes', { query: { TicketId } })
    expect(body.Data[1]).toMatchObject({
      Dialog: { Content: 'more' },
      User: { Role: 3 },
      Attachments: [{ Name: 'x y.txt' }],
    })
    expect(await (await fetch(body.Data[1].Attachments[0].Url)).arrayBuffer()).toHaveProperty('byteLength', 5)
    expect((await ask('ReopenTicket', { form: { TicketId, Content: 'why' } })).body).toMatchObject(
      refused('not closed'),
    )
    expect((await ask('CloseTicket', { form: { TicketId } })).body).toMatchObject({ Success: true, Code: 200 })
    expect((await ask('GetTicket', { form: { TicketId } })).body.Data.Status.Value).toBe('6')
    expect((await ask('CloseTicket', { form: { TicketId } })).body).toMatchObject(refused('closed'))
    const late = await ask('ReplyTicket', { form: { TicketId, Content: 'late', Encrypt: 'false' } })
    expect(late.body).toMatchObject(refused('closed'))
    expect((await ask('ReopenTicket', { form: { TicketId, Content: 'again' } })).body.Data).toBe(TicketId)
    expect((await ask('EvaluateTicket', { form: { TicketId, Score: '5', Solved: 'true' } })).body.Success).toBe(true)
    expect((await ask('EvaluateTicket', { form: { TicketId, Score: '6', Solved: 'true' } })).body.Success).toBe(false)
  })

  it('list products, categories and the consumer tag', async () => {
    const products = await ask('ListProducts', { query: { Language: 'en', Name: 'ecs' } })
    expect(products.body.Data).toEqual([
      { DirectoryId: 1, DirectoryName: 'Elastic Computing', ProductList: [{ ProductId: 7160, ProductName: 'ECS' }] },
    ])
    const categories = await ask('ListCategories', { form: { ProductId: '7160' } })
    expect(categories.body).toMatchObject({ Code: 200, Data: [{ CategoryId: 7161 }, { CategoryId: 7162 }] })
    expect((await ask('GetMqConsumerTag')).body.Data).toEqual(expect.any(String))
  })
})

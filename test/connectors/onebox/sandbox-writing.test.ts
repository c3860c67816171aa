/** The sandbox takes what the reference says OneBox takes, and nothing else. */
import { describe, expect, it } from 'vitest'
import { openOnebox } from './open.ts'
import { at, deskWith } from './orders.ts'

async function open(type: Parameters<typeof deskWith>[0]) {
  const given = deskWith(type)
  const { base } = await openOnebox(at(given.desk))
  const call = async (method: string, path: string, body: unknown, headers: Record<string, string> = {}) => {
    const content = body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await fetch(base + path, { method, headers, body: content })
    return { status: answer.status, body: await answer.json() }
  }
  const login = { email: 'desk@onebox.example', password: 'sandbox-login-password', siteId: '188' }
  const { token } = (await call('POST', '/api/authenticate', login)).body
  const post = (path: string, body: unknown) => call('POST', path, body, { authorization: `Bearer ${token}` })
  return { ...given, call, post, token }
}

const content = { Body: 'Hi', BodyText: 'Hi', ContentType: 'text/plain', Encoding: 'UTF-8' }
const refusal = (userMessage: string) => ({
  status: 400,
  body: { _meta: { status: 'ERROR' }, records: { userMessage } },
})

describe('POST /api/message in the sandbox', () => {
  async function comment() {
    const opened = await open('FACEBOOK')
    const to = String(2_771_000_000_000_000 + opened.contact.id)
    const order = {
      ...{ ConnectionId: 630, MethodId: 'COMMENT', Subject: 'x', From: '143313725', To: to },
      ...{ PreviousId: opened.question.id, Attachments: [], Content: content },
    }
    return { ...opened, order }
  }

  it('takes the comment of the reference and answers with another message, one row where two are counted', async () => {
    const { post, order, ticket, question } = await comment()
    const { status, body } = await post('/api/message', order)
    expect(status).toBe(200)
    expect(body).toMatchObject({ limit: '1', offset: 0, count: 2, data: [{ Id: String(question.id), Incoming: '1' }] })
    expect(body.data).toHaveLength(1)
    expect(ticket.messages.at(-1)).toMatchObject({ type: 'REPLY_OUTBOUND', text: 'Hi', html: null })
    expect(await post('/api/message', { ...order, PreviousId: String(question.id) })).toMatchObject({ status: 200 })
  })

  it.each([
    [{ ConnectionId: undefined }, 'ConnectionId is wrong'],
    [{ ConnectionId: '630' }, 'ConnectionId is wrong'],
    [{ MethodId: 'DIRECT' }, 'MethodId is wrong'],
    [{ MethodId: null }, 'MethodId is wrong'],
    [{ Subject: '' }, 'Subject is required'],
    [{ From: null }, 'From is required'],
    [{ From: '1' }, 'From is wrong'],
    [{ To: '1' }, 'To is wrong'],
    [{ Cc: 'a@b.example' }, 'Cc and Bcc are used only for email'],
    [{ PreviousId: null }, 'PreviousId is required'],
    [{ PreviousId: 7 }, 'PreviousId is wrong'],
    [{ PreviousId: null, ConversationId: 1_515_000 }, 'PreviousId is required'],
    [{ Content: undefined }, 'Body is required'],
    [{ Content: { ...content, BodyText: undefined } }, 'BodyText is required'],
    [{ Content: { ...content, ContentType: 'text/markdown' } }, 'ContentType is wrong'],
    [{ Content: { ...content, Encoding: null } }, 'Encoding is required'],
    [{ Attachments: [{ File: { Date: '2026-01-01 00:00:00', Name: 'a', Content: '' } }] }, 'Description is required'],
    [{ Attachments: [{ Description: 'a', File: { Name: 'a', Content: '' } }] }, 'Date is wrong'],
    [
      { Attachments: [{ Description: 'a', File: { Date: '2026-01-01 00:00:00', Name: 'a', Content: '%' } }] },
      'Content is not base64',
    ],
    [{ IsPrivate: true }, 'IsPrivate is unknown'],
  ])('refuses %j', async (changes, words) => {
    const { post, order, ticket } = await comment()
    expect(await post('/api/message', { ...order, ...changes })).toMatchObject(refusal(words))
    expect(ticket.messages).toHaveLength(1)
  })

  it.each([
    [{ Users: undefined }, 'Users is required'],
    [{ Users: [{ IdentityId: 'help@toko.example', RoleId: 'MSR1' }] }, 'Name is required'],
    [{ Users: [{ IdentityId: 'help@toko.example', Name: 'x', RoleId: 'MSR9' }] }, 'RoleId is wrong'],
    [{ Cc: 'c@mail.example' }, 'Cc and Users differ'],
  ])('refuses an e-mail with %j', async (changes, words) => {
    const { post, question } = await open('EMAIL')
    const Users = [
      { IdentityId: 'help@toko.example', Name: 'Toko', RoleId: 'MSR1' },
      { IdentityId: 'rani@mail.example', Name: 'Rani', RoleId: 'MSR2' },
    ]
    const mail = {
      ConnectionId: 630,
      Subject: 'x',
      From: 'help@toko.example',
      To: 'rani@mail.example',
      Content: content,
    }
    const order = { ...mail, PreviousId: question.id, Users }
    expect(await post('/api/message', { ...order, ...changes })).toMatchObject(refusal(words))
    expect(await post('/api/message', order)).toMatchObject({ status: 200 })
  })

  it('finds a direct message by its ConversationId', async () => {
    const { post, contact, ticket } = await open('INSTAGRAM')
    const order = { ConnectionId: 630, MethodId: 'DIRECT', Subject: 'x', From: '143313725', To: `ig${contact.id}` }
    const ConversationId = 1_000_000 + ticket.id
    expect(await post('/api/message', { ...order, ConversationId, Content: content })).toMatchObject({ status: 200 })
    expect(await post('/api/message', { ...order, ConversationId: 5, Content: content })).toMatchObject(
      refusal('ConversationId is wrong'),
    )
  })
})

describe('POST /api/ticket/create in the sandbox', () => {
  const fields = { fullName: 'Sari', contact: 's@mail.example', subject: 'x', category: 'Request', content: 'y' }

  it('answers with the id alone', async () => {
    const { post, desk } = await open('EMAIL')
    const { body } = await post('/api/ticket/create', { ...fields, coordinate: '37.0625,-95.677068' })
    expect(body).toEqual({ response_code: '200', response_status: 'Success', ticketId: expect.stringMatching(/^\d+$/) })
    expect(desk.tickets.has(Number(body.ticketId))).toBe(true)
  })

  it.each(Object.keys(fields))('refuses a ticket without %s', async (key) => {
    const { post, desk } = await open('EMAIL')
    expect(await post('/api/ticket/create', { ...fields, [key]: '' })).toMatchObject(refusal(`${key} is required`))
    expect(desk.tickets.size).toBe(1)
  })

  it.each([
    [{ contact: 'Sari' }, 'contact is not an email address'],
    [{ status: 'Closed' }, 'status is unknown'],
    [{ coordinate: 'here' }, 'coordinate is not lat,long'],
    [{ file: 'a.txt' }, 'attachment is not a file'],
  ])('refuses %j', async (changes, words) => {
    const { post } = await open('EMAIL')
    expect(await post('/api/ticket/create', { ...fields, ...changes })).toMatchObject(refusal(words))
  })

  it('refuses what is no JSON and no form', async () => {
    const { call, post, token } = await open('EMAIL')
    expect(await post('/api/ticket/create', 'x')).toMatchObject(refusal('body is not a JSON object'))
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=x' }
    expect(await call('POST', '/api/ticket/create', 'x', headers)).toMatchObject(refusal('body is not a form'))
  })
})

describe('the sandbox’ other changes', () => {
  it('make contacts by known fields only', async () => {
    const { post, desk } = await open('EMAIL')
    const { body } = await post('/api/contactrz', { Name: 'Sari', Email: 's@mail.example', Mobile: '62' })
    expect(body).toMatchObject({ Id: expect.any(String), Name: 'Sari', Email: 's@mail.example', Mobile: '62', Fax: '' })
    expect(desk.contacts.size).toBe(2)
    expect(await post('/api/contactrz', { Email: 's@mail.example' })).toMatchObject(refusal('Name is required'))
    expect(await post('/api/contactrz', { Name: 'x', Email: 'x' })).toMatchObject(
      refusal('Email is not an email address'),
    )
    expect(await post('/api/contactrz', { Name: 'x', Language: 'id' })).toMatchObject(refusal('Language is unknown'))
  })

  it('need a token, and are no others: tickets cannot be changed', async () => {
    const { call, token, ticket } = await open('EMAIL')
    for (const path of ['/api/message', '/api/ticket/create', '/api/contactrz'])
      expect(await call('POST', path, {})).toMatchObject({ status: 401 })
    for (const method of ['PATCH', 'PUT', 'POST'])
      expect(await call(method, `/api/ticketrz/${ticket.id}`, {}, { authorization: `Bearer ${token}` })).toMatchObject({
        status: 404,
      })
  })
})

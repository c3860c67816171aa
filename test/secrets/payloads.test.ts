/** What crosses the border from a vendor: no credentials, and everything else as it came. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Connector, type Json, records, type Session } from '#connectors/contract.ts'
import { guarded } from '#connectors/guarded.ts'
import { secretSetting } from '#connectors/secret-settings.ts'
import { FixCredentialsError, type VendorError } from '#errors.ts'
import { linkWithoutSecrets, textWithoutSecrets } from '#secrets.ts'
import { silent } from '../syncing/backend.ts'
import { message, thread } from '../syncing/scripted.ts'

const ours = 'hush-hush-of-ours'
const shape = z.object({ url: z.string(), token: secretSetting('Ours.') })

/** A session of a vendor that does as told. */
function sessionOf(told: Partial<Session>): Session {
  const connector = {
    ...{ key: 'scripted', name: 'Scripted', settings: shape, capabilities: {}, writing: {} },
    connect: () => ({
      check: async () => {},
      pull: async () => Promise.reject(),
      ticket: async () => null,
      operations: {},
      ...told,
    }),
  } as unknown as Connector<z.infer<typeof shape>>
  return guarded(connector).connect(
    { url: 'https://desk.example.com', token: ours },
    { log: silent, now: () => new Date() },
  )
}

async function kept(raw: Json): Promise<Json | undefined> {
  const records_ = records({ tickets: [thread('1', [message('2', { raw })])] })
  const { records: out } = await sessionOf({
    pull: async () => ({ records: records_, cursor: {}, hasMore: false }),
  }).pull(null)
  return out.tickets[0]?.conversations[0]?.messages[0]?.raw
}

test('fields named like secrets are not kept, whatever they hold and however deep', async () => {
  const secret = {
    ...{ password: 'x', Token: 'x', access_token: 'x', 'api-key': 'x', apiKey: 'x', Authorization: 'x' },
    ...{
      smtpPassword: 'x',
      clientSecret: { id: 'x' },
      refresh_tokens: ['x'],
      privateKey: 'x',
      pwd: 1,
      cookie: 'x',
      otp: 123456,
    },
  }
  expect(await kept({ id: 1, inner: [{ ...secret, name: 'Ann' }], ...secret })).toEqual({
    id: 1,
    inner: [{ name: 'Ann' }],
  })
})

test('how many of them there are is no secret', async () => {
  const counts = { max_tokens: 500, total_tokens: 3, usage: { completionTokens: 7 } }
  expect(await kept({ id: 1, ...counts })).toEqual({ id: 1, ...counts })
})

test('links lose what opens them, and keep what does not', async () => {
  const open = [
    'https://files.example.com/a.png?X-Amz-Signature=abc&X-Amz-Expires=9',
    'https://f.example/b?sig=x&se=1',
    'https://f.example/c?access_token=x',
  ]
  expect(open.map(linkWithoutSecrets)).toEqual([
    'https://files.example.com/a.png',
    'https://f.example/b',
    'https://f.example/c',
  ])
  expect(linkWithoutSecrets('https://me:pass@example.com/x?y=1')).toBe('https://example.com/x?y=1')
  expect(await kept({ avatar: open[0] as string, page: 'https://e.example/?d=404&size=80' })).toEqual({
    ...{ avatar: 'https://files.example.com/a.png', page: 'https://e.example/?d=404&size=80' },
  })
})

test('everything else stays as it came, to the very same object', async () => {
  const raw = {
    ...{
      tokenName: 'desk',
      accessKeyId: 'LTAI',
      hasPassword: true,
      password: null,
      is_secret: false,
      keyword: 'key',
      cookies_accepted: true,
    },
    ...{
      content: 'https://files.example.com/a?token=written-by-a-person',
      text: 'my password: swordfish',
      list: [1, 'a', null],
    },
  }
  expect(await kept(raw)).toBe(raw)
})

test('our own credentials go, whatever the field is called; what people wrote stays', async () => {
  expect(await kept({ debug: `called with ${ours}` })).toEqual({ debug: 'called with [secret]' })
  const body = { text: `what is ${ours}?`, html: null }
  const found = await sessionOf({
    ticket: async () => records({ tickets: [thread('1', [message('2', { body })])] }),
  }).ticket('1')
  expect(found?.tickets[0]?.conversations[0]?.messages[0]?.body).toBe(body)
})

test('failures keep their kind and their words, without credentials in message, stack or cause', async () => {
  const cause = new Error(`socket of ${ours}`)
  const check = () =>
    Promise.reject(new FixCredentialsError(`refused ${ours}, password=swordfish`, { httpStatus: 401, cause }))
  const error = await sessionOf({ check })
    .check()
    .then(
      () => null,
      (caught: VendorError) => caught,
    )
  expect(error).toBeInstanceOf(FixCredentialsError)
  expect(error?.message).toBe('refused [secret], password=[secret]')
  expect(error?.provider.httpStatus).toBe(401)
  for (const text of [error?.stack, cause.message, cause.stack]) expect(text).not.toMatch(/hush-hush|swordfish/)
})

test.each([
  ['Bearer abcdefgh12345678 refused', 'Bearer [secret] refused'],
  ['Bearer authentication is required', 'Bearer authentication is required'],
  ['{"access_token":"abc","id":7}', '{"access_token":"[secret]","id":7}'],
  [String.raw`said "{\"password\":\"abc\"}"`, String.raw`said "{\"password\":\"[secret]\"}"`],
  ['the token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_9 is over', 'the token [secret] is over'],
  ['GET https://me:pass@host/x?sig=abc&y=1', 'GET https://[secret]@host/x?sig=[secret]&y=1'],
  ['Unexpected token < in JSON at position 0', 'Unexpected token < in JSON at position 0'],
  ['Invalid token: please sign in', 'Invalid token: please sign in'],
  ['token: 0123456789abcdef', 'token: [secret]'],
])('of %s there stays %s', (text, expected) => {
  expect(textWithoutSecrets(text)).toBe(expected)
  expect(textWithoutSecrets(expected)).toBe(expected)
})

test('long hostile text takes no time', () => {
  const started = performance.now()
  for (const part of ['token', 'eyJ', 'password=', '://', 'bearer ', '"secret":"', 'a', 'eyJaaaaaaaaa.'])
    textWithoutSecrets(part.repeat(Math.ceil(100_000 / part.length)))
  expect(performance.now() - started).toBeLessThan(3000)
})

import { describe, expect, it } from 'vitest'
import { nextHour, wallClock } from '#connectors/onebox/clock.ts'
import { ExpiredTokenError, failureIn } from '#connectors/onebox/failures.ts'
import { keepToken } from '#connectors/onebox/token.ts'
import { FixCredentialsError, GoneError, RefusedError, TryAgainError, WaitForQuotaError } from '#errors.ts'

const quotaWords = 'time limit reached please try again tomorrow at 18:00 - 06:00'
const context = {
  httpStatus: 401,
  retryAfterMs: null,
  now: new Date('2026-05-01T08:00:00Z'),
  quotaZone: 'Asia/Jakarta',
}
const envelope = (errorCode: unknown, userMessage: string) => ({
  _meta: { status: 'ERROR', count: 1 },
  records: { errorCode, userMessage, devMessage: null },
})
const failure = (errorCode: unknown, userMessage: string, more = {}) =>
  failureIn(envelope(errorCode, userMessage) as never, { ...context, ...more })

describe('an error envelope', () => {
  it.each([401, '401'])('with the code %j gives the code as text', (code) => {
    expect(failure(code, 'Expired token')?.provider).toMatchObject({ httpStatus: 401, code: '401' })
  })

  it.each([
    ['Expired token', 401, ExpiredTokenError],
    ['you are not authorized to log into this site 188', '401', FixCredentialsError],
    [quotaWords, 401, WaitForQuotaError],
    ['something else', 401, FixCredentialsError],
    ['no such ticket', '404', GoneError],
    ['overloaded', 503, TryAgainError],
    ['wrong parameter', 400, RefusedError],
  ])('%s is told apart, also with HTTP 200', (words, code, kind) => {
    expect(failure(code, words)).toBeInstanceOf(kind)
    expect(failure(code, words, { httpStatus: 200 })).toBeInstanceOf(kind)
  })

  it('is not seen in an answer that is none', () => {
    expect(failureIn({ response_code: '200', response_status: 'Success', data: [] }, context)).toBeNull()
    expect(failureIn([], context)).toBeNull()
    expect(failureIn({ Id: '1', Content: '{"_meta":{"status":"ERROR"}}' }, context)).toBeNull()
  })

  it('a response_code other than 200 is a failure', () => {
    expect(failureIn({ response_code: '404', response_status: 'Not found' }, context)).toBeInstanceOf(GoneError)
    expect(
      failureIn({ response_code: 500, response_status: 'Failed' }, { ...context, httpStatus: 200 }),
    ).toBeInstanceOf(TryAgainError)
  })
})

describe('a used-up quota opens again', () => {
  const resetsAt = (now: string, words = quotaWords, quotaZone = 'Asia/Jakarta') =>
    (failure(401, words, { now: new Date(now), quotaZone }) as WaitForQuotaError).resetsAt.toISOString()

  it('at the next 18:00 in Jakarta, which is 11:00 UTC', () => {
    expect(resetsAt('2026-05-01T08:00:00Z')).toBe('2026-05-01T11:00:00.000Z')
    expect(resetsAt('2026-05-01T11:00:00Z')).toBe('2026-05-02T11:00:00.000Z')
    expect(resetsAt('2026-05-01T20:00:00Z')).toBe('2026-05-02T11:00:00.000Z')
  })

  it('at the hour the text names, in the zone of the settings', () => {
    expect(resetsAt('2026-05-01T08:00:00Z', 'Time limit reached, try again tomorrow at 7:30', 'UTC')).toBe(
      '2026-05-02T07:30:00.000Z',
    )
    expect(resetsAt('2026-05-01T08:00:00Z', 'time limit reached', 'UTC')).toBe('2026-05-01T18:00:00.000Z')
  })
})

describe('clocks on walls', () => {
  it('are written as OneBox writes them', () => {
    expect(wallClock(new Date('2026-05-01T20:03:04Z'), 'UTC')).toBe('2026-05-01 20:03:04')
    expect(wallClock(new Date('2026-05-01T20:03:04Z'), 'Asia/Jakarta')).toBe('2026-05-02 03:03:04')
  })

  it('know the next hour also where they are moved in spring', () => {
    expect(nextHour('18:00', 'Europe/Berlin', new Date('2026-03-28T20:00:00Z')).toISOString()).toBe(
      '2026-03-29T16:00:00.000Z',
    )
  })
})

describe('a token', () => {
  const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`

  function kept(token: string) {
    let nowMs = 1_000_000
    let logins = 0
    const login = async () => {
      logins += 1
      return token
    }
    const tokens = keepToken({ login, now: () => new Date(nowMs) })
    return {
      tokens,
      advance: (ms: number) => {
        nowMs += ms
      },
      logins: () => logins,
    }
  }

  it.each([
    ['of 900 s', jwt({ iat: 100, exp: 1000 })],
    ['that cannot be read', 'opaque'],
  ])('%s is renewed 60 s before its end', async (_name, token) => {
    const { tokens, advance, logins } = kept(token)
    await tokens.current()
    advance(839_000)
    await tokens.current()
    expect(logins()).toBe(1)
    advance(1_000)
    await tokens.current()
    expect(logins()).toBe(2)
  })

  it('lives as long as it says though the clock that wrote it is wrong by a day', async () => {
    const { tokens, advance, logins } = kept(jwt({ iat: 86_400, nbf: 86_400, exp: 87_300 }))
    await tokens.current()
    advance(800_000)
    await tokens.current()
    expect(logins()).toBe(1)
  })

  it('is fetched once however many wait', async () => {
    const { tokens, logins } = kept(jwt({ iat: 1, exp: 901 }))
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.current()))
    expect(logins()).toBe(1)
    tokens.drop('an older one')
    await tokens.current()
    expect(logins()).toBe(1)
    tokens.drop(all[0])
    await Promise.all([tokens.current(), tokens.current()])
    expect(logins()).toBe(2)
  })
})

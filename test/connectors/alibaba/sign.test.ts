import { describe, expect, it } from 'vitest'
import { encodedPairs, percentEncoded, type SignInput, signedHeaders } from '#connectors/alibaba/sign.ts'

const vector: SignInput = {
  method: 'POST',
  url: new URL('https://workorder.ap-southeast-1.aliyuncs.com/?TicketId=0005PYGCW'),
  action: 'ListTicketNotes',
  version: '2021-06-10',
  accessKeyId: 'AK',
  accessKeySecret: 'SECRET',
  at: new Date('2026-01-01T00:00:00Z'),
  nonce: 'nonce-1',
}
const signatureOf = (input: SignInput) => /Signature=(.+)$/.exec(signedHeaders(input).authorization ?? '')?.[1]

describe('ACS3-HMAC-SHA256', () => {
  it('comes out as the checked vector', () => {
    expect(signedHeaders(vector)).toEqual({
      'x-acs-action': 'ListTicketNotes',
      'x-acs-version': '2021-06-10',
      'x-acs-date': '2026-01-01T00:00:00Z',
      'x-acs-signature-nonce': 'nonce-1',
      'x-acs-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      authorization:
        'ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;' +
        'x-acs-signature-nonce;x-acs-version,Signature=ca32f7f1ab1314248fef70c91c927db9fed1f0548a9f1f71f4ec68a1d801b6f3',
    })
  })

  it('sends whole seconds, without milliseconds', () => {
    const at = new Date('2026-01-01T00:00:00.987Z')
    expect(signedHeaders({ ...vector, at })['x-acs-date']).toBe('2026-01-01T00:00:00Z')
  })

  it('signs the token of temporary keys', () => {
    const headers = signedHeaders({ ...vector, securityToken: 'T' })
    expect(headers['x-acs-security-token']).toBe('T')
    expect(headers.authorization).toContain('x-acs-date;x-acs-security-token;x-acs-signature-nonce')
    expect(signatureOf({ ...vector, securityToken: 'U' })).not.toBe(signatureOf({ ...vector, securityToken: 'T' }))
  })

  it('signs the form body and its content type', () => {
    const form = { ...vector, body: 'TicketId=1', contentType: 'application/x-www-form-urlencoded' }
    const headers = signedHeaders(form)
    expect(headers.authorization).toContain('SignedHeaders=content-type;host;')
    expect(headers['x-acs-content-sha256']).not.toBe(signedHeaders(vector)['x-acs-content-sha256'])
    expect(signatureOf({ ...form, body: 'TicketId=2' })).not.toBe(signatureOf(form))
  })

  it('does not depend on the order of the query', () => {
    const [there, back] = ['?a=1&b=2&B=3', '?B=3&b=2&a=1'].map((query) => new URL(`https://x.test/${query}`)) as [
      URL,
      URL,
    ]
    expect(signatureOf({ ...vector, url: there })).toBe(signatureOf({ ...vector, url: back }))
  })

  it("encodes after RFC 3986, !'()* and unicode included, and spaces as %20", () => {
    expect(percentEncoded("a b+c!'()*~-_.é盘😀/?&=")).toBe(
      'a%20b%2Bc%21%27%28%29%2A~-_.%C3%A9%E7%9B%98%F0%9F%98%80%2F%3F%26%3D',
    )
    expect(percentEncoded('\ud800')).toBe('%EF%BF%BD')
    expect(encodedPairs([['Key word', "it's"]])).toBe('Key%20word=it%27s')
  })
})

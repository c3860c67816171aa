/** Tokens as OneBox issues them: JWT, HS256, with the claims of the sample in the vendor's API reference (SEEN). */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export type Gate = {
  issue(): string
  /** `ok`, `expired`, or `invalid` for whatever was not issued here. */
  judge(token: string): 'ok' | 'expired' | 'invalid'
}

/** Times go by the machine's clock, not by the desk's: a client cannot know the latter. */
export function openGate({
  issuer,
  userId,
  siteId,
  lifeMs,
}: {
  issuer: string
  userId: string
  siteId: string
  lifeMs: number
}): Gate {
  const secret = randomBytes(32)
  const signed = (head: string) => createHmac('sha256', secret).update(head).digest()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  return {
    issue() {
      const seconds = Date.now() / 1000
      const claims = {
        iss: issuer,
        sub: userId,
        exp: seconds + lifeMs / 1000,
        nbf: seconds,
        iat: seconds,
        jti: randomBytes(32).toString('base64'),
        sid: siteId,
      }
      const head = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`
      return `${head}.${signed(head).toString('base64url')}`
    },
    judge(token) {
      const [header = '', claims = '', signature = ''] = token.split('.')
      const given = Buffer.from(signature, 'base64url')
      const right = signed(`${header}.${claims}`)
      if (given.length !== right.length || !timingSafeEqual(given, right)) return 'invalid'
      const { exp, nbf } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as { exp: number; nbf: number }
      const seconds = Date.now() / 1000
      return seconds >= exp ? 'expired' : seconds < nbf ? 'invalid' : 'ok'
    },
  }
}

/** An identity provider of the tests: signs tokens, and publishes its keys over real HTTP. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import type { IdentityProvider } from '#flows/signing-in/identity.ts'

export type Pair = Awaited<ReturnType<typeof makePair>>
export const makePair = async (kid: string, alg = 'RS256') => ({ kid, alg, ...(await generateKeyPair(alg)) })

export const issuer = 'https://login.acme.example/'
export const audience = 'deskgraph'

/** How the provider behaves; `published` may be changed at any time. */
export async function serveKeys(...published: Pair[]) {
  const provider = {
    url: '',
    published,
    mode: 'well' as 'well' | 'broken' | 'endless' | 'moved' | 'garbage',
    fetches: 0,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  const server = createServer(async (_request, response) => {
    provider.fetches += 1
    if (provider.mode === 'broken') return void response.writeHead(500).end()
    if (provider.mode === 'moved') return void response.writeHead(302, { location: `${provider.url}/elsewhere` }).end()
    if (provider.mode === 'garbage') return void response.end('{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"one"}]}')
    response.setHeader('content-type', 'application/json')
    if (provider.mode === 'endless') return void pipeline(forever(), response, () => {})
    const keys = await Promise.all(
      provider.published.map(async ({ kid, alg, publicKey }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg,
        use: 'sig',
      })),
    )
    response.end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  return provider
}

function* forever() {
  while (true) yield 'x'.repeat(65_536)
}

/** As the configuration says it, for people who are named by their mail address. */
export function configured(more: Partial<IdentityProvider> & Pick<IdentityProvider, 'keys'>): IdentityProvider {
  return {
    ...{ key: 'staff', issuer, audience, algorithms: ['RS256'], clockSkewSeconds: 30, role: null, roles: {} },
    claims: { workspace: null, role: 'role', scopes: null, person: 'email' },
    ...{ personBy: 'email', personBackend: null, trustsEmail: false },
    ...more,
  }
}

export const seconds = (now = Date.now()) => Math.floor(now / 1000)

/** The claims of an agent, good for five minutes. */
export const usualClaims = (more: JWTPayload = {}): JWTPayload => ({
  ...{ iss: issuer, aud: audience, sub: 'ana', role: 'AGENT', email: 'ana@acme.example', email_verified: true },
  ...{ iat: seconds(), exp: seconds() + 300 },
  ...more,
})

export function signed(
  { kid, alg, privateKey }: Pair,
  claims: JWTPayload = usualClaims(),
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(privateKey)
}

/** Who may come in, as the configuration file says it: tokens, and the tokens of identity providers. */
import { createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { secretSetting } from '#connectors/secret-settings.ts'
import { viewerRoles } from '#platform/graphql/roles.ts'
import { type Scope, scopesOfRole, scopes as scopeWords } from '#platform/graphql/scopes.ts'
import { wordsOf } from '#vocabulary.ts'
import { isLoopback } from './address.ts'
import { key } from './config-shape-words.ts'

const role = z.enum(wordsOf(viewerRoles))
const scope = z.enum(wordsOf(scopeWords))
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hexadecimal digits (small letters)' })

export const token = z
  .object({
    name: z
      .string()
      .min(1)
      .regex(/^(?!(key|jwt):)/, { error: 'expected a name that does not begin with key: or jwt:' })
      .describe('For logs, and whose something is: another name is another one.'),
    token: secretSetting('What clients send as `Authorization: Bearer …`.').optional(),
    tokenSha256: sha256.optional().describe('Instead of `token`: its SHA-256, so that the file holds no secret.'),
    role: role.default('INTEGRATION').describe('What its bearer may do.'),
    scopes: z.array(scope).optional().describe('What it may ask for; left out: what is usual for the role.'),
    actor: z
      .string()
      .min(1)
      .optional()
      .describe('Whose it is: a mail address, `backend/external id`, a global id, or the identifier of a contact.'),
    expiresAt: z.iso.datetime({ offset: true }).optional().describe('Until when it works, e.g. 2030-01-31T00:00:00Z.'),
  })
  .refine((entry) => (entry.token === undefined) !== (entry.tokenSha256 === undefined), {
    error: 'expected either token or tokenSha256',
  })
  .refine((entry) => entry.role !== 'CONTACT' || entry.actor !== undefined, {
    error: 'expected the contact whose token it is',
    path: ['actor'],
  })
  .superRefine((entry, context) => {
    const foreign = (entry.scopes ?? []).filter((word: Scope) => !scopesOfRole[entry.role].most.includes(word))
    if (foreign.length === 0) return
    const message = `expected scopes that ${entry.role} can have, got ${foreign.join(', ')}`
    context.addIssue({ code: 'custom', path: ['scopes'], message })
  })

const ofPairs = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
const ofSecrets = ['HS256', 'HS384', 'HS512'] as const
const SHORTEST_SECRET = 32

export const identityProvider = z
  .object({
    key: key.describe('Names it in logs and in what its people do: another key makes them others.'),
    issuer: z.string().min(1).describe('What its tokens have as `iss`.'),
    audience: z.string().min(1).describe('What those for us have as `aud`.'),
    jwksUrl: z
      .url({ protocol: /^https?$/ })
      .refine(isSafeToTrust, 'expected an https address, or one of this machine')
      .optional()
      .describe('Where it publishes its keys; a new one is found by itself.'),
    publicKey: z
      .string()
      .refine(isPublicKey, 'expected a public key in PEM')
      .optional()
      .describe('Instead: its only key, in PEM.'),
    sharedSecret: secretSetting(
      `Instead: a secret it shares with us, ${SHORTEST_SECRET} characters at least.`,
      SHORTEST_SECRET,
    ).optional(),
    algorithms: z
      .array(z.enum([...ofPairs, ...ofSecrets]))
      .min(1)
      .optional()
      .describe('The only ones taken; by default RS256, with a shared secret HS256.'),
    clockSkewSeconds: z.int().min(0).max(300).default(30).describe('How far its clock may be from ours.'),
    role: role.optional().describe('What its people may do when their tokens do not say; left out: they are refused.'),
    roles: z
      .record(z.string(), role)
      .default({})
      .describe('Its own words for our roles, e.g. `support-lead: ADMIN`; then no other words count.'),
    claims: z
      .object({
        role: z.string().min(1).optional().describe('Claim with the role or a list of groups; may be a path: `a.b`.'),
        scopes: z
          .string()
          .min(1)
          .optional()
          .describe('Claim with the scopes; left out: those usual for the role. Who has none there can do nothing.'),
        workspace: z.string().min(1).optional().describe('Claim with the key of the tenant; others are refused.'),
        person: z.string().min(1).optional().describe('Claim that says who it is, e.g. `email` or `sub`.'),
      })
      .prefault({}),
    personBy: z
      .enum(['email', 'identifier', 'externalId', 'id'])
      .default('email')
      .describe('What that claim holds. A contact we do not know sees nothing; an agent works without a name.'),
    personBackend: key.optional().describe('Key of the backend, for `externalId`.'),
    trustsEmail: z
      .boolean()
      .default(false)
      .describe('Whether a mail address counts though the token does not say `email_verified`.'),
  })
  .refine(({ jwksUrl, publicKey, sharedSecret }) => [jwksUrl, publicKey, sharedSecret].filter(Boolean).length === 1, {
    error: 'expected one of jwksUrl, publicKey, sharedSecret',
  })
  .refine(({ role: always, claims }) => always !== undefined || claims.role !== undefined, {
    error: 'expected role, or claims.role, or both',
  })
  .refine(({ personBy, personBackend }) => personBy !== 'externalId' || personBackend !== undefined, {
    error: 'expected the backend that external ids are of',
    path: ['personBackend'],
  })
  .superRefine(({ algorithms = [], sharedSecret }, context) => {
    const fitting: readonly string[] = sharedSecret === undefined ? ofPairs : ofSecrets
    if (algorithms.every((algorithm) => fitting.includes(algorithm))) return
    const kind = sharedSecret === undefined ? 'a public key' : 'a shared secret'
    context.addIssue({
      code: 'custom',
      path: ['algorithms'],
      message: `expected those of ${kind}: ${fitting.join(', ')}`,
    })
  })

/** Who can change what comes from there can make themselves anybody. */
function isSafeToTrust(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
}

function isPublicKey(pem: string): boolean {
  try {
    return pem.includes('PUBLIC KEY') && createPublicKey(pem).type === 'public'
  } catch {
    return false
  }
}

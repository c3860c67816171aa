/** What a token may ask for: words that fields and mutations name. The role says what exists for its bearer, scopes narrow that. */
import type { Role } from './roles.ts'

export const scopes = {
  TICKETS_READ: 'Read tickets, conversations, messages and what belongs to them.',
  TICKETS_WRITE: 'Create and change tickets, tags, conversations; mark them read.',
  TICKETS_DELETE: 'Delete tickets for good.',
  MESSAGES_WRITE: 'Send replies, keep drafts, change and delete messages.',
  NOTES_READ: 'Read private notes.',
  NOTES_WRITE: 'Write private notes.',
  CONTACTS_READ: 'Read contacts beyond their name.',
  CONTACTS_WRITE: 'Create, change, merge and block contacts.',
  VIEWS_WRITE: 'Save and delete views.',
  ANALYTICS_READ: 'Read counts and charts over many tickets.',
  RAW_READ: 'Read what help desks sent, as they sent it.',
  PASSTHROUGH: 'Call a help desk directly.',
  BACKENDS_ADMIN: 'Pause, copy again and configure help desks.',
  WEBHOOKS_ADMIN: 'Configure webhooks that are sent out.',
  AUDIT_READ: 'Read the audit log.',
  KEYS_ADMIN: 'Create, list and revoke API keys.',
} as const
export type Scope = keyof typeof scopes

const all = Object.keys(scopes) as Scope[]
const ofAdministration: Scope[] = [
  'RAW_READ',
  'PASSTHROUGH',
  'BACKENDS_ADMIN',
  'WEBHOOKS_ADMIN',
  'AUDIT_READ',
  'KEYS_ADMIN',
]
const ofWork = all.filter((scope) => !ofAdministration.includes(scope))

/** `usual`: when a token names none. `most`: what it can be given; anything else is refused where tokens are made. */
export const scopesOfRole: Record<Role, { usual: readonly Scope[]; most: readonly Scope[] }> = {
  CONTACT: {
    // Of contacts only they themselves exist for them.
    usual: ['TICKETS_READ', 'TICKETS_WRITE', 'MESSAGES_WRITE', 'CONTACTS_READ'],
    most: ['TICKETS_READ', 'TICKETS_WRITE', 'MESSAGES_WRITE', 'CONTACTS_READ'],
  },
  AGENT: { usual: ofWork, most: [...ofWork, 'RAW_READ'] },
  ADMIN: { usual: all, most: all },
  INTEGRATION: { usual: ofWork, most: all },
}

export const usualScopes = (role: Role): ReadonlySet<Scope> => new Set(scopesOfRole[role].usual)

/** Of words kept somewhere, those the role can have today. */
export const scopesWithin = (role: Role, words: readonly string[]): Scope[] =>
  scopesOfRole[role].most.filter((scope) => words.includes(scope))

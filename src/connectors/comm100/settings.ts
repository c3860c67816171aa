import { z } from 'zod'
import { secretSetting } from '#connectors/secret-settings.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'

const given = (description: string) => z.string().min(1).describe(description)

/** The three ways in. Source: vendor's reference, Authentication (SEEN; the parameters of the refresh grant ASSUMED). */
const authSettings = z
  .discriminatedUnion('grant', [
    z.object({
      grant: z.literal('password'),
      email: given('Sign-in e-mail of an agent.'),
      password: secretSetting('Password of that agent.'),
      clientId: given('Client id of the application.'),
    }),
    z.object({
      grant: z.literal('refreshToken'),
      refreshToken: secretSetting('Refresh token, from the authorization-code flow.'),
      clientId: given('Client id of the application.'),
      clientSecret: secretSetting('Client secret of the application.'),
    }),
    z.object({
      grant: z.literal('apiKey'),
      email: given('Sign-in e-mail the key belongs to.'),
      apiKey: secretSetting('API key of the older kind (HTTP Basic).'),
      siteId: z.string().min(1).describe('Site number, sent with every call.'),
    }),
  ])
  .describe('How to sign in: `password`, `refreshToken` (both OAuth) or `apiKey`.')

export const comm100Settings = z.object({
  ...commonSettings,
  apiUrl: urlSetting(
    'Address of the interface with its version, e.g. https://api15.comm100.io/v4; the number is your platform.',
  ),
  tokenUrl: urlSetting(
    'Where tokens are issued, e.g. https://dash15.comm100.io/oauth/token. Left out: made from `apiUrl` (api15 → dash15).',
  ).optional(),
  auth: authSettings,
  rateLimit: rateLimitSetting(
    { calls: 300, windowMs: 300_000 },
    'counted by the vendor per outgoing address, so shared by all Comm100 backends of this process',
  ),
  pageSize: z
    .int()
    .min(1)
    .max(50)
    .nullable()
    .default(50)
    .describe('`pageSize` asked for on lists (documented for v2 and v3, assumed for v4); null: not sent.'),
  include: z
    .array(z.string())
    .default([
      'ticketingTag',
      'ticketingEventLog',
      'ticketingDraft',
      'ticketingMessage',
      'contactOrVisitor',
      'assignee',
      'departmentAssignee',
      'createdBy',
      'lastRepliedBy',
    ])
    .describe('What is asked for beside a ticket; sent separated by commas (assumed).'),
  fullSyncSince: z.iso
    .datetime()
    .default('2000-01-01T00:00:00Z')
    .describe(
      'Tickets not changed since are left out of a full round. Always sent: without it lists reach back 30 days only.',
    ),
  overlapMs: z
    .int()
    .min(0)
    .default(300_000)
    .describe('How far an incremental round looks back before the newest change seen, in milliseconds.'),
  referenceEveryMs: z
    .int()
    .min(0)
    .default(3_600_000)
    .describe('How often incremental rounds look at agents, departments, tags and views again, in milliseconds.'),
  fetchNotes: z
    .boolean()
    .default(true)
    .describe('Notes cost one call per new or changed ticket; false leaves them out and saves those calls.'),
  probeGaps: z
    .boolean()
    .default(true)
    .describe('Look up ticket numbers missing from the list: recycled and merged tickets are (assumed) not listed.'),
  probesPerRound: z
    .int()
    .min(0)
    .default(500)
    .describe(
      'Most look-ups of missing numbers in a full round, newest first; incremental rounds go on, at most 50 each.',
    ),
  contactsPath: z
    .enum(['global/contacts', 'contact/contacts'])
    .default('global/contacts')
    .describe('Where contacts are listed: the vendor has two generations of this call.'),
  departmentsPath: z.string().default('global/departments').describe('Where departments are listed (assumed).'),
  channelNames: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Channel id (a GUID) → channel name such as Email or Telegram. What is missing is learned from messages.',
    ),
  channelAccountNames: z
    .record(z.string(), z.string())
    .default({})
    .describe('Channel account id → name to show; the vendor has no call that lists them.'),
  spanUnit: z
    .enum(['seconds', 'milliseconds', 'minutes'])
    .default('seconds')
    .describe('Unit of the vendor’s time spans; not documented, assumed seconds.'),
  noteFormat: z
    .enum(['text', 'auto'])
    .default('text')
    .describe('Notes carry no type: `text` takes them as plain text (assumed), `auto` as HTML when they look like it.'),
  agentId: z
    .string()
    .optional()
    .describe(
      'Agent in whose name is answered when nobody is named: messages need a sender. Left out: the agent with the sign-in e-mail.',
    ),
  newTicketChannelId: z
    .string()
    .optional()
    .describe('Channel of new tickets for which none is named; without it they are refused, since Comm100 needs one.'),
  nobodyId: z
    .string()
    .nullable()
    .default('00000000-0000-0000-0000-000000000000')
    .describe(
      'What is written to unassign a ticket: the zero GUID, as the vendor itself writes "nobody" (assumed), or null.',
    ),
  uploadPath: z
    .string()
    .nullable()
    .default('/api/v2/ticket/attachments')
    .describe(
      'Where files are uploaded before they are sent (documented for v2, assumed for v4); null: messages with files are refused.',
    ),
  leavesMarkers: z
    .boolean()
    .default(true)
    .describe(
      'Leave our ids with what we make, to recognise it: in `metadata.context` of messages and, where no original conversation is named, in `originalConversationId` of tickets (assumed to be kept).',
    ),
  webhookSecrets: z
    .array(secretSetting('A secret.').min(16))
    .default([])
    .describe(
      'What the address of our webhook ends in, made up by you: nobody else may guess it. Several while one replaces another; none: webhooks are off.',
    ),
  attachmentHosts: z
    .array(z.string())
    .default([])
    .describe('Hosts besides the interface’s own from which attachments may be loaded; no credentials are sent there.'),
})

export type Comm100Settings = z.infer<typeof comm100Settings>

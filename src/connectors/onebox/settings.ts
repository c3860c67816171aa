/** What a OneBox backend needs to be configured. Whatever is ASSUMED about the vendor is a setting here. */
import { z } from 'zod'
import { secretSetting } from '#connectors/secret-settings.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'
import { channelTypes, deliveryStatuses, wordsOf } from '#vocabulary.ts'

export const settingsShape = z.object({
  ...commonSettings,
  baseUrl: urlSetting('Where OneBox answers, e.g. `https://cloud.onebox.co.id`; without `/api`.'),
  email: z.string().min(1).describe('E-mail address of the user that deskgraph signs in as.'),
  password: secretSetting('Password of that user.'),
  siteId: z
    .union([z.string().min(1), z.int()])
    .transform(String)
    .describe('Number of the OneBox site.'),
  loginBody: z
    .enum(['json', 'form'])
    .default('json')
    .describe('How the credentials are sent to `/api/authenticate`; the reference does not say (assumed: json).'),
  zone: zoneSetting('UTC', 'Zone of the dates in answers and of `lastUpdate`; they carry none (inferred: UTC).'),
  quotaZone: zoneSetting('Asia/Jakarta', 'Zone of the hour at which a used-up quota opens again (assumed).'),
  pageSize: z.int().min(1).max(500).default(50).describe('Tickets asked for per page of a round.'),
  contactsPath: z
    .string()
    .nullable()
    .default('api/contactrz')
    .describe('Where contacts are listed and read (assumed; 404 is tolerated). Null: never asked for.'),
  newTicketCategory: z
    .string()
    .min(1)
    .default('Other')
    .describe('Category of a new ticket for which none is given; OneBox demands one.'),
  newTicketContent: z
    .enum(['text', 'html'])
    .default('text')
    .describe('What a new ticket is told: plain text or HTML; the reference does not say (assumed: text).'),
  overlapMs: z
    .int()
    .min(0)
    .default(300_000)
    .describe('How far a round of changes looks back before the start of the last one: differences between clocks.'),
  sweepPages: z
    .int()
    .min(0)
    .default(5)
    .describe(
      'Pages of 100 list rows each round of changes compares by ModifyDate to notice changes without a message; 0: none.',
    ),
  channelMap: z
    .record(z.string(), z.enum(wordsOf(channelTypes)))
    .default({})
    .describe('Overrides the built-in table of channels: MediaId → one of our channel types.'),
  deliveryStatusMap: z
    .record(z.string(), z.enum(wordsOf(deliveryStatuses)))
    .default({})
    .describe('What the states of messages (MSSn) mean, where you know it; the reference does not say.'),
  rateLimit: rateLimitSetting(
    { calls: 20, windowMs: 1000 },
    'by everybody who uses the same site (assumed; the vendor names none)',
  ),
})

export type Settings = z.infer<typeof settingsShape>

function zoneSetting(zone: string, description: string) {
  return z
    .string()
    .refine((name) => isZone(name), 'is not a zone such as Asia/Jakarta')
    .default(zone)
    .describe(description)
}

function isZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

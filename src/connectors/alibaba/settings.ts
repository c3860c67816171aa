/** What a backend at Alibaba Cloud needs to be configured. */
import { z } from 'zod'
import { secretSetting } from '#connectors/secret-settings.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'

const days = z.int().min(1).max(36_500)

export const settings = z.object({
  ...commonSettings,
  endpoint: urlSetting(
    'The interface of the Ticket System. Accounts of the international site normally use ' +
      'https://workorder.ap-southeast-1.aliyuncs.com, in Japan https://workorder.ap-northeast-1.aliyuncs.com.',
  ).default('https://workorder.aliyuncs.com'),
  accessKeyId: z.string().min(1).describe('AccessKey ID of a RAM user that may read and write tickets.'),
  accessKeySecret: secretSetting('AccessKey secret of that RAM user.'),
  securityToken: secretSetting('Security token, when the keys are temporary ones of STS.').optional(),
  uid: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Id of the account that owns the tickets, sent as Uid with each call; only callers who act for others need it.',
    ),
  categoryId: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What new tickets are about that name no category: the id of a category, or `Product / Category` by their names.',
    ),
  language: z
    .enum(['zh', 'en', 'jp'])
    .default('en')
    .describe('The language in which products and categories are named.'),
  sendsCreatorId: z
    .boolean()
    .default(true)
    .describe(
      'Whether a new ticket names its requester as CreatorId. That this is the id by which tickets show it is ASSUMED; switched off, tickets are filed by the account of the access key.',
    ),
  reopenText: z
    .string()
    .trim()
    .min(1)
    .default('Please look at this ticket again.')
    .describe('What is written into a ticket that is reopened: the vendor reopens none without a text.'),
  uploadContentType: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Content-Type of uploaded files, when the signature of the address counts on one. Left out: none is sent (ASSUMED).',
    ),
  createdSince: z.iso.date().default('2000-01-01').describe('A full round copies tickets created since this day.'),
  lookBackDays: days
    .optional()
    .describe(
      'Incremental rounds list unfinished tickets created in this many days; known older ones are asked for one by one. ' +
        'Left out: as far back as full rounds.',
    ),
  threadChecksPerRound: z
    .int()
    .min(1)
    .default(300)
    .describe(
      'How many threads of unfinished tickets, whose status is as it was, an incremental round reads at most. With more of ' +
        'them they take turns; the hundred that changed last are read in every round.',
    ),
  recheckClosedDays: days
    .default(7)
    .describe(
      'How long after its last message a closed ticket is looked at again for new messages; the 100 newest at most.',
    ),
  overlapMinutes: z
    .int()
    .min(0)
    .max(1440)
    .default(10)
    .describe("How far windows overlap, so that nothing falls between the vendor's clock and ours."),
  pageSize: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .describe('Tickets per page. The maximum is not documented; 100 is the one of the older interface (ASSUMED).'),
  statusFilter: z
    .enum(['names', 'numbers'])
    .default('names')
    .describe('How unfinished statuses are asked for: as names (2026 reference) or as numbers (older samples).'),
  attachmentHosts: z
    .array(z.string().min(1))
    .default(['*.aliyuncs.com'])
    .describe("Hosts attachments may be downloaded from, besides the endpoint's own; `*.` stands for any subdomain."),
  rateLimit: rateLimitSetting(
    { calls: 10, windowMs: 1000 },
    "for one access key at one endpoint; the vendor's figure is not public (ASSUMED)",
  ),
})

export type Settings = z.infer<typeof settings>

/** What a DeskHero backend needs. What the vendor's pages do not say is a setting with our assumption as default. */
import { z } from 'zod'
import { secretSetting } from '#connectors/secret-settings.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'
import { ticketPriorities, wordsOf } from '#vocabulary.ts'

const name = (text: string, meaning: string) => z.string().min(1).default(text).describe(meaning)

export const settings = z.object({
  ...commonSettings,
  /** The route `/api/{tenant}/v{version}/…` is SEEN, the host ASSUMED. */
  baseUrl: urlSetting('Where the API is, without `/api`; e.g. https://acme.deskhero.com. The host is assumed.'),
  tenant: z.string().min(2).describe("The tenant's short name, at least two characters; part of every path."),
  version: name('1', 'Version in the path, `/v1/`. Assumed.'),
  token: secretSetting('The token that proves who we are. How it is made is not documented.'),
  headerName: z
    .string()
    .regex(/^[\w-]+$/)
    .default('Authorization')
    .describe('Header the token goes into. Assumed.'),
  scheme: z.string().default('Bearer').describe('Word before the token; empty for the bare token. Assumed.'),
  paths: z
    .object({
      tickets: name('tickets', 'List of tickets.'),
      ticket: name('tickets/{id}', 'One ticket with its thread.'),
      users: name('users', 'List of users.'),
      list: name('lists/key/{key}', 'One list by its unique key.'),
      entries: name('list_entries/{id}/grouped', 'Entries of one list.'),
      newEntries: name('ticket_conversations/{id}', 'New entries of a ticket.'),
      convertType: name('ticket_conversations/convert_type', 'Another type for an entry.'),
      merge: name('tickets/merge', 'Merges tickets into one.'),
      deleteTicket: name('tickets/{id}', 'Removes one ticket. Assumed.'),
      files: name('attachments', 'Takes a file. Assumed.'),
    })
    .prefault({})
    .describe(
      'Paths below /api/{tenant}/v{version}/. `tickets` and `tickets/{id}` are assumed by the naming of the others.',
    ),
  ticketFields: z
    .object({
      subject: name('label', 'The subject.'),
      status: name('sys_status', 'The status, a reference.'),
      priority: name('sys_priority', 'The priority, a reference.'),
      category: name('sys_type', 'The type, a reference.'),
      assignee: name('assigned_to', 'The user it is assigned to, a reference.'),
      department: name('assigned_group', 'The group it is assigned to, a reference.'),
      requester: name('requester', 'Whose it is, a contact.'),
      tags: name('sys_tags', 'Its tags, a list of references.'),
    })
    .prefault({})
    .describe("Names of a ticket's properties, as they are written and read first. Assumed by those of the entries."),
  convertFields: z
    .object({
      entry: name('ticket_conversation_id', 'Which entry.'),
      type: name('type', 'Its new type.'),
    })
    .prefault({})
    .describe('Names of the fields of `convert_type`. Assumed.'),
  fileField: name('file', 'Name of the part that holds an uploaded file. Assumed.'),
  plainTextAs: z
    .enum(['html', 'data-uri'])
    .default('html')
    .describe(
      'How plain text is sent: as HTML, the only form documented, or as `data:text/plain;base64,…`. Both are read.',
    ),
  firstPage: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe(
      'Number of the first page. Assumed, and checked at the start of each full round by comparing pages 0 and 1.',
    ),
  pageSize: z
    .int()
    .min(1)
    .max(500)
    .default(50)
    .describe('Tickets asked for per page (`take`). The largest allowed is not known.'),
  sortKeys: z
    .object({
      created: name('id', 'A key whose order never changes: full rounds.'),
      changed: name('last_updated', 'The key of the last change: incremental rounds; also the field that is read.'),
    })
    .prefault({})
    .describe('Keys for `sort_by_key`. Assumed from the names of the fields.'),
  includeImported: z.boolean().default(true).describe('Also ask for imported tickets (`include_imported`).'),
  enumsAs: z
    .enum(['numbers', 'names'])
    .default('numbers')
    .describe('How enums are sent; both are understood when read.'),
  wrapperKeys: z
    .array(z.string())
    .min(1)
    .default(['data', 'items', 'result', 'entries'])
    .describe('Where an answer is inside its wrapper, in this order. Assumed; a bare answer is understood too.'),
  listKeys: z
    .object({
      statuses: name('sys_ticket_statuses', 'The list of statuses.'),
      priorities: name('sys_ticket_priorities', 'The list of priorities.'),
      types: name('sys_ticket_types', 'The list of types.'),
      tags: name('sys_tags', 'The list of tags.'),
    })
    .prefault({})
    .describe('Unique keys of the system lists. Assumed; a list that is refused is done without.'),
  labelLanguage: z.string().default('en').describe('Which text of a label in several languages is shown.'),
  priorityMap: z
    .record(z.string(), z.enum(wordsOf(ticketPriorities)))
    .default({})
    .describe("The vendor's id or label of a priority → one of ours; before the built-in table by label."),
  zone: name('UTC', 'Time zone of times that come without one. Assumed.'),
  missingTicketStatuses: z
    .array(z.int())
    .default([400, 404, 410])
    .describe(
      'Answers to a look-up of one ticket that mean it is gone, when the list of tickets still answers. Assumed: only 200, 400 and 403 are documented.',
    ),
  overlapMs: z
    .int()
    .min(0)
    .default(60_000)
    .describe('How far an incremental round reaches back before the newest change seen, in milliseconds.'),
  parallelCalls: z.int().min(1).max(32).default(8).describe('Tickets fetched at the same time.'),
  ticketUrl: z
    .string()
    .nullable()
    .default(null)
    .describe('Address of a ticket for people, with `{id}`; none when left out.'),
  attachmentOrigins: z
    .array(z.url())
    .default([])
    .describe('Further origins that files may be fetched from, e.g. https://files.example.com; never with the token.'),
  rateLimit: rateLimitSetting(
    { calls: 20, windowMs: 1_000 },
    'shared by everything that uses the tenant (the real limit is not known)',
  ),
})

export type Settings = z.infer<typeof settings>

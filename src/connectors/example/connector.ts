/**
 * The connector to copy. It speaks to a vendor that does not exist and is never registered; the tests keep it right. Read
 * `types.ts`, `map.ts`, `writing.ts`, `operations.ts`, then this file. A real one also has a `sandbox.ts`: a server that speaks the same wire.
 */
import { z } from 'zod'
import {
  type Ability,
  type Connector,
  type Cursor,
  type Host,
  type Page,
  type Records,
  records,
  type Session,
} from '#connectors/contract.ts'
import { budgetFor, type Http, openHttp } from '#connectors/http.ts'
import { intOf, listOf, mapEach, objectOf, takeNotes } from '#connectors/reading.ts'
import { commonSettings, rateLimitSetting, urlSetting } from '#connectors/settings.ts'
import { GoneError } from '#errors.ts'
import { capabilities, wordsOf } from '#vocabulary.ts'
import { caseFrom, type MappedCase } from './map.ts'
import { operationsOf } from './operations.ts'
import { writing } from './writing.ts'

// 3. Settings: what an operator writes into the configuration. The descriptions are the documentation.
const settingsSchema = z.strictObject({
  ...commonSettings,
  baseUrl: urlSetting('Origin of the help desk, e.g. https://desk.example.com.'),
  token: z.string().min(1).describe('Access token of a user who sees everything.'),
  rateLimit: rateLimitSetting({ calls: 60, windowMs: 60_000 }, 'per token'),
})
type Settings = z.output<typeof settingsSchema>

// 6. What it can do. A table, complete by its type: the compiler asks for every capability.
const emulated: Ability = { level: 'EMULATED', note: 'Kept in our store only.' }
const reading: Ability = { level: 'NATIVE' }

export const example: Connector<Settings> = {
  key: 'example',
  name: 'Example',
  settings: settingsSchema,
  capabilities: {
    ...(Object.fromEntries(wordsOf(capabilities).map((name) => [name, emulated])) as Connector['capabilities']),
    TICKET_LIST: reading,
    TICKET_GET: reading,
    MESSAGE_LIST: reading,
    MESSAGE_SEND: { level: 'NATIVE' },
    TICKET_UPDATE: { level: 'NATIVE', note: 'The state only.' },
  },
  writing,
  connect,
}

// 7. The session: everything that outlives one call (tokens, for vendors that hand them out) is in this closure.
function connect(settings: Settings, host: Host): Session {
  const http = openHttp({
    baseUrl: settings.baseUrl,
    log: host.log,
    timeoutMs: settings.timeoutMs,
    budget: budgetFor(`example ${settings.token}`, settings.rateLimit),
    authorize: () => ({ authorization: `Token ${settings.token}` }),
  })
  return {
    check: async () => void (await http.send({ method: 'GET', path: 'cases?limit=1', isRead: true })),
    pull: (cursor) => pull(http, settings, host, cursor),
    ticket: (externalId) => ticket(http, settings, externalId),
    operations: operationsOf(http),
  }
}

// 8. A round. The cursor says where it is; null begins a full one. `since` of the next round is taken before this one
//    starts, less an overlap, so that whatever changes meanwhile is seen again rather than missed.
const pageSize = 50
const overlapSeconds = 60

async function pull(http: Http, settings: Settings, host: Host, cursor: Cursor | null): Promise<Page> {
  const since = intOf(cursor?.since) ?? 0
  const offset = intOf(cursor?.offset) ?? 0
  const next = intOf(cursor?.next) ?? Math.floor(host.now().getTime() / 1000) - overlapSeconds
  const answer = await http.send({
    method: 'GET',
    path: `cases?changed_since=${since}&offset=${offset}&limit=${pageSize}`,
    isRead: true,
  })
  const list = objectOf(answer.json())
  const items = listOf(list?.cases)
  // An empty page ends the round: totals of a list that changes meanwhile cannot be trusted.
  const hasMore = items.length > 0
  return {
    records: recordsFrom(items, settings),
    cursor: hasMore ? { since, next, offset: offset + items.length } : { since: next },
    hasMore,
    progress: { done: offset + items.length, total: intOf(list?.total) },
  }
}

async function ticket(http: Http, settings: Settings, externalId: string): Promise<Records | null> {
  try {
    const answer = await http.send({ method: 'GET', path: `cases/${encodeURIComponent(externalId)}`, isRead: true })
    return recordsFrom([answer.json()], settings)
  } catch (error) {
    if (error instanceof GoneError) return null
    throw error
  }
}

function recordsFrom(items: Parameters<typeof caseFrom>[0][], settings: Settings): Records {
  const notes = takeNotes()
  const mapped = mapEach(
    items,
    { subject: 'ticket', notes },
    (item): MappedCase => caseFrom(item, settings.statusMap, notes),
  )
  return records({
    tickets: mapped.map(({ ticket: found }) => found),
    contacts: mapped.flatMap(({ contact }) => contact ?? []),
    misfits: notes.misfits,
  })
}

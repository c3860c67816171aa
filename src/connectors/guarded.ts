/**
 * The border between vendors and us. What comes over it holds no secrets: nothing named like one in whatever is kept of a
 * vendor's own objects, no link that opens something to whoever has it, none of this backend's own credentials, be it in a
 * record, in a failure's words or in a line of the log. Settings of any shape go in and are checked on the way.
 */
import {
  type Conceal,
  concealIn,
  concealing,
  jsonWithoutSecrets,
  linkWithoutSecrets,
  textWithoutSecrets,
} from '#secrets.ts'
import type { Connector, HostLog, Page, Records, Session } from './contract.ts'
import type { Operations } from './operations.ts'
import { secretsIn } from './secret-settings.ts'

/** The same connector for callers that know no vendor. */
export function guarded<Settings>(connector: Connector<Settings>): Connector {
  const { settings: shape, readWebhook } = connector
  return {
    ...connector,
    connect(given, host) {
      const settings = shape.parse(given)
      const conceal = concealing(secretsIn(shape, settings).map(({ value }) => value))
      return guardedSession(connector.connect(settings, { ...host, log: guardedLog(host.log, conceal) }), conceal)
    },
    ...(readWebhook && { readWebhook: (settings, call) => readWebhook(shape.parse(settings), call) }),
  }
}

function guardedSession(session: Session, conceal: Conceal): Session {
  const failing = failuresConcealed(conceal)
  const { openAttachment, detectLanguage, previewTranslation } = session
  return {
    check: failing(session.check),
    pull: failing(async (cursor) => {
      const page: Page = await session.pull(cursor)
      return { ...page, records: recordsWithoutSecrets(page.records, conceal) }
    }),
    ticket: failing(async (externalId) => {
      const found = await session.ticket(externalId)
      return found && recordsWithoutSecrets(found, conceal)
    }),
    ...(openAttachment && { openAttachment: failing(openAttachment) }),
    ...(detectLanguage && { detectLanguage: failing(detectLanguage) }),
    ...(previewTranslation && { previewTranslation: failing(previewTranslation) }),
    operations: Object.fromEntries(
      Object.entries(session.operations).map(([name, carryOut]) => [name, failing(carryOut as never)]),
    ) as Operations,
  }
}

function failuresConcealed(conceal: Conceal) {
  return <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      try {
        return await work(...given)
      } catch (error) {
        concealIn(error, conceal)
        throw error
      }
    }
}

function guardedLog(log: HostLog, conceal: Conceal): HostLog {
  const line = (level: keyof HostLog) => (fields: object, message: string) => {
    for (const value of Object.values(fields)) concealIn(value, conceal)
    log[level](jsonWithoutSecrets(fields, conceal), conceal(message))
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

// ------------------------------------------------------------------ records

/** The vendor's own JSON in our records. What people wrote is not among it: bodies stay to the letter. */
const OF_VENDOR = new Set(['raw', 'additionalAttributes', 'contentAttributes', 'metadata', 'detail', 'condition'])
const LINKS = new Set(['url', 'avatarUrl', 'vendorUrl'])

/** What holds no secret is not copied. */
function recordsWithoutSecrets(records: Records, conceal: Conceal): Records {
  const misfits = records.misfits.map((misfit) => ({
    ...misfit,
    problem: conceal(textWithoutSecrets(misfit.problem)),
    raw: jsonWithoutSecrets(misfit.raw, conceal, misfit.field ?? ''),
  }))
  return { ...recordWithoutSecrets({ ...records, misfits: [] }, conceal), misfits }
}

function recordWithoutSecrets<Value>(value: Value, conceal: Conceal): Value {
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (const [index, item] of value.entries()) {
      const clean = recordWithoutSecrets(item, conceal)
      if (clean === item) continue
      copy ??= [...value]
      copy[index] = clean
    }
    return (copy ?? value) as Value
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const object = value as Record<string, unknown>
  let copy: Record<string, unknown> | null = null
  for (const name of Object.keys(object)) {
    const item = object[name]
    if (item === null || (typeof item !== 'object' && !LINKS.has(name))) continue
    const clean = fieldWithoutSecrets(name, item, conceal)
    if (clean === item) continue
    copy ??= { ...object }
    copy[name] = clean
  }
  return (copy ?? value) as Value
}

function fieldWithoutSecrets(name: string, item: unknown, conceal: Conceal): unknown {
  if (name === 'body') return item
  if (OF_VENDOR.has(name)) return jsonWithoutSecrets(item, conceal, name)
  return typeof item === 'string' ? linkWithoutSecrets(item) : recordWithoutSecrets(item, conceal)
}

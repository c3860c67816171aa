/**
 * Stores what a connector brought: one page, one transaction. The same page again changes nothing, an older answer never
 * overwrites a newer one, and one bad record never blocks the others.
 */
import { DrizzleQueryError, sql } from 'drizzle-orm'
import { type Misfit, type Records, records as recordsOf } from '#connectors/contract.ts'
import { adoptOwnMessages } from '#domain/deliveries/adoption.ts'
import { type BodyColumns, bodiesOf, cleanTranslations } from '#domain/messages/bodies.ts'
import { sortInWords } from '#domain/messages/words.ts'
import type { Db } from '#platform/db/client.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import { type Gathered, gather } from './gather.ts'
import { messageHash } from './message-hash.ts'
import { storeMisfits } from './misfits.ts'
import type { ChangedMessage } from './plan-page.ts'
import { knownMessages } from './reading-rows.ts'
import { newReferenceCache, type ReferenceCache, type References, resolveReferences } from './references.ts'
import { partsOf } from './split.ts'
import { tame } from './tame.ts'
import { type PageCounts, writePage } from './write-page.ts'

export type StoreInput = {
  db: Db
  backend: { workspaceId: string; id: string; vendor: string }
  records: Records
  /** When the vendor was asked: of two answers with equal times the later one counts. */
  fetchedAt: Date
  cleaner: HtmlCleaner
  /** Rows already read in this run; without it each page reads its own. */
  cache?: ReferenceCache
  /** The number of the full round under way, else null. */
  fullRound?: number | null
  /** False during the very first copy. */
  withChanges?: boolean
  /**
   * Runs last in every transaction: guards the lease, and with the page's last (mostly only) one notes the cursor. Its
   * failure is the page's. Last, so that the row it locks is locked for a moment only.
   */
  conclude?: (tx: Db, isLast: boolean) => Promise<void>
}

export type Stored = PageCounts & {
  /** What was set aside or changed on the way. */
  misfits: Misfit[]
}

export async function storePage(input: StoreInput): Promise<Stored> {
  const cache = input.cache ?? newReferenceCache()
  const misfits: Misfit[] = []
  const page = { ...input, cache, records: tame(input.records, misfits, []) }
  const found = [...page.records.misfits, ...misfits]
  try {
    return await storeWhole(page, found)
  } catch (error) {
    if (!isAboutData(error)) throw error
  }
  // Somebody else may have made the same person or tag meanwhile: what is there is read again.
  forget(cache)
  try {
    return await storeWhole(page, found)
  } catch (error) {
    if (!isAboutData(error)) throw error
  }
  return storeInParts({ ...page, cache: newReferenceCache() }, found)
}

async function storeWhole(input: StoreInput & { cache: ReferenceCache }, found: Misfit[]): Promise<Stored> {
  const { db, backend, records, fetchedAt, cleaner, cache, fullRound = null, withChanges = true, conclude } = input
  const misfits = [...found]
  const gathered = gather(records)
  await adoptOwnMessages(db, backend, records, cleaner)
  const references = await resolveReferences({ db, backend, records, gathered, cache, fetchedAt })
  const known = await knownMessages(db, backend, messageKeysIn(gathered))
  const changedMessages = await changedMessagesIn(gathered, { known, references, cleaner, misfits })
  const draftBodies = await draftBodiesIn(gathered, { cleaner, misfits })
  const context = { workspaceId: backend.workspaceId, backendId: backend.id, references, fetchedAt, misfits }
  const counts = await db.transaction(async (tx) => {
    // A crash of Postgres may take the last pages with it, rows and cursor together: they are copied again.
    await tx.execute(sql`set local synchronous_commit to off`)
    await references.write(tx)
    const written = await writePage(tx, {
      ...{ backend, gathered, context, changedMessages, knownMessages: known, draftBodies, fullRound, withChanges },
    })
    await storeMisfits(tx, backend, misfits)
    await conclude?.(tx, true)
    return written
  })
  references.remember()
  if (counts.newMessages + counts.changedMessages > 0) await sortInWords(db)
  return { ...counts, misfits }
}

/** Piece by piece, each in a transaction of its own; the cursor moves on with the last one. */
async function storeInParts(input: StoreInput & { cache: ReferenceCache }, found: Misfit[]): Promise<Stored> {
  const { conclude } = input
  const rest = { ...input, conclude: conclude && ((tx: Db) => conclude(tx, false)) }
  const total: Stored = { newTickets: 0, changedTickets: 0, newMessages: 0, changedMessages: 0, misfits: [] }
  const parked: Misfit[] = []
  for (const part of partsOf(input.records)) {
    try {
      add(await storeWhole({ ...rest, records: part.records }, []))
    } catch (error) {
      if (!isAboutData(error)) throw error
      forget(input.cache)
      if (!part.pieces) parked.push(part.parkedAs(reasonOf(error)))
      for (const piece of part.pieces ?? []) {
        try {
          add(await storeWhole({ ...rest, records: piece.records }, []))
        } catch (failure) {
          if (!isAboutData(failure)) throw failure
          forget(input.cache)
          parked.push(piece.parkedAs(reasonOf(failure)))
          if (piece.isBase) break
        }
      }
    }
  }
  const last = await storeWhole({ ...input, records: recordsOf() }, [...found, ...parked])
  add(last)
  return total

  function add({ misfits, ...counts }: Stored) {
    total.misfits.push(...misfits)
    for (const name of Object.keys(counts) as (keyof PageCounts)[]) total[name] += counts[name]
  }
}

// ------------------------------------------------------------------ before the transaction

function messageKeysIn({ tickets, messages }: Gathered): string[] {
  const mentioned = [...tickets.values()].flatMap(({ mentions = [] }) =>
    mentions.map((mention) => mention.messageExternalId),
  )
  return [...new Set([...messages.keys(), ...mentioned])]
}

type Making = { cleaner: HtmlCleaner; misfits: Misfit[] }

async function changedMessagesIn(
  { messages }: Gathered,
  {
    known,
    references,
    ...making
  }: Making & { known: Awaited<ReturnType<typeof knownMessages>>; references: References },
): Promise<ChangedMessage[]> {
  const changed = [...messages.values()].flatMap((item) => {
    const { channelExternalId: channel, channelAccountExternalId: account } = item.record
    const place = [
      item.conversationKey,
      channel && references.channelId(channel),
      account && references.accountId(account),
    ]
    const before = known.get(item.record.externalId) ?? null
    const hash = messageHash(item.record, place, before?.contentHash)
    return before?.contentHash === hash ? [] : [{ ...item, hash, known: before }]
  })
  const bodies = await bodiesOf(
    changed.map(({ record: { body, externalId } }) => ({ body, externalId, subject: 'message' })),
    making,
  )
  const translated = changed.filter(({ record }) => record.translation?.html)
  const cleaned = await cleanTranslations(
    translated.map(({ record }) => record.translation?.html as string),
    making.cleaner,
  )
  const translations = new Map(translated.map((item, index) => [item, cleaned[index] ?? null]))
  return changed.map((item, index) => ({
    ...item,
    body: bodies[index] as BodyColumns,
    translation: translations.get(item) ?? null,
  }))
}

async function draftBodiesIn({ tickets }: Gathered, making: Making): Promise<Map<string, BodyColumns>> {
  const drafts = [...tickets.values()].flatMap((ticket) => ticket.drafts ?? [])
  const bodies = await bodiesOf(
    drafts.map(({ body, externalId }) => ({ body, externalId, subject: 'draft' })),
    making,
  )
  return new Map(drafts.map((draft, index) => [draft.externalId, bodies[index] as BodyColumns]))
}

// ------------------------------------------------------------------ failures

/** SQLSTATE classes: bad values, broken constraints, over a limit of Postgres. Or a record of another shape than promised. */
function isAboutData(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true
  const code = error instanceof DrizzleQueryError ? (error.cause as { code?: string } | undefined)?.code : undefined
  return /^(22|23|54)/.test(code ?? '')
}

function reasonOf(error: unknown): string {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

function forget(cache: ReferenceCache) {
  for (const rows of Object.values(cache)) rows.clear()
}

/** In which language the customer of a ticket writes. */
import { and, desc, eq, sql } from 'drizzle-orm'
import { backendOf } from '#domain/backends/loaders.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { messages } from '#domain/messages/table.ts'
import type { TicketRow } from '#domain/tickets/loaders.ts'
import { RefusedError } from '#errors.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { DETECTOR_NAME } from '#platform/language/detector.ts'
import { localeFrom } from '#translators/locales.ts'

export type Detection = { locale: string | null; confidence: number | null; provider: string }

/** Below, what the library thinks is not written into a ticket. */
export const SURE_ENOUGH = 0.5

export async function detected(context: GraphContext, text: string): Promise<Detection> {
  return { ...(await context.languages.detect(text)), provider: DETECTOR_NAME }
}

/**
 * By the help desk where it can, else, and where it does not know, by what the customer wrote last.
 * @throws VendorError when the help desk fails.
 */
export async function detectedOfTicket(context: GraphContext, ticket: TicketRow): Promise<Detection> {
  return (await saidByDesk(context, ticket)) ?? detected(context, await saidByCustomer(context, ticket))
}

async function saidByDesk(context: GraphContext, ticket: TicketRow): Promise<Detection | null> {
  const backend = await backendOf(context, ticket)
  const { key, capabilities } = vendorOf(backend)
  const isThere = capabilities.LANGUAGE_DETECTION.level === 'NATIVE' && isVendorId(ticket.externalId)
  const desk = isThere ? context.languages.deskOf(backend.id) : null
  try {
    const locale = localeFrom(await desk?.detectLanguage?.(ticket.externalId))
    return locale === null ? null : { locale, confidence: null, provider: key }
  } catch (error) {
    if (error instanceof RefusedError) return null
    throw error
  }
}

const LAST_MESSAGES = 5

/** Newest first, since the library reads the beginning only; the subject where nothing else is there. */
async function saidByCustomer({ db, workspaceId }: LoadContext, { id, subject }: TicketRow): Promise<string> {
  const rows = await db
    .select({ text: sql<string>`left(${messages.bodyText}, 2000)` })
    .from(messages)
    .where(
      and(
        eq(messages.workspaceId, workspaceId),
        eq(messages.ticketId, id),
        sql`${messages.direction} = 'INBOUND' and not ${messages.isInternal} and not ${messages.isDeleted} and ${messages.bodyText} <> ''`,
      ),
    )
    .orderBy(desc(messages.at), desc(messages.sequence), desc(messages.id))
    .limit(LAST_MESSAGES)
  return rows.length > 0 ? rows.map(({ text }) => text).join('\n') : (subject ?? '')
}

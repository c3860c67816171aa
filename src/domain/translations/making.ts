/** A translation of what a message says now. */
import { and, eq } from 'drizzle-orm'
import { type BackendRow, backendOf } from '#domain/backends/loaders.ts'
import { isVendorId } from '#domain/deliveries/external-ids.ts'
import { cleanTranslations } from '#domain/messages/bodies.ts'
import { messages } from '#domain/messages/table.ts'
import type { LoadContext } from '#platform/db/loader.ts'
import { upsertInto } from '#platform/db/upsert.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import { bodyHash } from './loaders.ts'
import type { SeenMessage } from './seen.ts'
import { messageTranslations } from './table.ts'
import { translate } from './translating.ts'

export type NewTranslation = Omit<typeof messageTranslations.$inferSelect, 'workspaceId' | 'messageId' | 'createdAt'>

const underWay = new Map<string, Promise<NewTranslation>>()

/** Whoever asks for the same while it is being made waits for the same answer. @throws TranslationError */
export async function translationFor(context: GraphContext, seen: SeenMessage, to: string): Promise<NewTranslation> {
  const body = await bodyOf(context, seen.message.id)
  const key = [context.workspaceId, seen.message.id, to, body.bodyHash].join(' ')
  const known = underWay.get(key)
  if (known) return known
  const making = made(context, { ...seen, backend: await backendOf(context, seen.message) }, { body, to })
  underWay.set(key, making)
  return making.finally(() => underWay.delete(key))
}

type Body = { text: string; html: string | null; bodyHash: string }

async function bodyOf({ db, workspaceId }: LoadContext, messageId: string): Promise<Body> {
  const [row] = await db
    .select({ text: messages.bodyText, html: messages.bodyHtmlClean, bodyHash })
    .from(messages)
    .where(and(eq(messages.workspaceId, workspaceId), eq(messages.id, messageId)))
  return row ?? { text: '', html: null, bodyHash: '' }
}

async function made(
  context: GraphContext,
  { message, ticket, backend }: SeenMessage & { backend: BackendRow },
  { body, to }: { body: Body; to: string },
): Promise<NewTranslation> {
  const likely = { INBOUND: ticket.contactLanguage, OUTBOUND: ticket.agentLanguage } as Record<string, string | null>
  // Where threads were merged the message may be of another help desk than the ticket.
  const isThere = isVendorId(ticket.externalId) && ticket.backendId === backend.id
  const { text, isHtml, ...rest } = await translate(context, {
    ...{ text: body.text, html: body.html, from: null, likelyFrom: likely[message.direction] ?? null, to },
    ...{ backend, ticketExternalId: isThere ? ticket.externalId : null },
  })
  const [cleaned] = isHtml ? await cleanTranslations([text], context.cleaner) : []
  return {
    ...{ locale: to, sourceLocale: rest.from, provider: rest.provider, isFromBackend: rest.isFromBackend },
    ...{ text: cleaned?.text ?? text, html: cleaned?.html ?? null, bodyHash: body.bodyHash },
  }
}

/** One per message and language; says 0 where that very translation was there already. */
export const upsertTranslations = upsertInto(messageTranslations, {
  key: ['workspaceId', 'messageId', 'locale'],
  where: `(old.text, old.html, old.provider, old.body_hash) is distinct from
    (excluded.text, excluded.html, excluded.provider, excluded.body_hash)`,
})

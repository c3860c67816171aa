import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { MessageRow } from '#domain/messages/loaders.ts'
import { messages } from '#domain/messages/table.ts'
import { preparedPerDb } from '#platform/db/kept.ts'
import { grouped, type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { closestTo, likenessOf } from '#translators/locales.ts'
import { messageTranslations } from './table.ts'

export type Translation = {
  /** Null: the help desk does not say. */
  locale: string | null
  sourceLocale: string | null
  text: string
  html: string | null
  provider: string
  isFromBackend: boolean
  createdAt: Date | string
}

/** Changes with the body. Computed where the body lies, so that no list has to read bodies. */
export const bodyHash = sql<string>`md5(concat(length(${messages.bodyText}), ' ', ${messages.bodyText}, ${messages.bodyHtml}))`

const {
  workspaceId: _workspace,
  messageId: _message,
  bodyHash: _hash,
  ...columns
} = getTableColumns(messageTranslations)

const selectCurrent = preparedPerDb((db) =>
  db
    .select({ ...columns, parentKey: messageTranslations.messageId })
    .from(messageTranslations)
    .innerJoin(
      messages,
      and(eq(messages.workspaceId, messageTranslations.workspaceId), eq(messages.id, messageTranslations.messageId)),
    )
    .where(
      and(
        eq(messageTranslations.workspaceId, sql.placeholder('workspaceId')),
        sql`${messageTranslations.messageId} = any(${sql.placeholder('ids')})`,
        eq(messageTranslations.bodyHash, bodyHash),
      ),
    )
    .orderBy(asc(messageTranslations.createdAt), asc(messageTranslations.locale))
    .prepare('current_translations'),
)
const currentByMessage = loaderPerRequest<string, Translation[]>(async ({ db, workspaceId }, ids) =>
  grouped(ids, await selectCurrent(db).execute({ workspaceId, ids })),
)

/** The one in this language, be it of another region; of several the closest. Without a language the newest. */
export async function translationOf(
  context: LoadContext,
  message: Pick<MessageRow, 'id' | 'translations'>,
  to: string | null,
): Promise<Translation | null> {
  const made = await currentByMessage(context).load(message.id)
  const sent = message.translations.map((own): Translation => ({ ...own, sourceLocale: null }))
  const all = [...made.toReversed(), ...sent]
  if (to === null) return all[0] ?? null
  const named = all.filter(({ locale }) => locale !== null)
  return closestTo(to, named, ({ locale }) => locale ?? '') ?? all.find(({ locale }) => locale === null) ?? null
}

/**
 * Whether a translation is what somebody who asks for this language wants, so that none has to be made. `isFrugal`: also
 * as written in another region, of which some languages have a hundred.
 */
export function serves({ locale }: Translation, to: string, { isFrugal }: { isFrugal: boolean }): boolean {
  return locale !== null && likenessOf(locale, to) >= (isFrugal ? 2 : 3)
}

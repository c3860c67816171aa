/** What a process that tells webhooks works with. */
import { sql } from 'drizzle-orm'
import type { GraphQLSchema } from 'graphql'
import type { RightsOf, WholeWebhook } from '#domain/webhooks/saver.ts'
import type { Db } from '#platform/db/client.ts'
import type { DbOf } from '#platform/db/wall.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Waker } from '#platform/jobs/waker.ts'
import type { Languages } from '#platform/language/languages.ts'
import type { DocumentLimits } from '#platform/limits/limits.ts'
import { deaf } from '#platform/live/wakes.ts'
import type { Log } from '#platform/log.ts'
import type { HtmlCleaner } from '#platform/richtext/clean-html.ts'
import type { SecretKeys } from '#platform/sealed.ts'
import type { WebhookProblemKind } from '#vocabulary.ts'

export type Calling = {
  /** The owner's view, of all workspaces. */
  db: Db
  /** On which queries of webhooks run: as requests do. */
  dbOf: DbOf
  log: Log
  cleaner: HtmlCleaner
  /** Whose webhooks are told. */
  workspaceIds: readonly string[]
  rightsOf: RightsOf
  secretKeys: SecretKeys
  localAddresses: boolean
  limits: DocumentLimits
  /** Made when it is first needed: most installations have no webhooks. */
  schemaOf(): Promise<GraphQLSchema>
  waker: Waker
}

/** What resolvers get, as if whoever saved the webhook asked. */
export function contextOf(calling: Calling, viewer: Viewer, requestId: string): GraphContext {
  const { dbOf, cleaner, secretKeys, localAddresses, limits, log } = calling
  const { workspaceId } = viewer
  return {
    ...{ db: dbOf(workspaceId), workspaceId, viewer, requestId, clientAddress: null, origin: '', now: new Date() },
    ...{ downloadKey: null, uploads: null, cleaner, languages: noLanguages, log },
    live: { on: deaf.on, ending: new AbortController().signal, log },
    webhooks: { secretKeys, localAddresses, limits, admit() {} },
  }
}

/** Fields that need some are refused when a webhook is saved. */
const noLanguages: Languages = {
  detect: () => Promise.reject(new Error('a webhook asked for a language')),
  translator: null,
  deskOf: () => null,
}

/** It is told nothing more until somebody saves it, and says why. */
export async function stopWebhook(
  db: Db,
  { workspaceId, id }: Pick<WholeWebhook, 'workspaceId' | 'id'>,
  problem: WebhookProblemKind,
): Promise<void> {
  await db.execute(sql`
    update webhooks set is_enabled = false, problem = ${problem}, problem_at = now()
    where workspace_id = ${workspaceId} and id = ${id} and is_enabled`)
}

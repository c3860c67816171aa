/** Measures the way in: from five sandboxes by the real sync into Postgres, beside a bare `COPY` of the same rows. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandboxProcess } from '#connectors/sandbox/process.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import type { EmbeddedPostgres } from '#platform/db/embedded.ts'
import { openLog } from '#platform/log.ts'
import { freshDatabase } from '../data/database.ts'
import { type BareCopy, bareCopy } from './bare-copy.ts'
import { writeConversations } from './conversations.ts'
import type { Copied } from './sync-child.ts'

export type SyncResult = { source: string; copied: Copied; bare: BareCopy; rowCount: number; messageCount: number }

export type SyncOptions = {
  postgres: EmbeddedPostgres
  /** Where a file of made-up conversations may lie. */
  folder: string
  /** A file of conversations; null: `conversationCount` made-up ones. */
  data: string | null
  conversationCount: number
}

export async function syncBench({ postgres, folder, data, conversationCount }: SyncOptions): Promise<SyncResult> {
  const file = data ?? join(folder, `conversations-${conversationCount}.jsonl`)
  if (data === null) writeConversations(file, conversationCount)
  const connectionString = await freshDatabase(postgres, 'synced')
  const sandboxes = await startSandboxProcess({ data: file, log: openLog({ level: 'warn' }) })
  const copied = await copyAll(sandboxes.backends, connectionString).finally(() => sandboxes.close())
  const bare = await bareCopy(postgres, connectionString)
  const rowCount = Object.values(bare.rowsByTable).reduce((sum, count) => sum + count, 0)
  return {
    source: data ?? `${conversationCount} made-up conversations`,
    copied,
    bare,
    rowCount,
    messageCount: bare.rowsByTable.messages ?? 0,
  }
}

async function copyAll(backends: SandboxBackend[], connectionString: string): Promise<Copied> {
  const child = fork(
    fileURLToPath(new URL('./sync-child.ts', import.meta.url)),
    [JSON.stringify(backends), connectionString],
    {
      execArgv: [],
      env: { ...process.env, NODE_ENV: 'production' },
      stdio: ['ignore', 2, 2, 'ipc'],
    },
  )
  const ended = once(child, 'exit')
  const [copied] = await Promise.race([
    once(child, 'message'),
    ended.then(([code, signal]) => {
      throw new Error(`the copy ended with ${signal ?? `code ${code}`}, see above`)
    }),
  ])
  await ended
  return copied as Copied
}

/** A session on a OneBox over real HTTP: the sandbox, and in front of it whatever a test wants answered differently. */
import { onTestFinished } from 'vitest'
import type { Cursor, Page, Records, Session } from '#connectors/contract.ts'
import { records } from '#connectors/contract.ts'
import { onebox } from '#connectors/onebox/connector.ts'
import { oneboxSandbox } from '#connectors/onebox/sandbox.ts'
import { emptyDesk } from '#connectors/sandbox/build.ts'
import type { Desk } from '#connectors/sandbox/desk.ts'
import type { Sandbox, SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { type ServeOptions, serveSandbox } from '#connectors/sandbox/server.ts'

export type Override = (request: SandboxRequest) => SandboxAnswer | undefined
type Options = ServeOptions & { desk?: Desk; override?: Override; settings?: object; now?: () => Date }

export async function openOnebox({
  desk = emptyDesk(),
  override,
  settings = {},
  now = () => new Date(),
  ...serve
}: Options = {}) {
  /** Every call, e.g. `GET /api/ticketrz`, with its query and body. */
  const calls: { name: string; query: URLSearchParams; body: string; headers: Record<string, string> }[] = []
  const watched: Sandbox = {
    ...oneboxSandbox,
    open(shared, options) {
      const opened = oneboxSandbox.open(shared, options)
      return {
        ...opened,
        handle(host, request) {
          const { method, path, query, body, headers } = request
          calls.push({ name: `${method} ${path}`, query, body: body.toString('utf8'), headers })
          return override?.(request) ?? opened.handle(host, request)
        },
      }
    },
  }
  const served = await serveSandbox(watched, desk, serve)
  onTestFinished(() => served.close())
  const logged: unknown[] = []
  const line = (...given: unknown[]) => void logged.push(given)
  const host = { log: { debug: line, info: line, warn: line, error: line }, now }
  const all = onebox.settings.parse({ ...served.settings, ...settings })
  const connect = () => onebox.connect(all, host)
  const count = (name: string) => calls.filter((call) => call.name === name).length
  return {
    desk,
    served,
    calls,
    count,
    logged,
    session: connect(),
    connect,
    settings: all,
    base: served.origins.api as string,
  }
}

/** A whole round, as one. */
export async function round(
  session: Session,
  from: Cursor | null = null,
): Promise<{ records: Records; cursor: Cursor; pages: Page[] }> {
  const pages: Page[] = []
  for (let cursor = from; ; ) {
    const page = await session.pull(cursor)
    pages.push(page)
    // The cursor is kept as JSON between pages.
    cursor = JSON.parse(JSON.stringify(page.cursor)) as Cursor
    if (!page.hasMore) return { records: joined(pages), cursor, pages }
    if (pages.length > 500) throw new Error('the round does not end')
  }
}

function joined(pages: Page[]): Records {
  const all = records()
  for (const page of pages)
    for (const key of Object.keys(all) as (keyof Records)[]) (all[key] as unknown[]).push(...page.records[key])
  return all
}

export function messagesOf({ tickets }: Records) {
  return tickets.flatMap(({ conversations }) => conversations).flatMap(({ messages }) => messages)
}

export function json(body: unknown, status = 200): SandboxAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/**
 * Bodies made safe and readable, off the event loop: parsers of HTML can be kept busy for seconds by a few kilobytes
 * (sanitize-html 3.9 s for 100,000 nested tags). A thread that spends too long on one item, or dies, is replaced, and that
 * item is shown as text.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Piscina } from 'piscina'
import { textOfEditorjs } from './editorjs.ts'
import { htmlOfText, roughTextOf } from './plain-text.ts'
import { POLICY_VERSION } from './policy-version.ts'
import type { Batch, CleanItem, Item } from './worker.ts'

export type { Item } from './worker.ts'
/** `cleanedBy`: the policy's version; 0 where it could not be parsed in time, so that its text is shown (`isFallback`). */
export type Cleaned = CleanItem & { cleanedBy: number; isFallback: boolean }

export type HtmlCleaner = {
  /** In the order given. Never rejects because of what an item contains; rejects once closed. */
  clean(items: Item[]): Promise<Cleaned[]>
  /** How many items were shown as text because they were too big or too slow. */
  fallbackCount(): number
  close(): Promise<void>
}

/** Of the time that a thread works; waiting for one does not count. */
export type HtmlCleanerOptions = { threads?: number; itemDeadlineMs?: number; batchDeadlineMs?: number }

const MAX_ITEM_LENGTH = 400_000
/** The largest newsletters have some thousand tags; parsing takes up to a second from 30,000 nested ones on. */
const MAX_TAGS = 20_000
const HEAP_MB = 128
const CHECK_EVERY_MS = 50
const SMALLEST_SHARE = 20

/** Threads start with the first batch. */
export function openHtmlCleaner(options: HtmlCleanerOptions = {}): HtmlCleaner {
  // One keeps up with what one event loop can copy; each further one costs some 100 MB.
  const { threads = 1, itemDeadlineMs = 1000, batchDeadlineMs = 60_000 } = options
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const pool = new Piscina<Batch, CleanItem[]>({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  })
  let fallbacks = 0
  let isClosed = false

  function asText(item: Item): Cleaned {
    fallbacks++
    return fallbackOf(item)
  }

  /** Shared out evenly among the threads. */
  async function clean(items: Item[]): Promise<Cleaned[]> {
    const share = Math.max(SMALLEST_SHARE, Math.ceil(items.length / threads))
    const shares = Array.from({ length: Math.ceil(items.length / share) }, (_, index) =>
      items.slice(index * share, (index + 1) * share),
    )
    return (await Promise.all(shares.map(cleanShare))).flat()
  }

  /** One message there and one back, unless an item has to be given up: then the others are done again without it. */
  async function cleanShare(items: Item[]): Promise<Cleaned[]> {
    const results = new Array<Cleaned>(items.length)
    let leftMs = batchDeadlineMs
    let waiting: number[] = []
    for (const [index, item] of items.entries()) {
      if (isTooBig(item)) results[index] = asText(item)
      else waiting.push(index)
    }
    while (waiting.length > 0) {
      const batch = waiting.map((index) => items[index] as Item)
      const outcome = await attempt(pool, batch, { itemDeadlineMs, leftMs })
      if ('cleaned' in outcome) {
        for (const [place, index] of waiting.entries()) {
          results[index] = { ...(outcome.cleaned[place] as CleanItem), cleanedBy: POLICY_VERSION, isFallback: false }
        }
        break
      }
      // Nothing of the items: the thread could not start, or the program is stopping.
      if (isClosed || outcome.stuckAt < 0) throw outcome.error
      leftMs -= outcome.workedMs
      const given = leftMs > 0 ? [waiting[outcome.stuckAt] as number] : waiting
      for (const index of given) results[index] = asText(items[index] as Item)
      waiting = waiting.filter((index) => !given.includes(index))
    }
    return results
  }

  return {
    clean,
    fallbackCount: () => fallbacks,
    async close() {
      isClosed = true
      await pool.destroy()
    },
  }
}

type Attempt = { cleaned: CleanItem[] } | { stuckAt: number; workedMs: number; error: unknown }

async function attempt(
  pool: Piscina<Batch, CleanItem[]>,
  items: Item[],
  { itemDeadlineMs, leftMs }: { itemDeadlineMs: number; leftMs: number },
): Promise<Attempt> {
  const place = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
  const tooSlow = new AbortController()
  const done = new AbortController()
  let startedAt: number | null = null
  const watching = watch()
  try {
    return { cleaned: await pool.run({ items, place }, { signal: tooSlow.signal }) }
  } catch (error) {
    // Ended by the watch, out of memory, out of stack: in any case the item at `place` was too much.
    return { stuckAt: Atomics.load(place, 0), workedMs: startedAt === null ? 0 : Date.now() - startedAt, error }
  } finally {
    done.abort()
    await watching
  }

  /** Ends the thread when it stays at one item too long, or the whole takes too long. */
  async function watch() {
    let last = -1
    let since = Date.now()
    while (!done.signal.aborted) {
      await sleep(CHECK_EVERY_MS, null, { signal: done.signal }).catch(() => {})
      const current = Atomics.load(place, 0)
      if (current !== last) {
        last = current
        since = Date.now()
        startedAt ??= since
      }
      const isStuck = current >= 0 && Date.now() - since > itemDeadlineMs
      if (isStuck || (startedAt !== null && Date.now() - startedAt > leftMs)) return tooSlow.abort()
    }
  }
}

function isTooBig({ html, editorjs, text }: Item): boolean {
  const content = html ?? (editorjs == null ? (text ?? '') : JSON.stringify(editorjs))
  if (content.length > MAX_ITEM_LENGTH) return true
  let tags = 0
  if (text == null || html != null || editorjs != null) {
    for (let at = content.indexOf('<'); at !== -1 && tags <= MAX_TAGS; at = content.indexOf('<', at + 1)) tags++
  }
  return tags > MAX_TAGS
}

/** Beyond this even a text is only shown in part; the whole of it stays in the raw body. */
const MAX_FALLBACK_LENGTH = 400_000

function fallbackOf({ html, editorjs, text }: Item): Cleaned {
  const plain = text ?? (html != null ? roughTextOf(html.slice(0, MAX_FALLBACK_LENGTH)) : textOfEditorjs(editorjs))
  const shown = html != null || editorjs != null ? htmlOfText(plain.slice(0, MAX_FALLBACK_LENGTH)) : null
  return { html: shown, text: plain, quotedText: null, cleanedBy: 0, isFallback: true }
}

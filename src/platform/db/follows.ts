/** What answers ask for next: noted while they are watched, and kept for those that come. See `read-ahead.ts`. */
import type { Ahead, Follow, Follows, Reading, Target } from './load-context.ts'

/** Often enough to be no chance. */
const fewestAnswers = 2
/** What is asked for by less than one answer in three comes to this, and is no longer read. */
const mostUnused = 20
/** Rows that nobody asked for: as long as they are few, or fewer than the others, reading them is less than a statement. */
const mostInVain = 500
/** What clients write is in what is learnt: values of filters, places of pages. */
const most = { targets: 24, sourceLength: 1000 }

export const nothingAhead = (): Ahead => ({ origins: null, watched: new Map(), asked: new Map(), read: new Map() })

export function noteRows(
  { ahead }: Reading,
  { source, stem }: { source: string; stem: string },
  rows: Record<string, unknown>[],
): void {
  ahead.origins ??= new Map()
  ahead.watched.set(source, { stem, rows: [...(ahead.watched.get(source)?.rows ?? []), ...rows] })
}

export function noteRead({ ahead }: Reading, source: string, column: string, value: unknown): void {
  for (const key of Array.isArray(value) ? value : [value])
    if (typeof key === 'string') ahead.origins?.set(key, { source, column })
}

export function noteAsked({ ahead }: Reading, key: string | null, target: Target): void {
  const origin = key === null ? undefined : ahead.origins?.get(key)
  if (!origin || key === null || !target.statement.name || target.source.length > most.sourceLength) return
  const ofSource = ahead.asked.get(origin.source) ?? new Map()
  ahead.asked.set(origin.source, ofSource)
  const name = `${origin.column} ${target.source}`
  const asked = ofSource.get(name) ?? { column: origin.column, target, keys: new Set() }
  ofSource.set(name, asked)
  asked.keys.add(key)
}

/** What an answer showed, for those that come. @returns stems of statements that one more answer may say more of. */
export function learn(follows: Follows, { asked, watched, read }: Ahead): Set<string> {
  const unsure = new Set<string>()
  for (const [source, ofSource] of asked) {
    const known = follows.get(source) ?? new Map<string, Follow>()
    follows.set(source, known)
    for (const [name, { column, target, keys }] of ofSource) {
      const { stem = '', rows = [] } = watched.get(source) ?? {}
      const all = new Set(rows.flatMap((row) => row[column]))
      all.delete(null)
      const rowsOfKey = Number(target.statement.values.limit ?? 1)
      if (all.size - keys.size > Math.max(keys.size, mostInVain / rowsOfKey)) continue
      if (!known.has(name) && known.size >= most.targets) continue
      const follow = known.get(name) ?? { column, target, answers: 0, unused: 0 }
      follow.answers += 1
      known.set(name, follow)
      if (follow.answers < fewestAnswers) unsure.add(stem)
    }
  }
  for (const { follows: ofTarget, isUsed } of read.values())
    for (const follow of ofTarget) follow.unused = isUsed ? Math.max(0, follow.unused - 2) : follow.unused + 1
  return unsure
}

/** What could not be read ahead twice is no longer tried. */
export function noteFailed(follows: readonly Follow[]): void {
  for (const follow of follows) follow.unused += mostUnused / 2
}

/** Whether that is worth reading ahead. */
export function isExpected({ answers, unused }: Follow): boolean {
  return answers >= fewestAnswers && unused < mostUnused
}

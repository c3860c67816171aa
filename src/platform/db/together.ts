/**
 * Look-ups that several requests make at once, as one statement. Under load a turn of the event loop begins a handful of
 * requests, and many ask the same of other rows: each would pay 60 to 80 µs beside the work of its statement. With 16
 * clients point look-ups (Q3) are answered 1.6 times as often together, tickets with their messages (Q2) 1.4 times, and
 * Postgres takes less than half; with 64 it is twice and 1.7 times, and the slowest wait a tenth. Up to four clients are
 * not worth waiting for: what they save they lose where nobody works while all wait for the same answer.
 *
 * Nothing is shared but the statement: each request gets rows of its own, of its own workspace, read after it asked.
 */
import { databaseStateOf } from './failed-query.ts'
import { onStop, runStoppable, type Stoppable, stop, stoppable } from './stopping.ts'

export type Key = string | null
/** What something is looked up by, and how the driver takes that. */
export type Keyed = { keys: Key[]; given(keys: Key[]): unknown }

/** Looks up by several lists of keys at once, and answers each. */
export type LookUp<Answer> = (lists: Key[][]) => Promise<Answer[]>

/** Of one statement. A transaction has statements of its own. */
export type Sharing = {
  /** Who waits for others, by workspace. */
  groups: Map<string, Group>
  /** How many are asked just now. */
  underWay: number
  /** So many more turns bring so few that nobody waits for company any more. */
  patience: number
  aloneUntilMs: number
}

type Member = { keys: Key[]; resolve(answer: unknown): void; reject(error: unknown): void; unlisten(): void }
/** Those who ask together. `request`: what they wait for, on behalf of all. */
type Group = { members: Set<Member>; lookUp: LookUp<unknown>; isShared: boolean; request: Stoppable }

/** More would wait for each other longer than they save. */
const mostMembers = 8
/** Longer lists are work enough for a statement of their own. */
const mostKeys = 10
/** Fewer than these may be under way, or wait together, without anybody else waiting for company. */
const few = { underWay: 2, together: 3 }
/** Where many came in one turn, many will come in most of the next. */
const usualPatience = 16
/** What takes longer waits for more than Postgres' processor, and is there sooner side by side. */
const longMs = 100
const aloneForMs = 1000

export const openSharing = (): Sharing => ({ groups: new Map(), underWay: 0, patience: 0, aloneUntilMs: 0 })

/** What takes more than keys may differ from request to request. */
export function isShared({ values }: { values: object }, keyed: Keyed | null): boolean {
  return keyed !== null && Object.keys(values).length === 0
}

/** For all lists, each key once: some statements may not take one twice. */
export function keysOf(keyed: Keyed | null, lists: Key[][]): { keys?: unknown } {
  if (!keyed) return {}
  return { keys: keyed.given(lists.length === 1 ? (lists[0] as Key[]) : [...new Set(lists.flat())]) }
}

/**
 * At once where hardly anybody asks the same just now; else with all who do in this turn of the event loop.
 * @param lookUp The same for all of a workspace, but for the keys.
 */
export function lookUpTogether<Answer>(
  sharing: Sharing,
  workspaceId: string,
  keys: Key[],
  lookUp: LookUp<Answer>,
): Promise<Answer> {
  const isQuiet = sharing.underWay < few.underWay && sharing.patience === 0
  if (isQuiet || keys.length > mostKeys || performance.now() < sharing.aloneUntilMs) return alone(sharing, keys, lookUp)
  const group = sharing.groups.get(workspaceId) ?? begin(sharing, workspaceId, lookUp)
  return answerIn(sharing, workspaceId, group, keys).catch((error) => {
    // One that takes too long, say, shall cost its own request only.
    if (!group.isShared || !databaseStateOf(error)) throw error
    return alone(sharing, keys, lookUp)
  }) as Promise<Answer>
}

async function alone<Answer>(sharing: Sharing, keys: Key[], lookUp: LookUp<Answer>): Promise<Answer> {
  const [answer] = await timed(sharing, lookUp, [keys])
  return answer as Answer
}

function begin(sharing: Sharing, workspaceId: string, lookUp: LookUp<unknown>): Group {
  const group: Group = { members: new Set(), lookUp, isShared: false, request: stoppable() }
  sharing.groups.set(workspaceId, group)
  setImmediate(() => send(sharing, workspaceId, group))
  return group
}

function answerIn(sharing: Sharing, workspaceId: string, group: Group, keys: Key[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const member: Member = { keys, resolve, reject, unlisten() {} }
    group.members.add(member)
    // Whoever is stopped leaves at once; the last one takes the statement along.
    member.unlisten = onStop((reason) => {
      reject(reason)
      group.members.delete(member)
      if (group.members.size > 0) return
      if (sharing.groups.get(workspaceId) === group) sharing.groups.delete(workspaceId)
      stop(group.request, reason)
    })
    if (group.members.size === mostMembers) send(sharing, workspaceId, group)
  })
}

function send(sharing: Sharing, workspaceId: string, group: Group): void {
  // It was full before, or all have left.
  if (sharing.groups.get(workspaceId) !== group) return
  sharing.groups.delete(workspaceId)
  const members = [...group.members]
  group.isShared = members.length > 1
  sharing.patience = members.length >= few.together ? usualPatience : Math.max(0, sharing.patience - 1)
  const lists = members.map(({ keys }) => keys)
  runStoppable(group.request, () => timed(sharing, group.lookUp, lists)).then(
    (answers) => {
      for (const [index, { resolve, unlisten }] of members.entries()) {
        unlisten()
        resolve(answers[index])
      }
    },
    (error) => {
      for (const { reject, unlisten } of members) {
        unlisten()
        reject(error)
      }
    },
  )
}

async function timed<Answer>(sharing: Sharing, lookUp: LookUp<Answer>, lists: Key[][]): Promise<Answer[]> {
  const startedAtMs = performance.now()
  sharing.underWay += 1
  try {
    return await lookUp(lists)
  } finally {
    sharing.underWay -= 1
    const endedAtMs = performance.now()
    if (endedAtMs - startedAtMs > longMs) sharing.aloneUntilMs = endedAtMs + aloneForMs
  }
}

/**
 * Look-ups that several requests make at once, as one statement. Under load a turn of the event loop begins a handful of
 * requests, and many ask the same of other rows: each would pay 60 to 80 µs beside the work of its statement. With 16
 * clients point look-ups (Q3) are answered 1.6 times as often together, tickets with their messages (Q2) 1.4 times, and
 * Postgres takes less than half; with 64 it is twice and 1.7 times, and the slowest wait a tenth. Up to four clients are
 * not worth waiting for: what they save they lose where nobody works while all wait for the same answer.
 *
 * Nothing is shared but the statement: each request gets rows of its own, of its own workspace, read after it asked. Only
 * lists and JSON within them may be the same for two who ask for the same: nobody changes those. And nobody waits for
 * another's slow rows for longer than a moment.
 */
import { databaseStateOf } from './failed-query.ts'
import { onStop, runStoppable, type Stoppable, stop, stoppable } from './stopping.ts'

export type Key = string | null

/** Looks up by several lists of keys at once, and answers each. */
type LookUp<Answer> = (keyLists: Key[][]) => Promise<Answer[]>

/** Who looks up by one statement. A transaction has statements of its own. */
export type Sharing = {
  /** Those who wait for company, by workspace. */
  groups: Map<string, Group>
  /** Statements, not requests. */
  underWay: number
  /** How many more small groups are sent before nobody waits for company any more. */
  patience: number
  aloneUntilMs: number
}

/** `resolve`: with `again`, it is to ask alone. */
type Member = { keys: Key[]; resolve(answer: unknown): void; reject(error: unknown): void; unlisten(): void }
/** `request`: what they wait for, on behalf of all. */
type Group = {
  asked: Together<unknown>
  members: Set<Member>
  request: Stoppable
}

type Together<Answer> = {
  sharing: Sharing
  workspaceId: string
  /** The same for all of a workspace, but for the keys. */
  lookUp: LookUp<Answer>
  /** Whether each is to try alone what fails together. */
  isTriedAlone: boolean
}

const again = Symbol('again')

/** More would wait for each other longer than they save. */
const mostMembers = 8
/** Longer lists are work enough for a statement of their own. */
const mostKeys = 10
/** With so many statements under way, or members in a group, company is worth waiting for. */
const worthWaiting = { underWay: 2, members: 3 }
/** Where many came in one turn, many will come in most of the next. */
const usualPatience = 16
/** So often we look whether a group has its answer. One that Postgres works on both times is given up. */
const lookEveryMs = 50
const aloneForMs = 1000

export const openSharing = (): Sharing => ({ groups: new Map(), underWay: 0, patience: 0, aloneUntilMs: 0 })

/**
 * Looks up at once where hardly anybody asks the same just now; else in one statement with all of the workspace who ask in
 * this turn of the event loop.
 */
export function lookUpTogether<Answer>(keys: Key[], asked: Together<Answer>): Promise<Answer> {
  const { sharing, workspaceId } = asked
  const isQuiet = sharing.underWay < worthWaiting.underWay && sharing.patience === 0
  if (isQuiet || keys.length > mostKeys || performance.now() < sharing.aloneUntilMs) return alone(keys, asked)
  const group = sharing.groups.get(workspaceId) ?? begin(asked)
  return answerIn(group, keys).then((answer) => (answer === again ? alone(keys, asked) : (answer as Answer)))
}

async function alone<Answer>(keys: Key[], asked: Together<Answer>): Promise<Answer> {
  const [answer] = await counted(asked, [keys])
  return answer as Answer
}

function begin(asked: Together<unknown>): Group {
  const group: Group = { asked, members: new Set(), request: stoppable() }
  asked.sharing.groups.set(asked.workspaceId, group)
  setImmediate(() => send(group))
  return group
}

function answerIn(group: Group, keys: Key[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const member: Member = { keys, resolve, reject, unlisten() {} }
    group.members.add(member)
    member.unlisten = onStop((reason) => {
      reject(reason)
      leave(group, member, reason)
    })
    if (group.members.size === mostMembers) send(group)
  })
}

/** The last one takes the statement along. */
function leave(group: Group, member: Member, reason: Error): void {
  const { members, request } = group
  members.delete(member)
  if (members.size > 0) return
  takeAway(group)
  stop(request, reason)
}

/** False where nobody waits in it any more: it has been sent, or all have left. */
function takeAway(group: Group): boolean {
  const { sharing, workspaceId } = group.asked
  return sharing.groups.get(workspaceId) === group && sharing.groups.delete(workspaceId)
}

function send(group: Group): void {
  if (!takeAway(group)) return
  const { members, asked, request } = group
  const { sharing, isTriedAlone } = asked
  sharing.patience = members.size >= worthWaiting.members ? usualPatience : Math.max(0, sharing.patience - 1)
  const all = [...members]
  const isShared = all.length > 1
  const endWatch = isShared ? watch(group) : null
  const keyLists = all.map(({ keys }) => keys)
  runStoppable(request, () => counted(asked, keyLists)).then(
    (answers) => {
      endWatch?.()
      settle(all, ({ resolve }, index) => resolve(answers[index]))
    },
    (error) => {
      endWatch?.()
      // Without a connection another try would find none either.
      const isWorthTrying = isShared && isTriedAlone && databaseStateOf(error) !== ''
      settle(all, ({ resolve, reject }) => (isWorthTrying ? resolve(again) : reject(error)))
    },
  )
}

function settle(members: Iterable<Member>, tell: (member: Member, index: number) => void): void {
  let index = 0
  for (const member of members) {
    member.unlisten()
    tell(member, index)
    index += 1
  }
}

/** Gives a group up that takes long, so that each waits for its own rows only. Waiting for a connection is no work. */
function watch({ asked: { sharing }, members, request }: Group): () => void {
  let wasWorking = false
  const timer = setInterval(() => {
    const isWorking = request.statements.size > 0
    if (wasWorking && isWorking) {
      clearInterval(timer)
      sharing.aloneUntilMs = performance.now() + aloneForMs
      settle(members, ({ resolve }) => resolve(again))
      stop(request, new Error('each looks up alone'))
    }
    wasWorking = isWorking
  }, lookEveryMs)
  return () => clearInterval(timer)
}

async function counted<Answer>({ sharing, lookUp }: Together<Answer>, keyLists: Key[][]): Promise<Answer[]> {
  sharing.underWay += 1
  try {
    return await lookUp(keyLists)
  } finally {
    sharing.underWay -= 1
  }
}

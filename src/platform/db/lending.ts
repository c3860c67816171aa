/**
 * Connections go from one borrower to the next without passing through the pool, which needs two timers, a tick and four
 * listeners for that. The pool makes them, counts them and ends them; what it has lent us waits here for whoever comes
 * next, and goes back when it is broken or idle. A point look-up (Q3) takes 11 % less CPU so, a ticket with its messages
 * (Q2) 14 %.
 *
 * Where Postgres shares our cores, few are out at once: more are not done sooner, and push each other out of the caches. With
 * four on two cores instead of ten, tickets with their messages (Q2) are answered 13 to 19 % more often, all else about
 * as often. What takes longer, such as a chart, soon holds up nobody: it no longer counts.
 */
import type pg from 'pg'

type Release = (error?: Error | boolean) => void
type OnConnection = (error: Error | undefined, client?: pg.PoolClient, release?: Release) => void
/** A connection, and how the pool gets it back. */
type Lent = { client: pg.PoolClient; giveBack: Release; lentAtMs: number }
type Waiting = { sinceMs: number; onConnection: OnConnection }

export type LendingOptions = {
  /** How long somebody waits for a connection. */
  patienceMs: number
  /** How many that were lent just now may be out. */
  atOnce: number
}

const lookEveryMs = 10
/** So often all that is idle goes back to the pool, which ends what nobody asks for within 10 s more. */
const giveBackEveryMs = 10_000
/** Whoever takes longer keeps nobody else waiting. */
const shortMs = 25
/** Where somebody has waited so long, statements wait too: for locks, a disk, or a Postgres that only seems to be here. */
const longMs = 100

export function lendQuickly(pool: pg.Pool, { patienceMs, atOnce }: LendingOptions): void {
  const connect = pool.connect.bind(pool) as (onConnection: OnConnection) => void
  const end = pool.end.bind(pool)
  const idle: Lent[] = []
  /** Lent just now, the first of them first. */
  const fresh: Lent[] = []
  /** How many the pool is to give us yet. */
  let connecting = 0
  /** Who came first is first. */
  const waiting: Waiting[] = []
  const broken = new WeakSet<pg.PoolClient>()
  const sweeping = setInterval(giveIdleBack, giveBackEveryMs).unref()
  let looking: NodeJS.Timeout | null = null

  function hasRoom(): boolean {
    if (fresh.length + connecting >= atOnce) {
      const nowMs = performance.now()
      while (fresh[0] && fresh[0].lentAtMs <= nowMs - shortMs) fresh.shift()
      const isLong = waiting[0] && waiting[0].sinceMs <= nowMs - longMs
      if (fresh.length + connecting >= atOnce && !isLong) return false
    }
    return idle.length > 0 || (!pool.ending && (pool.totalCount < pool.options.max || pool.idleCount > 0))
  }

  function ask(onConnection: OnConnection): void {
    if (pool.ending || (waiting.length === 0 && hasRoom())) serve(onConnection)
    else {
      wait(onConnection)
      goOn()
    }
  }

  function serve(onConnection: OnConnection): void {
    const lent = idle.pop()
    if (lent) lend(lent, onConnection)
    else askPool(onConnection)
  }

  function askPool(onConnection: OnConnection): void {
    connecting += 1
    connect((error, client, giveBack) => {
      connecting -= 1
      if (client && giveBack) return lend({ client, giveBack, lentAtMs: 0 }, onConnection)
      onConnection(error)
      goOn()
    })
  }

  function lend(lent: Lent, onConnection: OnConnection): void {
    const { client } = lent
    let isBack = false
    client.release = (error) => {
      if (isBack) throw new Error('a connection was given back twice')
      isBack = true
      takeBack(lent, error)
    }
    lent.lentAtMs = performance.now()
    fresh.push(lent)
    onConnection(undefined, client, client.release)
  }

  function takeBack(lent: Lent, error?: Error | boolean): void {
    const place = fresh.indexOf(lent)
    if (place >= 0) fresh.splice(place, 1)
    const isLost = error || broken.has(lent.client)
    if (isLost || pool.waitingCount > 0) lent.giveBack(isLost)
    else idle.push(lent)
    goOn()
  }

  /** Where a connection comes back, goes, or does not come, there is room for another. The pool is asked for one at a time. */
  function goOn(): void {
    let wasIdle = true
    while (wasIdle && waiting.length > 0 && hasRoom()) {
      wasIdle = idle.length > 0
      serve((waiting.shift() as Waiting).onConnection)
    }
    if (pool.ending && waiting.length === 0) giveIdleBack()
  }

  function giveIdleBack(): void {
    for (const lent of idle.splice(0)) lent.giveBack()
  }

  function wait(onConnection: OnConnection): void {
    waiting.push({ sinceMs: performance.now(), onConnection })
    looking ??= setInterval(endLate, lookEveryMs).unref()
  }

  function endLate(): void {
    const givenUpMs = performance.now() - patienceMs
    const said = `No connection for ${patienceMs} ms: ${pool.totalCount} of at most ${pool.options.max} are in use or being made`
    while (waiting[0] && waiting[0].sinceMs <= givenUpMs) waiting.shift()?.onConnection(new Error(said))
    goOn()
    if (waiting.length > 0 || !looking) return
    clearInterval(looking)
    looking = null
  }

  pool.on('connect', (client) => {
    client.on('error', () => {
      broken.add(client)
      const index = idle.findIndex((lent) => lent.client === client)
      if (index >= 0) idle.splice(index, 1)[0]?.giveBack(true)
    })
  })
  // Also one that came too late for whom it was made.
  pool.on('release', () => process.nextTick(goOn))
  const asked = (onConnection?: OnConnection) =>
    onConnection
      ? ask(onConnection)
      : new Promise((resolve, reject) => ask((error, client) => (client ? resolve(client) : reject(error))))
  pool.connect = asked as typeof pool.connect
  pool.end = (() => {
    clearInterval(sweeping)
    const ended = end()
    giveIdleBack()
    return ended
  }) as typeof pool.end
}

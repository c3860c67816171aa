import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StartError } from '#errors.ts'
import type { Account } from './embedded-account.ts'
import type { Address } from './embedded-address.ts'
import { isAlive, mainLine, postgresEnvironment } from './embedded-cluster.ts'

/** A server that answers. `child` is null when another process started it. */
export type RunningServer = { pid: number; child: ChildProcess | null; isGone: Promise<unknown> }

export type ServerPlan = Address & { cluster: string; postgres: string; account: Account }

const START_DEADLINE_MS = 60_000 // crash recovery of a big database takes its time
const WATCH_INTERVAL_MS = 250
const MAX_LOG_BYTES = 5_000_000

/** Finds the server of this cluster, or starts it, and waits until it answers. */
export async function ensureServer(plan: ServerPlan): Promise<RunningServer> {
  const log = join(dirname(plan.cluster), 'postgres.log')
  const deadline = Date.now() + START_DEADLINE_MS
  let started: { child: ChildProcess; logOffset: number } | null = null
  while (Date.now() < deadline) {
    const pid = serverPid(plan)
    if (pid !== null && (await answers(plan.connectionString('postgres')))) {
      if (started?.child.pid === pid) return { pid, child: started.child, isGone: exitOf(started.child) }
      return { pid, child: null, isGone: disappearanceOf(pid) }
    }
    if (started && hasExited(started.child)) {
      const output = readFileSync(log).subarray(started.logOffset).toString()
      if (!isLostRace(output)) throw new StartError(`Postgres did not start: ${mainLine(output)} (see ${log})`)
      started = null
    }
    if (pid === null && !started) started = launch(plan, log)
    await sleep(20)
  }
  throw new StartError(`Postgres did not answer within ${START_DEADLINE_MS / 1000} s (see ${log})`)
}

/** Fast shutdown; harsher after 4 s, so that it is over within 5. */
export async function stopServer(child: ChildProcess) {
  const exit = exitOf(child)
  for (const [signal, patienceMs] of [
    ['SIGINT', 4000],
    ['SIGQUIT', 700],
    ['SIGKILL', 300],
  ] as const) {
    if (hasExited(child)) return
    child.kill(signal)
    await Promise.race([exit, sleep(patienceMs, null, { ref: true })])
  }
}

function launch({ cluster, postgres, account, settings, makeReady }: ServerPlan, log: string) {
  makeReady()
  const isLogFull = (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES
  const logFd = openSync(log, isLogFull ? 'w' : 'a')
  const logOffset = fstatSync(logFd).size
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const { command, args } = account.wrap(postgres, ['-D', cluster, ...flags], 'INT')
  const child = spawn(command, args, {
    cwd: dirname(cluster),
    env: postgresEnvironment(),
    stdio: ['ignore', logFd, logFd],
    detached: true, // or Ctrl-C would reach Postgres before the requests on their way are answered
  })
  child.on('error', () => {}) // reported by hasExited
  child.unref()
  closeSync(logFd)
  return { child, logOffset }
}

/** The process that serves this cluster; null when there is none. Removes locks that a foreign process seems to hold. */
function serverPid({ cluster, socketDirectory, port }: ServerPlan): number | null {
  const pid = lockHolder(join(cluster, 'postmaster.pid'), cluster)
  if (pid === null) lockHolder(join(socketDirectory, `.s.PGSQL.${port}.lock`), cluster)
  return pid
}

/**
 * After a crash the pid in a lock file may belong to another program by now, and Postgres, which only asks whether
 * the process exists, would refuse to start for ever. A dead pid is left alone: Postgres handles that case better.
 */
function lockHolder(lockFile: string, cluster: string): number | null {
  const pid = Number.parseInt(readIfThere(lockFile), 10)
  if (!(pid > 0) || !isAlive(pid)) return null
  if (servesCluster(pid, cluster)) return pid
  rmSync(lockFile, { force: true })
  return null
}

function servesCluster(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return true // no /proc to ask; Postgres itself will judge
  if (readIfThere(`/proc/${pid}/cmdline`).split('\0').includes(cluster)) return true
  try {
    // The folder was renamed under a running server: the command line is old, its working directory is not.
    const [there, here] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)]
    return there.ino === here.ino && there.dev === here.dev
  } catch {
    return false
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch (error) {
    return (error as { code?: string }).code === '53300' // too many connections: it is busy, not absent
  } finally {
    await client.end().catch(() => {})
  }
}

/** Another process started the same cluster at the same moment, or the remains of a killed server are still ending. */
function isLostRace(output: string): boolean {
  return /lock file .* already exists|pre-existing shared memory block|could not bind|is empty/.test(output)
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

function exitOf(child: ChildProcess): Promise<unknown> {
  return hasExited(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve))
}

async function disappearanceOf(pid: number) {
  while (isAlive(pid)) await sleep(WATCH_INTERVAL_MS, null, { ref: false })
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

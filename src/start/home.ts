/** What a zero-config start keeps in its folder, beside the database. Everything here is for this user alone. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import { StartError } from '#errors.ts'
import { unusableFolder } from '#platform/db/embedded-cluster.ts'
import { makeFolder } from '#platform/folders.ts'

/** What other commands need to know of a start that is running. */
export type RunningStart = { url: string; databaseUrl: string; backends: SandboxBackend[] }

/** `folder` tells a copy of the folder from the one that is claimed. */
type Claim = { pid: number; startedAt: string; folder: string; running?: RunningStart }

const PRIVATE = { mode: 0o600 }

/**
 * Claims the folder for this process: two starts would each run sandboxes of their own under the same names.
 * @throws StartError when another one has it, or when it cannot be written.
 */
export function claimHome(home: string) {
  const file = join(home, 'running.json')
  const own: Claim = { pid: process.pid, startedAt: startTimeOf(process.pid), folder: '' }
  try {
    makeFolder(home)
    own.folder = identityOf(home)
    while (!createdAnew(file, own)) {
      const holder = claimIn(home)
      if (holder) throw new StartError(alreadyRunning(home, holder))
      // Renamed first: of several that find it left over only one succeeds, so none removes a fresh claim.
      const leftOver = `${file}.${process.pid}`
      if (renamed(file, leftOver)) rmSync(leftOver, { force: true })
    }
  } catch (cause) {
    throw unusableFolder(home, cause)
  }
  return {
    publish(running: RunningStart) {
      writeFileSync(`${file}.new`, JSON.stringify({ ...own, running }), PRIVATE)
      renameSync(`${file}.new`, file)
    },
    release: () => rmSync(file, { force: true }),
  }
}

/** The start that runs on this folder and is ready for others; null when there is none. */
export function runningStart(home: string): RunningStart | null {
  return claimIn(home)?.running ?? null
}

/** The bearer token of a start without configured tokens: made once. */
export function localToken(home: string): string {
  const file = join(home, 'token')
  try {
    makeFolder(home)
    const token = `dg_${randomBytes(24).toString('base64url')}`
    if (createdAnew(file, token)) return token
    const known = readFileSync(file, 'utf8').trim()
    if (known.length < 20) throw new StartError(`${file} does not hold a token: remove it, and a new one is made`)
    return known
  } catch (cause) {
    throw unusableFolder(home, cause)
  }
}

function claimIn(home: string): Claim | null {
  try {
    const claim: Claim = JSON.parse(readFileSync(join(home, 'running.json'), 'utf8'))
    process.kill(claim.pid, 0)
    return startTimeOf(claim.pid) === claim.startedAt && identityOf(home) === claim.folder ? claim : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') {
      throw new StartError(`${home} is used by another user's process: stop that one, or choose another folder`)
    }
    return null
  }
}

function alreadyRunning(home: string, { pid, running }: Claim): string {
  const place = running ? `, at ${running.url}` : ''
  return `deskgraph already runs on ${home} (process ${pid}${place}): stop it, or set DESKGRAPH_HOME to another folder`
}

function identityOf(folder: string): string {
  const { dev, ino } = statSync(folder)
  return `${dev}:${ino}`
}

/** A pid alone is not enough: after a crash it may belong to another program, in a container even to this one. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? ''
  } catch {
    return '' // no /proc here
  }
}

function createdAnew(file: string, content: string | Claim): boolean {
  try {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { ...PRIVATE, flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false // another one was quicker
    throw error
  }
}

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StartError } from '#errors.ts'
import type { Account } from './embedded-account.ts'
import type { PostgresBinaries } from './embedded-binaries.ts'

/** The only role; the server listens on a socket that nobody else can reach. */
export const ROLE = 'deskgraph'

/** Node's pg reaches unix sockets everywhere but on Windows. */
export const hasPrivateSocket = process.platform !== 'win32'

const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

/**
 * Makes the cluster's folder unless it is there. It is made under a temporary name and renamed when complete, so a
 * broken-off initdb is never taken for a database, and of several processes one wins and the others use its work.
 */
export function createCluster(
  cluster: string,
  { binaries, account, isEphemeral }: { binaries: PostgresBinaries; account: Account; isEphemeral: boolean },
) {
  refuseOtherMajorVersion(cluster, binaries.majorVersion)
  if (existsSync(join(cluster, 'PG_VERSION'))) return
  removeLeftovers(dirname(cluster), `${basename(cluster)}.new-`)
  const unfinished = `${cluster}.new-${process.pid}`
  mkdirSync(unfinished, { mode: 0o700 })
  account.own(unfinished)
  const { command, args } = account.wrap(
    binaries.initdb,
    [
      ...['-D', unfinished, `--username=${ROLE}`, ...LOCALE, '--no-instructions'],
      ...(isEphemeral ? ['--no-sync'] : []),
      ...(hasPrivateSocket ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile(cluster)}`]),
    ],
    'KILL',
  )
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: postgresEnvironment() })
  if (status === 0) return moveIntoPlace(unfinished, cluster)
  rmSync(unfinished, { recursive: true, force: true })
  throw new StartError(`the database in ${cluster} could not be created: ${mainLine(stderr) || error?.message}`)
}

/** What Postgres itself says went wrong, in one line. */
export function mainLine(output: string | null): string {
  const lines = (output ?? '').trim().split('\n')
  const found =
    lines.find((line) => /No space left|Permission denied|Read-only file system/.test(line)) ??
    lines.findLast((line) => /(FATAL|PANIC|error):/.test(line)) ??
    lines.at(-1) ??
    ''
  return found.replace(/^.*?(FATAL|PANIC|error): +/, '')
}

/** English messages (they are read by `mainLine`), and nothing of the user's own Postgres settings. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name))
  return { ...Object.fromEntries(inherited), LC_ALL: 'C', TZ: 'UTC' }
}

/** Removes folders `<prefix><pid>…` whose process is gone. */
export function removeLeftovers(folder: string, prefix: string) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10))) {
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it is there, but another user's
  }
}

/** Made on first use; asked for only where a TCP port has to take the place of the private socket. */
export function passwordFile(cluster: string): string {
  const file = join(dirname(cluster), 'postgres-password')
  if (!existsSync(file)) writeFileSync(file, crypto.randomUUID(), { mode: 0o600 })
  return file
}

function moveIntoPlace(unfinished: string, cluster: string) {
  try {
    renameSync(unfinished, cluster)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(join(cluster, 'PG_VERSION'))) throw error
  }
}

/** Postgres cannot read what another major version wrote; the packaged programs contain no pg_dump to move it over. */
function refuseOtherMajorVersion(cluster: string, majorVersion: string) {
  const folder = dirname(cluster)
  const candidates = existsSync(cluster) ? [basename(cluster)] : readdirSync(folder)
  for (const name of candidates.filter((entry) => /^postgres-\d+$/.test(entry))) {
    const versionFile = join(folder, name, 'PG_VERSION')
    const found = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : majorVersion
    if (found === majorVersion) continue
    throw new StartError(
      `${join(folder, name)} was written by Postgres ${found} and this program brings Postgres ${majorVersion}: ` +
        'use the program version that wrote it, move its data over with pg_dump, or choose another data folder',
    )
  }
}

/** A failure of the file system as a line for the operator; anything else stays what it is. */
export function unusableFolder(folder: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  if (cause instanceof StartError || !code) return cause
  return new StartError(`the data folder ${folder} cannot be used (${code}): it must be writable for this user`, {
    cause,
  })
}

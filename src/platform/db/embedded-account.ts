import { spawnSync } from 'node:child_process'
import { chownSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StartError } from '#errors.ts'

/** How to run a Postgres program here: in front of its command line, and who has to own its files. */
export type Account = {
  /** `onParentDeath` is the signal the program gets when this process dies, by whatever means. */
  wrap(command: string, args: string[], onParentDeath: 'INT' | 'KILL'): { command: string; args: string[] }
  /** Hands a new folder to the account. */
  own(folder: string): void
}

const NOBODY = 65534

/**
 * Postgres refuses to run as root. Root therefore runs it in a user namespace in which it is nobody (files stay
 * root's, also below /root), or, where namespaces are forbidden as in most containers, as an unprivileged account.
 * A cluster made earlier has to be run by whoever made it. `useNamespaces: false` is for tests.
 */
export function accountFor(options: { cluster: string; program: string; useNamespaces?: boolean }): Account {
  const { cluster, program, useNamespaces = true } = options
  if (process.platform !== 'linux') return plain
  const canDieWithParent = runs('setpriv', ['--pdeathsig', 'INT', 'true'])
  const userId = process.getuid?.() ?? 0
  const ownerId = statSync(cluster, { throwIfNoEntry: false })?.uid ?? null

  if (userId !== 0) {
    if (ownerId !== null && ownerId !== userId) {
      throw new StartError(`${cluster} belongs to user id ${ownerId}: run as that user, or use another data folder`)
    }
    return canDieWithParent ? prefixed(['setpriv']) : plain
  }
  // setpriv comes second: entering a namespace would clear the signal again.
  const namespace = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, 'setpriv']
  const isRoots = ownerId === null || ownerId === 0
  if (useNamespaces && isRoots && runs('unshare', [...namespace.slice(1), '--pdeathsig', 'INT', 'true'])) {
    return prefixed(namespace)
  }
  if (ownerId === 0) {
    throw new StartError(
      `${cluster} belongs to root, and Postgres cannot run as root here: ` +
        'give it to an ordinary user (chown -R) and run as that user, or set DATABASE_URL',
    )
  }
  return unprivileged(ownerId ?? unprivilegedUserId(), [dirname(cluster), program])
}

function unprivileged(userId: number, neededPaths: string[]): Account {
  const groupId = groupIdOf(userId)
  const identity = [`--reuid=${userId}`, `--regid=${groupId}`, '--clear-groups']
  for (const path of neededPaths) {
    if (runs('setpriv', [...identity, 'test', '-x', path])) continue
    throw new StartError(
      `Postgres cannot run as root, and user id ${userId} may not enter ${path}: ` +
        'run as an ordinary user, move the folder, or set DATABASE_URL',
    )
  }
  return { ...prefixed(['setpriv', ...identity]), own: (created) => chownSync(created, userId, groupId) }
}

function unprivilegedUserId(): number {
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody')
  return Number(account?.[2] ?? NOBODY)
}

function groupIdOf(userId: number): number {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => Number(entry.split(':')[2]) === userId)
  return Number(line?.split(':')[3] ?? userId)
}

const plain: Account = { wrap: (command, args) => ({ command, args }), own: () => {} }

function prefixed([first = '', ...rest]: string[]): Account {
  return {
    wrap: (command, args, onParentDeath) => ({
      command: first,
      args: [...rest, '--pdeathsig', onParentDeath, command, ...args],
    }),
    own: () => {},
  }
}

function runs(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

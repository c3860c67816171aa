import { lstatSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { StartError } from '#errors.ts'
import { sha256 } from '#sha256.ts'
import type { Account } from './embedded-account.ts'
import { hasPrivateSocket, passwordFile, ROLE, unusableFolder } from './embedded-cluster.ts'

/** Where a cluster's server listens. It follows from the folder, so that processes find each other's server. */
export type Address = {
  socketDirectory: string
  port: number
  settings: Record<string, string>
  /** Before each start, since /tmp may have been tidied up meanwhile. */
  makeReady(): void
  /** After a clean stop. */
  cleanUp(): void
  connectionString: (database?: string) => string
}

export const DATABASE = 'deskgraph'

const UNIX_PORT = 5432 // only names the socket file
const MAX_SOCKET_DIRECTORY_BYTES = 90 // the whole socket path may have 107

export function addressOf(cluster: string, account: Account): Address {
  return hasPrivateSocket ? socketAddress(cluster, account) : tcpAddress(cluster)
}

/** In the cluster, which nobody else can enter; a long path does not fit into a socket's address, hence /tmp. */
function socketAddress(cluster: string, account: Account): Address {
  const isShort = Buffer.byteLength(cluster) <= MAX_SOCKET_DIRECTORY_BYTES
  const name = sha256(cluster).slice(0, 16)
  const socketDirectory = isShort ? cluster : `/tmp/deskgraph-${process.getuid?.()}-${name}`
  const host = encodeURIComponent(socketDirectory)
  return {
    socketDirectory,
    port: UNIX_PORT,
    settings: {
      listen_addresses: '',
      port: String(UNIX_PORT),
      // A comma separates folders here, and quotes protect it.
      unix_socket_directories: `"${socketDirectory.replaceAll('"', '""')}"`,
      unix_socket_permissions: '0700',
    },
    makeReady() {
      if (!isShort) makePrivateDirectory(socketDirectory, cluster, account)
    },
    cleanUp() {
      if (!isShort) removeIfEmpty(socketDirectory)
    },
    connectionString: (database = DATABASE) =>
      `postgres://${ROLE}@localhost:${UNIX_PORT}/${database}?host=${host}&sslmode=disable`,
  }
}

/** Windows: loopback, with a password, since every local user can reach a port. */
function tcpAddress(cluster: string): Address {
  const port = 20_000 + (Number.parseInt(sha256(cluster).slice(0, 4), 16) % 20_000)
  const password = readFileSync(passwordFile(cluster), 'utf8')
  return {
    socketDirectory: '',
    port,
    settings: { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
    makeReady: () => {},
    cleanUp: () => {},
    connectionString: (database = DATABASE) =>
      `postgres://${ROLE}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`,
  }
}

function makePrivateDirectory(directory: string, cluster: string, account: Account) {
  try {
    mkdirSync(directory, { mode: 0o700 })
    account.own(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusableFolder('/tmp', error)
    const found = lstatSync(directory)
    const isPrivate = found.isDirectory() && (found.mode & 0o077) === 0 && found.uid === lstatSync(cluster).uid
    if (!isPrivate) throw new StartError(`${directory} was made by somebody else: remove it`)
  }
}

function removeIfEmpty(directory: string) {
  try {
    rmdirSync(directory)
  } catch {
    // Another process has taken over already.
  }
}

/** PostGraphile is fetched when it is first measured, into this folder: the product's own install knows nothing of it. */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const folder = import.meta.dirname
const lockFile = join(folder, 'package-lock.json')
// npm writes this file as its last step, so a broken-off installation does not have it.
const installedFile = join(folder, 'node_modules/.package-lock.json')

/** @returns why it is not there, in words; null when it is. */
export function installPostgraphile(say: (line: string) => void): string | null {
  if (isInstalled()) return null
  say('Fetching PostGraphile (npm ci in bench/postgraphile), once …')
  const args = [
    'ci',
    '--prefix',
    folder,
    '--prefer-offline',
    '--fetch-retries=1',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const npm = process.env.npm_execpath // set when npm started us; elsewhere npm has to be on the PATH
  const options: SpawnSyncOptionsWithStringEncoding = {
    ...{ cwd: folder, encoding: 'utf8' },
    stdio: ['ignore', 'ignore', 'pipe'],
  }
  const { status, error, stderr } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (status === 0) return null
  const words = stderr?.split('\n').filter((line) => line.startsWith(errorMark))
  const reason = words?.slice(0, 4).map((line) => line.slice(errorMark.length).trim())
  return `npm ci in bench/postgraphile failed: ${error?.message ?? (reason?.join(', ') || `exit code ${status}`)}`
}

const errorMark = 'npm error'

function isInstalled(): boolean {
  return existsSync(installedFile) && statSync(installedFile).mtimeMs >= statSync(lockFile).mtimeMs
}

// Makes a fresh clone ready: `npm start` and `npm test` run this first. Plain JavaScript that also runs on Node 20,
// because the Node the program itself needs is one of the packages installed here.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = [22, 18]
const LOCK_IS_STALE_AFTER_MS = 15 * 60_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.deskgraph-setup')
const setupLock = join(root, '.deskgraph', 'setup.lock')

if (!isInPlace()) {
  await withSetupLock(() => {
    if (isInPlace()) return // another set-up did it while this one waited
    if (!installedPackagesMatchTheLock()) install()
    requireRuntime()
    writeFileSync(stampFile, stamp())
  })
}

function isInPlace() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp()
}

/** Differs when the lock, the platform, or (where Node is not one of the packages) the user's own Node differs. */
function stamp() {
  const lockHash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const runtime = bundledNode() ? 'bundled' : process.version
  return `${lockHash} ${process.platform}-${process.arch} ${runtime}\n`
}

/** After a developer's `npm install` everything is there already; `npm ci` would only delete and fetch it again. */
function installedPackagesMatchTheLock() {
  try {
    // npm writes this file as its last step, so a broken-off installation does not have it.
    const installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    const missing = Object.entries(wanted).filter(
      ([path, { version, optional }]) =>
        path !== '' && installed[path]?.version !== version && !(optional && !installed[path]),
    )
    return missing.length === 0
  } catch {
    return false
  }
}

function install() {
  console.error('deskgraph: installing packages (npm ci), less than a minute …')
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath // set when npm started us; elsewhere npm has to be on the PATH
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }
  const { status, error } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (status !== 0) fail(`npm ci failed (${error?.message ?? `exit code ${status}`}); its message is above`)
}

function requireRuntime() {
  const node = bundledNode()
  const version = node ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout : process.version
  const [major = 0, minor = 0] = (version ?? '').replace('v', '').split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  fail(
    `Node ${OLDEST_NODE.join('.')} or newer is needed. ${node ? `The one in node_modules does not run here` : `This is ${version}`}, ` +
      `and no packaged Node fits ${process.platform}-${process.arch}: install Node 24 (https://nodejs.org) and try again`,
  )
}

function bundledNode() {
  return ['node', 'node.cmd'].map((name) => join(modules, '.bin', name)).find((path) => existsSync(path))
}

/** `npm start` and `npm test` in two terminals of a fresh clone would otherwise install over each other. */
async function withSetupLock(work) {
  mkdirSync(dirname(setupLock), { recursive: true })
  for (let hasWaited = false; !takeLock(); hasWaited = true) {
    if (!hasWaited) console.error('deskgraph: waiting for another set-up to finish …')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  // Also on process.exit() and Ctrl-C; after kill -9 the next set-up finds the pid dead.
  process.on('exit', () => rmSync(setupLock, { force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
  work()
}

function takeLock() {
  try {
    writeFileSync(setupLock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (lockIsStale()) {
      // Renamed first: of several set-ups that find it stale only one succeeds, so none removes a fresh lock.
      try {
        renameSync(setupLock, `${setupLock}.${process.pid}`)
        rmSync(`${setupLock}.${process.pid}`, { force: true })
      } catch {}
    }
    return false
  }
}

function lockIsStale() {
  try {
    if (Date.now() - statSync(setupLock).mtimeMs > LOCK_IS_STALE_AFTER_MS) return true
    const pid = Number(readFileSync(setupLock, 'utf8'))
    if (pid === 0) return false // just created, the pid is not written yet
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function fail(message) {
  console.error(`deskgraph: ${message}.`)
  process.exit(1)
}

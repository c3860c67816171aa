/** `deskgraph secrets …`: the credentials in the configuration file, encrypted in place. */
import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type ConfigOptions, configFileOf } from '#config.ts'
import { StartError } from '#errors.ts'
import { type SecretKeys, sealed } from '#platform/sealed.ts'
import { textOf } from './config-file.ts'
import { pathText } from './fitting.ts'
import { amount, print, tableOf } from './output.ts'
import { newSecretKey, readSecretKeys } from './secret-keys.ts'
import { type SecretState, secretStatesIn, withValues } from './secret-texts.ts'

type Options = Pick<ConfigOptions, 'config'>

export function printKey(): void {
  print(newSecretKey(new Date()))
}

/** What stands there plain. */
export function encryptSecrets(options: Options): void {
  sealAgain(options, ({ keyId, isFromEnvironment }) => keyId === null && !isFromEnvironment)
}

/** What an older key opens. */
export function rotateSecrets(options: Options): void {
  sealAgain(options, ({ keyId }, newestId) => keyId !== null && keyId !== newestId)
}

/** Says how each is kept, and nothing of the secrets themselves. */
export function checkSecrets(options: Options): void {
  const { file, states } = openSecrets(options)
  const rows = states.map((state) => [pathText(state.path), isOpen(state) ? 'ok' : 'WRONG', keptHow(state)])
  print(rows.length > 0 ? tableOf(rows) : `There are no secrets in ${file}.`)
  refuseClosed(file, states)
}

function sealAgain(options: Options, isMeant: (state: SecretState, newestId: string) => boolean): void {
  const { file, text, keys, states } = openSecrets(options)
  const { newest } = keys
  if (!newest) throw new StartError('there is no key: set DESKGRAPH_SECRET_KEYS to what `deskgraph secrets key` prints')
  refuseClosed(file, states)
  const meant = states.filter((state) => isMeant(state, newest.id))
  const values = meant.map(({ path, purpose, plain }) => ({ path, value: sealed(plain ?? '', purpose, newest) }))
  if (values.length > 0) replaceFile(file, withValues(text, values, keys))
  print(`${file}: ${amount(values.length, 'secret')} encrypted with the key ${newest.id}.`)
}

function openSecrets(options: Options): { file: string; text: string; keys: SecretKeys; states: SecretState[] } {
  const file = configFileOf(options)
  if (file === null) throw new StartError('no configuration file is named: use --config, or set DESKGRAPH_CONFIG')
  const read = textOf(file)
  if ('problem' in read) throw new StartError(`${file}: ${read.problem}`)
  const { keys, problems } = readSecretKeys(process.env)
  if (problems.length > 0) throw new StartError(problems.join('\n'))
  return { file, text: read.text, keys, states: secretStatesIn(read.text, keys) }
}

function isOpen({ keyId, plain }: SecretState): boolean {
  return keyId === null || plain !== null
}

function keptHow({ keyId, isFromEnvironment }: SecretState): string {
  if (keyId !== null) return `encrypted with the key ${keyId}`
  return isFromEnvironment ? 'from the environment' : 'plain'
}

function refuseClosed(file: string, states: SecretState[]): void {
  const closed = states.filter((state) => !isOpen(state))
  if (closed.length === 0) return
  const lines = closed.map(({ path, keyId }) => `${file}: ${pathText(path)}: cannot be decrypted with the key ${keyId}`)
  throw new StartError(
    `${lines.join('\n')}\nis that key in DESKGRAPH_SECRET_KEYS, and was the value made for this place?`,
  )
}

/** In one step, and as it was for others: a crash leaves the old file or the new one. */
function replaceFile(file: string, text: string): void {
  const place = realpathSync(file)
  const beside = `${place}.${randomUUID()}`
  try {
    const { mode, uid, gid } = statSync(place)
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true })
    // Else a file that root encrypts could no longer be read by the service it is of.
    chownSync(beside, uid, gid)
    chmodSync(beside, mode)
    renameSync(beside, place)
  } catch (error) {
    rmSync(beside, { force: true })
    throw new StartError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

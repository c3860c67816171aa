/** The keys that secrets of the configuration file are encrypted with: from the environment, or from a file it names. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SecretKey, SecretKeys } from '#platform/sealed.ts'

const KEY_BYTES = 32
const KEY_TEXT = /^([A-Za-z0-9][\w-]{0,31}):([\w+/-]{43}=?)$/
const EXPECTED = 'expected keys as `deskgraph secrets key` prints them, separated by blanks or commas, the newest first'

/** `problems` are lines for the operator; they never show a key. */
export function readSecretKeys(environment: NodeJS.ProcessEnv): { keys: SecretKeys; problems: string[] } {
  const { DESKGRAPH_SECRET_KEYS: given = '', DESKGRAPH_SECRET_KEY_FILE: file = '' } = environment
  const ofEnvironment = keysIn(given, 'DESKGRAPH_SECRET_KEYS')
  const ofFile = file === '' ? { list: [], problems: [] } : keysInFile(file)
  const list = [...ofEnvironment.list, ...ofFile.list]
  const byId = new Map(list.map(({ id, key }) => [id, key]))
  const ambiguous = list.filter(({ id, key }) => byId.get(id)?.equals(key) === false).map(({ id }) => id)
  const problems = [
    ...ofEnvironment.problems,
    ...ofFile.problems,
    ...ambiguous.map((id) => `DESKGRAPH_SECRET_KEYS: expected one key of each name, got two that are named ${id}`),
  ]
  return { keys: { newest: list[0] ?? null, byId }, problems }
}

/** A new one, as it is written into the environment: its name, made from the day, and 256 random bits. */
export function newSecretKey(now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '')
  return `k${day}-${randomBytes(2).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64url')}`
}

function keysInFile(file: string) {
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    return keysIn(lines.filter((line) => !line.trimStart().startsWith('#')).join('\n'), file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { list: [], problems: [`DESKGRAPH_SECRET_KEY_FILE: ${file} cannot be read (${code})`] }
  }
}

function keysIn(text: string, place: string): { list: SecretKey[]; problems: string[] } {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const list = words.flatMap((word): SecretKey[] => {
    const [, id, encoded] = KEY_TEXT.exec(word) ?? []
    const key = Buffer.from(encoded ?? '', 'base64url')
    return id && key.length === KEY_BYTES ? [{ id, key }] : []
  })
  return { list, problems: list.length === words.length ? [] : [`${place}: ${EXPECTED}, got something else`] }
}

/** A translator in the configuration file, and what `doctor` says of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { doctor } from '#start/doctor.ts'
import { runHere, temporaryFolder } from '../start/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { libreTranslate } from './services.ts'

const { connectionString } = await createTestDatabase()
const service = await libreTranslate()

function configFile(translation: string): string {
  const file = join(temporaryFolder(), 'config.yaml')
  writeFileSync(file, `translation: ${translation}\n`)
  return file
}

test.each([
  ['{ provider: apertium, url: "http://127.0.0.1:2737" }', { provider: 'apertium', timeoutMs: 8000 }],
  [`{ provider: deepl, apiKey: "\${KEY}" }`, { provider: 'deepl', apiKey: 'from the environment' }],
  ['{ provider: libretranslate, url: "https://lt.example.com", timeoutMs: 500 }', { timeoutMs: 500 }],
])('%s is understood', (text, expected) => {
  const { config, problems } = readConfig({ config: configFile(text) }, { KEY: 'from the environment' })
  expect(problems).toEqual([])
  expect(config?.translation).toMatchObject(expected)
})

test.each([
  ['{ provider: gogle, url: "http://x" }', /translation\.provider: expected one of .*libretranslate.*deepl.*apertium/],
  ['{ provider: libretranslate }', /translation\.url: expected/],
  [
    '{ provider: deepl, apiKey: hush, timeoutMS: 5 }',
    /translation\.timeoutMS: not known here, did you mean timeoutMs\?/,
  ],
])('%s is refused by name', (text, line) => {
  const { problems } = readConfig({ config: configFile(text) }, {})
  expect(problems).toEqual([expect.stringMatching(line)])
  expect(problems.join()).not.toContain('hush')
})

test('without one nobody translates', () => {
  expect(readConfig({}, {}).config?.translation).toBeNull()
})

test('doctor finds a wrong key', async () => {
  const file = configFile(`{ provider: libretranslate, url: "${service.url}", apiKey: bad }`)
  const { stdout } = await runHere(() => doctor({}), { DESKGRAPH_CONFIG: file, DATABASE_URL: connectionString })
  expect(stdout).toMatch(/^translation +WRONG +LibreTranslate: the credentials are refused: .*Invalid API key/m)
})

/** Against the real Apertium APy with English and Spanish, where it is installed (Debian: apertium-apy, apertium-eng-spa). */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { translatorKind } from '#translators/registry.ts'
import { silent } from '../syncing/backend.ts'

const modes = '/usr/share/apertium'
const isInstalled = existsSync('/usr/bin/apertium-apy') && existsSync(`${modes}/modes/eng-spa.mode`)

describe.runIf(isInstalled)('the real Apertium', () => {
  let apy: ChildProcess
  let url = ''
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    apy = spawn('/usr/bin/apertium-apy', ['-p', String(port), modes], { stdio: 'ignore', detached: true })
    for (let tries = 0; tries < 100 && apy.exitCode === null && !(await answers(url)); tries++) await sleep(100)
  })
  // With the pipelines it has started.
  afterAll(() => apy.exitCode === null && apy.pid && process.kill(-apy.pid))
  // Installed is not yet able to run: its Python may miss a module.
  beforeEach(({ skip }) => skip(apy.exitCode !== null, 'apertium-apy does not start here'))

  const open = () => translatorKind('apertium').open({ url, timeoutMs: 20_000 }, { log: silent })

  test('translates text and HTML, and says what it has', async () => {
    const translator = open()
    expect(await translator.check()).toMatch(/\d+ pairs: .*eng to spa/)
    const said = { format: 'TEXT', from: 'en', to: 'es' } as const
    const { text } = await translator.translate({ ...said, text: 'The house is < 3 years old & big.\nThanks' })
    expect(text).toMatch(/^La casa .*< 3 años .*& grande\.\nGracias$/)
    expect(text).not.toContain('*')
    const html = await translator.translate({ ...said, format: 'HTML', text: '<p>The <b>house</b> &amp; so</p>' })
    expect(html.text).toMatch(/^<p>.*<b>casa<\/b> &amp; .*<\/p>$/)
  })

  test('refuses a pair it has not got, by name', async () => {
    const order = { text: 'house', format: 'TEXT', from: 'en', to: 'de' } as const
    await expect(open().translate(order)).rejects.toThrow(
      /Apertium does not translate from en to de; it translates to es/,
    )
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answers = (url: string) =>
  fetch(`${url}/listPairs`).then(
    ({ ok }) => ok,
    () => false,
  )

/** The browser of this machine, if it has one. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const executablePath = installedChromium()

export const hasChromium = executablePath !== undefined

// Containers forbid Chromium's own sandbox, and give it little shared memory; the only pages it sees are ours.
const args = ['--no-sandbox', '--disable-dev-shm-usage']

export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath as string, args })
}

function installedChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge']
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/snap/bin', '/opt/google/chrome']
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return [...places, onMac].find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

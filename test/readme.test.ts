import { execFileSync } from 'node:child_process'
import { test } from 'vitest'

test('the README shows every setting and every recipe as it is', () => {
  execFileSync(process.execPath, ['scripts/readme.ts', '--check'], { stdio: 'pipe' })
})

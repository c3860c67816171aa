import { execFileSync } from 'node:child_process'
import { test } from 'vitest'

test('the README shows every setting as it is', () => {
  execFileSync(process.execPath, ['scripts/readme.ts', '--check'], { stdio: 'pipe' })
})

import { expect, test } from 'vitest'
const t0 = Date.now()
const { serveBuiltIn } = await import('../support/served.ts')
const t1 = Date.now()
const { ask, results } = await serveBuiltIn()
console.log('import', t1-t0, 'serve', Date.now()-t1)
test('x', async () => {
  expect(results.length).toBe(5)
})

import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inParallel } from '#connectors/in-parallel.ts'

describe('work in parallel', () => {
  it('gives results in the order of the items, with no more under way than allowed', async () => {
    let underWay = 0
    let most = 0
    const results = await inParallel([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++underWay)
      for (let count = 0; count < turns; count += 1) await turn()
      underWay -= 1
      return turns * 10
    })
    expect(results).toEqual([50, 10, 40, 20, 30])
    expect(most).toBe(2)
  })

  it('throws the first failure and begins nothing after it', async () => {
    const begun: number[] = []
    const work = inParallel([1, 2, 3, 4, 5, 6], 2, async (item) => {
      begun.push(item)
      await turn()
      if (item === 2) throw new Error('two')
    })
    await expect(work).rejects.toThrow('two')
    await turn()
    await turn()
    expect(begun).toEqual([1, 2, 3])
  })

  it('does nothing with nothing', async () => {
    expect(await inParallel([], 4, () => Promise.reject(new Error('never')))).toEqual([])
  })
})

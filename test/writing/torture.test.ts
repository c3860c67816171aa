/** `npm run torture` in short: on few tickets, with few replies and kills. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { torture } from '../../torture/torture.ts'
import { conversationsFile } from '../support/conversations.ts'
import { createTestDatabase } from '../support/database.ts'

const { connectionString } = await createTestDatabase()

test('killed workers, two gateways and five misbehaving help desks: each reply arrives exactly once, in its order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskgraph torture '))
  const seed = Date.now() % 1_000_000
  const said: string[] = []
  try {
    const { broken, byVendor, events } = await torture({
      ...{ databaseUrl: connectionString, rounds: 2, replies: 20, seed },
      ...{ vendors: ['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox'], ticketsPerVendor: 2, folder },
      data: conversationsFile(folder, 50),
      say: (line) => said.push(line),
    })
    const course = [`seed ${seed}`, ...said].join('\n')
    const written = Object.values(byVendor).reduce((sum, { replies }) => sum + replies, 0)
    expect(broken, course).toEqual([])
    expect(written, course).toBeGreaterThanOrEqual(20)
    expect(events['workers killed'], course).toBe(2)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 180_000)

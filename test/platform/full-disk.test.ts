// The disk of the data folder fills up under a running database: a small disk in memory, which only root may mount.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, expect, test, vi } from 'vitest'
import { StartError } from '#errors.ts'
import { openDatabase } from '#platform/db/client.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'

const folder = mkdtempSync(join(tmpdir(), 'deskgraph-full-'))
const mount = (...args: string[]) => spawnSync('mount', [...args, folder]).status === 0
const canMount = mount('-t', 'tmpfs', '-o', 'size=260m', 'tmpfs')
const settings = { shared_buffers: '16MB', autovacuum: 'off' }
const filler = join(folder, 'filler')
const MB = 1024 * 1024
const fill = () => {
  for (const chunk of [4 * MB, 4096]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(chunk), { flag: 'a' })
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
  }
}
if (canMount) chmodSync(folder, 0o755)
afterAll(() => {
  spawnSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
})

test.runIf(canMount)(
  'a full disk takes no changes and loses none, is read all the same, and is well when there is room',
  async () => {
    const warn = vi.fn()
    const dataDirectory = join(folder, 'data')
    const postgres = await startEmbeddedPostgres({ dataDirectory, settings, log: { warn } as never })
    const { db, close } = openDatabase({ connectionString: postgres.connectionString() })
    const row = () =>
      db.execute(sql`insert into notes select repeat(gen_random_uuid()::text, 50) from generate_series(1, 500)`)
    const count = async () => Number((await db.execute(sql`select count(*) from notes`)).rows[0]?.count)
    await db.execute(sql`create table notes (body text)`)
    let written = 0
    const write = () =>
      row().then(
        () => {
          written += 500
          return null
        },
        (error) => error.cause?.code,
      )
    expect(await write()).toBe(null)
    fill()
    const seen = new Set<string | null>()
    await vi.waitFor(
      async () => {
        seen.add(await write())
        expect(await count()).toBe(written)
        expect(seen).toContain('25006')
      },
      { timeout: 8000, interval: 20 },
    )
    // Between the last byte and the next look some writes fail as Postgres says it, others still find a place.
    expect([...seen].filter((code) => code !== null && code !== '53100')).toEqual(['25006'])
    const said = expect.stringMatching(/^the disk of .* is full: no changes are taken until 80 MB are free$/)
    await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(said))

    rmSync(filler)
    await vi.waitFor(async () => expect(await write()).toBe(null), { timeout: 5000, interval: 100 })
    expect(await count()).toBe(written)
    await close()
    await postgres.stop()
  },
)

test.runIf(canMount)('a start on a full disk says so in one line', async () => {
  fill()
  const failure = await startEmbeddedPostgres({ dataDirectory: join(folder, 'other'), settings }).catch(
    (error) => error,
  )
  rmSync(filler)
  expect(failure).toBeInstanceOf(StartError)
  expect(failure.message).toMatch(
    /^the disk of the data folder .*other is full \(0 MB left\): make room for 160 MB, or choose another folder$/,
  )
})

test.runIf(canMount)('a read-only disk and a folder that takes no files are named', async () => {
  expect(mount('-o', 'remount,ro')).toBe(true)
  for (const [path, code] of [
    [join(folder, 'new'), 'EROFS'],
    ['/proc/deskgraph', 'ENOENT'],
  ]) {
    await expect(startEmbeddedPostgres({ dataDirectory: path as string })).rejects.toThrow(
      `the data folder ${path} cannot be used (${code}): it must be writable for this user`,
    )
  }
})

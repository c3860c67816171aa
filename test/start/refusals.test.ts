import { cpSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { claimHome } from '#start/home.ts'
import { migrate } from '#start/migrate.ts'
import { start } from '#start/start.ts'
import { run, runHere, temporaryFolder } from './command-line.ts'

const commands = ['start', 'serve', 'work', 'migrate', 'sync', 'keys', 'doctor', 'sandbox', 'secrets', 'schema']

test('every command explains itself', async () => {
  const answers = await Promise.all(
    [[], ...commands.map((command) => [command])].map((args) => run([...args, '--help'])),
  )
  for (const { code, stdout, stderr } of answers)
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stderr: '' })
  for (const [index, command] of commands.entries())
    expect(answers[index + 1]?.stdout).toContain(`Usage: deskgraph ${command}`)
  for (const command of commands) expect(answers[0]?.stdout).toContain(`  ${command} `)
})

test('a data folder that cannot be written is named in one line', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const home = join(folder, 'file', 'home')
  expect(await runHere(() => start({}), { DESKGRAPH_HOME: home, PORT: '0' })).toEqual({
    code: 1,
    stdout: '',
    stderr: `deskgraph: the data folder ${home} cannot be used (ENOTDIR): it must be writable for this user\n`,
  })
})

test('a port in use is named in one line that says what to do', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  expect(await run(['start', '--port', String(port)], { DESKGRAPH_HOME: temporaryFolder() })).toEqual({
    code: 1,
    stdout: '',
    stderr: `deskgraph: Port ${port} on 127.0.0.1 is in use: stop the other program or set PORT to another one.\n`,
  })
})

test('without configured tokens only this machine may be served', async () => {
  const environment = { DESKGRAPH_HOME: temporaryFolder(), HOST: '0.0.0.0', PORT: '0' }
  const { code, stderr } = await runHere(() => start({}), environment)
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'deskgraph: no tokens are configured, so only this machine may connect, but HOST is 0.0.0.0: ' +
      'set tokens in a configuration file (DESKGRAPH_CONFIG), or HOST to 127.0.0.1\n',
  })
})

test('a DATABASE_URL that is wrong is refused in one line that says why', async () => {
  const unknownDatabase = inject('postgresUrl').replace('/postgres?', '/nowhere?')
  const unknownRole = inject('postgresUrl').replace('deskgraph@', 'stranger@')
  const migrating = (url: string) => runHere(() => migrate({}), { DATABASE_URL: url })
  const [noDatabase, noRole] = [await migrating(unknownDatabase), await migrating(unknownRole)]
  const noServer = await migrating('postgres://127.0.0.1:1/desk')
  const line = (reason: string) =>
    `deskgraph: the database cannot be reached (${reason}): check DATABASE_URL and that Postgres runs\n`
  expect(noServer).toEqual({ code: 1, stdout: '', stderr: line('connect ECONNREFUSED 127.0.0.1:1') })
  expect(noDatabase).toEqual({ code: 1, stdout: '', stderr: line('database "nowhere" does not exist') })
  expect(noRole).toEqual({ code: 1, stdout: '', stderr: line('role "stranger" does not exist') })
})

test('a database without backends is not served', async () => {
  const { code, stderr } = await runHere(() => start({}), { DATABASE_URL: 'postgres://127.0.0.1:1/desk' })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^deskgraph: no backends are configured: .*DESKGRAPH_CONFIG.*\n$/)
})

test('a copy of a data folder in use is another folder; the folder itself is refused to a second start', () => {
  const [folder, copy] = [temporaryFolder(), join(temporaryFolder(), 'copy')]
  const claim = claimHome(folder)
  cpSync(folder, copy, { recursive: true })
  claimHome(copy).release()
  expect(() => claimHome(folder)).toThrow(`deskgraph already runs on ${folder} (process ${process.pid})`)
  claim.release()
})

/** What the servers' processes have in common: how they are told what to do, and how they tell what it cost. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export const [connectionString = '', profileFolder = ''] = process.argv.slice(2)
/** Connections to Postgres, as the gateway has them by default. */
export const poolSize = 10
export const benchToken = 'bench-token'
/** Of an agent; the other one's bearer is a program. */
export const agentToken = 'agent-token'

/** Since the process began. */
export type Usage = { cpuMicroseconds: number; rssBytes: number; statementCount: number; heapBytes: number }
export type FromChild = { kind: 'ready'; port: number } | ({ kind: 'usage' } & Usage)

type Served = { port: number; statementCount(): number }

/** Says that it is ready, answers every message with the usage so far, and ends with the parent. */
export function answerParent({ port, statementCount }: Served): void {
  const send = (told: FromChild) => process.send?.(told)
  const profile = profileFolder === '' ? null : startProfile(profileFolder)
  process.on('disconnect', async () => {
    await profile?.write()
    process.exit(0)
  })
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent decides.
  process.on('message', (asked) => {
    if (asked === 'floor') collectGarbage()
    const { user, system } = process.cpuUsage()
    send({
      kind: 'usage',
      cpuMicroseconds: user + system,
      rssBytes: process.memoryUsage.rss(),
      statementCount: statementCount(),
      heapBytes: process.memoryUsage().heapUsed,
    })
  })
  send({ kind: 'ready', port })
}

/** What is left is what is held. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  for (let times = 0; times < 3; times++) runInNewContext('gc')()
}

/** Begins when the server is ready, so that loading it does not count. */
function startProfile(folder: string): { write(): Promise<void> } {
  const session = new Session()
  session.connect()
  const started = session.post('Profiler.enable').then(() => session.post('Profiler.start'))
  return {
    async write() {
      await started
      const { profile } = await session.post('Profiler.stop')
      writeFileSync(join(folder, `${process.pid}.cpuprofile`), JSON.stringify(profile))
    },
  }
}

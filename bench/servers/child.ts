/** What both servers' processes have in common: how they are told what to do, and how they tell what it cost. */

export const [connectionString = '', poolSizeText = ''] = process.argv.slice(2)
export const poolSize = Number(poolSizeText)
export const benchToken = 'bench-token'

/** Since the process began. */
export type Usage = { cpuMicroseconds: number; rssBytes: number; statementCount: number }
export type FromChild = { kind: 'ready'; port: number } | ({ kind: 'usage' } & Usage)

type Served = { port: number; statementCount(): number }

/** Says that it is ready, answers every message with the usage so far, and ends with the parent. */
export function answerParent({ port, statementCount }: Served): void {
  const send = (told: FromChild) => process.send?.(told)
  process.on('disconnect', () => process.exit(0))
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent decides.
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    send({ kind: 'usage', cpuMicroseconds: user + system, rssBytes: process.memoryUsage.rss(), statementCount: statementCount() })
  })
  send({ kind: 'ready', port })
}

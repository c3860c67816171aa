/** Measures operations of one agent one after the other: how long each takes, and how many statements. */
import type { Say } from '../data/database.ts'
import { agentToken } from '../servers/child.ts'
import { ask, graphqlRequest } from '../servers/requests.ts'
import { startServer } from '../servers/start.ts'
import { withKnown } from './known.ts'
import { type Operation, operationsFor } from './operations.ts'

export type OperationResult = { name: string; p50Ms: number; p95Ms: number; statements: number; found: string }

const warmUpCount = 5

export async function operationsBench(options: {
  connectionString: string
  rounds: number
  say: Say
}): Promise<OperationResult[]> {
  const { connectionString, rounds, say } = options
  const server = await startServer('ours', { connectionString, profileFolder: null })
  const askAgent = <Data>(document: string, variables: object = {}) =>
    ask(server.port, graphqlRequest(document, variables, agentToken)) as Promise<Data>

  async function measured({ name, document, variables, found }: Operation): Promise<OperationResult> {
    for (let count = 1; count < warmUpCount; count++) await askAgent(document, variables)
    const answer = await askAgent<never>(document, variables)
    const before = await server.usage()
    const timesMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startedAtMs = performance.now()
      await askAgent(document, variables)
      timesMs.push(performance.now() - startedAtMs)
    }
    const after = await server.usage()
    timesMs.sort((one, other) => one - other)
    const at = (share: number) => timesMs[Math.floor(rounds * share)] ?? Number.NaN
    const statements = (after.statementCount - before.statementCount) / rounds
    say(`  ${name.padEnd(48)} p50 ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`)
    return { name, p50Ms: at(0.5), p95Ms: at(0.95), statements, found: found?.(answer) ?? '' }
  }

  try {
    return await withKnown({ connectionString, ask: askAgent }, async (known) => {
      const results: OperationResult[] = []
      for (const operation of operationsFor(known)) results.push(await measured(operation))
      return results
    })
  } finally {
    await server.stop()
  }
}

import type { Query, Sample } from '../queries.ts'
import { bytesOf, requestOf } from '../servers/requests.ts'
import type { Server } from '../servers/start.ts'
import { keepAsking } from './keep-asking.ts'

export type Measurement = {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  /** Of the server's process, all threads. */
  cpuMicrosecondsPerRequest: number
  statementsPerRequest: number
  bytesPerAnswer: number
  /** Of what was asked: ours refuses what it cannot begin soon. */
  refusedShare: number
  /** At the end. */
  rssBytes: number
}

type Plan = { server: Server; query: Query; connections: number; seconds: number; draw(): Sample }

const requestsPerConnection = 200

/** Keeps a server busy with random requests of one query for some seconds. */
export async function measure({ server, query, connections, seconds, draw }: Plan): Promise<Measurement> {
  const requests = Array.from({ length: connections }, () =>
    Array.from({ length: requestsPerConnection }, () => bytesOf(requestOf[server.name](query, draw()))),
  )
  const latenciesMs: number[] = []
  let bodyBytesSum = 0
  let refusedCount = 0
  const before = await server.usage()
  const startedAtMs = performance.now()
  await Promise.all(
    requests.map((own) =>
      keepAsking({
        port: server.port,
        requests: own,
        isOver: () => performance.now() - startedAtMs > seconds * 1000,
        onAnswer({ bodyBytes, latencyMs }) {
          latenciesMs.push(latencyMs)
          bodyBytesSum += bodyBytes
        },
        onRefusal() {
          refusedCount += 1
        },
      }),
    ),
  )
  const elapsedMs = performance.now() - startedAtMs
  const after = await server.usage()

  const count = latenciesMs.length
  latenciesMs.sort((left, right) => left - right)
  return {
    requestsPerSecond: (count / elapsedMs) * 1000,
    p50Ms: latenciesMs[Math.floor(count * 0.5)] ?? Number.NaN,
    p99Ms: latenciesMs[Math.floor(count * 0.99)] ?? Number.NaN,
    cpuMicrosecondsPerRequest: (after.cpuMicroseconds - before.cpuMicroseconds) / count,
    statementsPerRequest: (after.statementCount - before.statementCount) / count,
    bytesPerAnswer: bodyBytesSum / count,
    refusedShare: refusedCount / (count + refusedCount),
    rssBytes: after.rssBytes,
  }
}

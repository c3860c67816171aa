/** Ours as shipped: the real gateway with the real schema, authentication on. Only its statements are counted. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { openDatabase } from '#platform/db/client.ts'
import { startGateway } from '#platform/http/gateway.ts'
import { openLog } from '#platform/log.ts'
import { schema } from '../../src/schema.ts'
import { workspaceId } from '../data/rows.ts'
import { answerParent, benchToken, connectionString, poolSize } from './child.ts'

let statementCount = 0

const { db, pool } = openDatabase({ connectionString, poolSize, applicationName: 'bench' })
pool.on('connect', (client) => {
  const { query } = client
  client.query = function counted(...given: unknown[]) {
    statementCount += 1
    return query.apply(client, given as never)
  } as typeof query
})

const expected = sha256(benchToken)
const viewer = { workspaceId, actorId: null, role: 'INTEGRATION' as const, tokenName: 'bench' }

const gateway = await startGateway({
  schema,
  db,
  log: openLog({ level: 'warn' }),
  host: '127.0.0.1',
  port: 0,
  authenticate: (token) => (token !== null && timingSafeEqual(sha256(token), expected) ? viewer : null),
  graphiql: false,
  isReady: async () => true,
})
answerParent({ port: Number(new URL(gateway.url).port), statementCount: () => statementCount })

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

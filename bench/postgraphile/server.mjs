/**
 * PostGraphile 5, as its documentation sets it up for production: the Amber preset with simpler names, its own server on
 * node:http, statements prepared, as many connections to Postgres as ours. It authenticates nobody and limits nothing.
 * Not TypeScript, or the types of packages would be missed that only a benchmark installs.
 */
import { createServer } from 'node:http'
import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { answerParent, connectionString, poolSize } from '../servers/child.ts'
import { viewsSchema } from './queries.ts'

let statementCount = 0

const pool = new pg.Pool({ connectionString, max: poolSize })
pool.on('connect', (client) => {
  const { query } = client
  client.query = (...given) => {
    statementCount += 1
    return query.apply(client, given)
  }
})
const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  // Lists without the wrapping of a connection too: what is asked for whole needs no cursors.
  schema: { defaultBehavior: '-insert -update -delete +list' },
  pgServices: [makePgService({ pool, schemas: [viewsSchema] })],
})
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(0, '127.0.0.1', () => {
  answerParent({ port: server.address().port, statementCount: () => statementCount })
})

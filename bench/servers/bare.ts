/**
 * The limit: node:http and pg, one named prepared statement for each query, whose text goes out as it comes. No
 * GraphQL, no authentication, no checks. `GET /<query>/<parameter>/<parameter>`
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { queries } from '../queries.ts'
import { answerParent, connectionString, poolSize } from './child.ts'

const pool = new pg.Pool({ connectionString, max: poolSize })
const statements = new Map(queries.map(({ name, statement }) => [name, statement]))
let statementCount = 0

const server = createServer(async (request, response) => {
  const [, name = '', ...values] = (request.url ?? '').split('/').map(decodeURIComponent)
  statementCount += 1
  const { rows } = await pool.query<{ data: string }>({ name, text: statements.get(name) ?? '', values })
  const body = `{"data":${rows[0]?.data}}`
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerParent({ port, statementCount: () => statementCount })
})

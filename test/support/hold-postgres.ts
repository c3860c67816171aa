// A process of its own that runs the embedded Postgres on the folder given, until it is killed. Prints its address.
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'

const [dataDirectory = ''] = process.argv.slice(2)
const { connectionString } = await startEmbeddedPostgres({ dataDirectory })
process.stdout.write(`${connectionString()}\n`)
setInterval(() => {}, 1000)

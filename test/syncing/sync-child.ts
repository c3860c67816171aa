// A process of its own that makes the first copy of a backend, until it is killed or done.
import { runRound } from '#flows/sync/round.ts'
import { openSyncing } from '#flows/sync/syncing.ts'
import { openDatabase } from '#platform/db/client.ts'
import { openLog } from '#platform/log.ts'
import { manyThreads, page, scripted } from './scripted.ts'

const [connectionString = '', workspaceId = '', backendId = '', pageCount = '1'] = process.argv.slice(2)
const pages = Object.fromEntries(
  Array.from({ length: Number(pageCount) }, (_, index) => [
    index === 0 ? 'start' : String(index),
    () => page({ tickets: manyThreads(index * 10, 10, 5) }, String(index + 1), index + 1 < Number(pageCount)),
  ]),
)
const { db } = openDatabase({ connectionString, applicationName: 'sync child' })
const backend = { workspaceId, backendId, key: 'child', connector: scripted({ pages }), settings: {} }
const syncing = openSyncing({ db, log: openLog({ level: 'fatal' }), backends: [backend] })
process.stdout.write('started\n')
const { outcome } = await runRound(syncing, backend)
process.stdout.write(`${outcome}\n`)
process.exit(0)

// A worker of its own that takes the batches of bulk jobs, until it is killed.
import { vendors } from '#connectors/registry.ts'
import { describeVendors } from '#domain/backends/vendors.ts'
import { bulkHandler } from '#flows/commands/bulk-handler.ts'
import { openDatabase } from '#platform/db/client.ts'
import { startJobRunner } from '#platform/jobs/runner.ts'
import { openLog } from '#platform/log.ts'
import { openHtmlCleaner } from '#platform/richtext/clean-html.ts'

const [connectionString = ''] = process.argv.slice(2)
describeVendors(vendors.map(({ connector }) => connector))
const { db, pool } = openDatabase({ connectionString, applicationName: 'bulk child' })
const log = openLog({ level: 'fatal' })
const context = { db, log, cleaner: openHtmlCleaner() }
startJobRunner({ pool, handlers: [bulkHandler], context, concurrency: 2, log, sweepIntervalMs: 200 })
process.stdout.write('started\n')

/** `npm run torture`: kills, faults and cut connections, and whether every reply arrived exactly once all the same. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { vendors } from '#connectors/registry.ts'
import { startEmbeddedPostgres } from '#platform/db/embedded.ts'
import { type Outcome, torture } from './torture.ts'

const known = vendors.map(({ connector }) => connector.key)
const options = new Command('npm run torture --')
  .description(
    'Kills the workers again and again while replies go out to misbehaving help desks, and counts what arrived.',
  )
  .option('--rounds <count>', 'how often a worker is killed', numberFrom, 200)
  .option('--replies <count>', 'how many replies are written meanwhile', numberFrom, 1000)
  .option('--seed <number>', 'the same one draws the same', numberFrom, 1)
  .option('--vendors <keys>', 'only these, separated by commas', vendorsFrom, known)
  .option('--tickets <count>', 'how many tickets of each are answered', numberFrom, 12)
  .option('--keep', 'keep configuration and logs, in .deskgraph/torture')
  .parse()
  .opts<{ rounds: number; replies: number; seed: number; vendors: string[]; tickets: number; keep?: true }>()

const folder = join(import.meta.dirname, '../.deskgraph/torture')
rmSync(folder, { recursive: true, force: true })
const postgres = await startEmbeddedPostgres({ dataDirectory: folder, ephemeral: true })
try {
  const { rounds, replies, seed } = options
  const outcome = await torture({
    ...{ rounds, replies, seed, vendors: options.vendors, ticketsPerVendor: options.tickets, folder },
    databaseUrl: postgres.connectionString(),
    say: (line) => process.stdout.write(`${`${Math.round(performance.now() / 1000)} s`.padStart(6)}  ${line}\n`),
  })
  process.stdout.write(summaryOf(outcome))
  process.exitCode = outcome.broken.length > 0 ? 1 : 0
} finally {
  await postgres.stop()
  if (!options.keep && !process.exitCode) rmSync(folder, { recursive: true, force: true })
}

function summaryOf({ byVendor, broken, events, faults, seconds }: Outcome): string {
  const lines = [
    '',
    `${'help desk'.padEnd(12)}${['replies', 'arrived', 'uncertain', 'sent again'].map((head) => head.padStart(12)).join('')}`,
    ...Object.entries(byVendor).map(
      ([vendor, { replies, once, uncertain, repeatedAttempts }]) =>
        vendor.padEnd(12) +
        [replies, once, uncertain, repeatedAttempts].map((count) => `${count}`.padStart(12)).join(''),
    ),
    '',
    ...Object.entries({ ...events, ...faults }).map(([what, count]) => `${`${count}`.padStart(6)}  ${what}`),
    '',
    ...broken.map((line) => `BROKEN  ${line}`),
    broken.length > 0
      ? `${broken.length} promises were broken.`
      : 'Every reply arrived exactly once, or its delivery says that nobody can tell.',
    `${Math.round(seconds)} s`,
  ]
  return `${lines.join('\n')}\n`
}

function numberFrom(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1')
}

function vendorsFrom(text: string): string[] {
  const keys = text.split(',')
  if (keys.every((key) => known.includes(key))) return keys
  throw new InvalidArgumentError(`expected some of ${known.join(', ')}`)
}

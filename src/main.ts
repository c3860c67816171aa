#!/usr/bin/env -S node --max-semi-space-size=12 --min-semi-space-size=12 --max-old-space-size=512 --heap-growing-percent=60 --no-parallel-scavenge --no-allocation-site-pretenuring
/** The command line. Each command is a file in `start/`, loaded only when it runs, so that `--help` answers at once. */
import '#platform/quick-imports.ts' // before all others
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { StartError } from '#errors.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const home = new Option('--home <folder>', 'data folder (default: DESKGRAPH_HOME, or .deskgraph)')
const host = new Option('--host <address>', 'address to listen on (default: HOST, or 127.0.0.1)')
const port = new Option('--port <number>', 'port to listen on, 0 for any free one (default: PORT, or 4000)')
const workers = new Option('--workers <number>', 'processes that answer requests (default: server.workers, or 1)')
const config = new Option('--config <file>', 'configuration, YAML or JSON (default: DESKGRAPH_CONFIG)')
const data = new Option('--data <file>', 'fill the sandboxes from a .jsonl or .jsonl.gz file')
const live = new Option('--live [seconds]', 'let something happen in the sandboxes every so many seconds (5)')

const program = new Command('deskgraph')
  .description(description)
  .version(version)
  .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
  .addHelpText('after', '\nWhat can be set in the configuration file and in the environment is in README.md.')

program
  .command('start')
  .summary('everything in one process; with nothing configured, on sandboxes')
  .description(
    'Runs everything in one process. With nothing configured it brings up its own Postgres and five sandbox help desks, ' +
      'copies them and serves the copy. With DATABASE_URL and a configuration file it serves your help desks instead.',
  )
  .addOption(data)
  .addOption(live)
  .addOption(port)
  .addOption(host)
  .addOption(home)
  .addOption(config)
  .addHelpText('after', examples('npm start', 'npm start -- --live 2 --port 4100'))
  .action(async (options) => (await import('#start/start.ts')).start(options))

program
  .command('serve')
  .summary('the GraphQL server, and the worker unless told otherwise')
  .description('Serves GraphQL over the configured database, and works on jobs too. Migrates the database first.')
  .option('--no-work', 'only serve; run `deskgraph work` elsewhere')
  .addOption(workers)
  .addOption(port)
  .addOption(host)
  .addOption(home)
  .addOption(config)
  .addHelpText('after', examples('DATABASE_URL=postgres://… deskgraph serve --config deskgraph.yaml --no-work'))
  .action(async (options) =>
    (await import('#start/serve.ts')).serve({ ...options, isGateway: true, isWorker: options.work }),
  )

program
  .command('work')
  .summary('the worker alone: copies the help desks')
  .description('Works on jobs, above all on the copies of the help desks. Any number of workers may run at once.')
  .addOption(home)
  .addOption(config)
  .action(async (options) => (await import('#start/serve.ts')).serve({ ...options, isGateway: false, isWorker: true }))

program
  .command('migrate')
  .summary('bring the database up to this version')
  .description(
    'Applies the migrations that are missing. Safe while others do the same, and when there is nothing to do.',
  )
  .addOption(config)
  .action(async (options) => (await import('#start/migrate.ts')).migrate(options))

program
  .command('sync')
  .summary('copy help desks now and wait for it')
  .description('Copies what changed at the help desks, now, and ends when it is done. Exit code 1 when one fails.')
  .argument('[backend...]', 'keys of the backends, or workspace/backend; all of them when left out')
  .option('--full', 'read everything again')
  .addOption(home)
  .addOption(config)
  .addHelpText('after', examples('deskgraph sync', 'deskgraph sync support --full'))
  .action(async (backends, options) => (await import('#start/sync.ts')).sync(backends, options))

const workspace = new Option('--workspace <key>', 'key of the workspace (default: the only one)')
const keys = program
  .command('keys')
  .summary('make, list and revoke API keys')
  .description('API keys: tokens that are kept as hashes in the database, and can be revoked. See also `apiKeyCreate`.')

keys
  .command('create')
  .summary('make one; its secret is printed once')
  .description('Makes an API key and prints its secret, which is kept nowhere. Migrates the database first.')
  .argument('<name>', 'what people call it; no key before had this name')
  .requiredOption('--role <role>', 'CONTACT, AGENT, ADMIN or INTEGRATION')
  .option('--scopes <scopes>', 'what it may ask for, with commas between (default: what is usual for the role)')
  .option('--actor <person>', 'whose it is: a mail address, backend/external id, a global id, or an identifier')
  .option('--expires <when>', 'until when it works: 90d, 12h, a day or a moment (default: until it is revoked)')
  .addOption(workspace)
  .addOption(home)
  .addOption(config)
  .addHelpText(
    'after',
    examples(
      'deskgraph keys create reporting --role INTEGRATION --scopes TICKETS_READ,ANALYTICS_READ --expires 90d',
      'deskgraph keys create portal-ana --role CONTACT --actor ana@example.com',
    ),
  )
  .action(async (name, options) => (await import('#start/keys.ts')).createKey(name, options))

keys
  .command('list')
  .summary('those there are; never their secrets')
  .description('Lists the API keys of one workspace or of all, without their secrets.')
  .option('--all', 'those that were revoked, too')
  .addOption(workspace)
  .addOption(home)
  .addOption(config)
  .action(async (options) => (await import('#start/keys.ts')).listKeys(options))

keys
  .command('revoke')
  .summary('end one for good')
  .description('Revokes an API key. Gateways that run refuse it after three seconds at the latest.')
  .argument('<key>', 'its name or its id')
  .addOption(workspace)
  .addOption(home)
  .addOption(config)
  .action(async (name, options) => (await import('#start/keys.ts')).revokeKey(name, options))

program
  .command('doctor')
  .summary('check configuration, database and help desks')
  .description(
    'Checks configuration, database, migrations, and whether each help desk answers and takes our credentials. ' +
      'Prints a table; exit code 1 when something is wrong. With nothing configured it looks at the running `start`.',
  )
  .addOption(home)
  .addOption(config)
  .action(async (options) => (await import('#start/doctor.ts')).doctor(options))

program
  .command('sandbox')
  .summary('the five sandbox help desks alone')
  .description(
    'Serves one help desk of each vendor on loopback, in its own wire format. Prints where each is, ' +
      'and writes a configuration file with which `serve` uses them.',
  )
  .addOption(data)
  .addOption(live)
  .addOption(home)
  .addHelpText('after', examples('npm run sandbox -- --data conversations.jsonl.gz'))
  .action(async (options) => (await import('#start/sandbox.ts')).sandbox(options))

const secrets = program
  .command('secrets')
  .summary('credentials of the configuration file, encrypted')
  .description(
    'Encrypts the credentials in the configuration file, in place and keeping everything else as it stands. The keys are ' +
      'in DESKGRAPH_SECRET_KEYS, the newest first, or in the file that DESKGRAPH_SECRET_KEY_FILE names.',
  )
  .addHelpText('after', examples('deskgraph secrets key', 'deskgraph secrets encrypt --config deskgraph.yaml'))

secrets
  .command('key')
  .description('Prints a new key.')
  .action(async () => (await import('#start/secrets.ts')).printKey())

secrets
  .command('encrypt')
  .description('Encrypts the credentials that stand there plain.')
  .addOption(config)
  .action(async (options) => (await import('#start/secrets.ts')).encryptSecrets(options))

secrets
  .command('rotate')
  .description('Encrypts with the newest key what is encrypted with an older one.')
  .addOption(config)
  .action(async (options) => (await import('#start/secrets.ts')).rotateSecrets(options))

secrets
  .command('check')
  .description('Lists the credentials and how each is kept. Exit code 1 when one cannot be decrypted.')
  .addOption(config)
  .action(async (options) => (await import('#start/secrets.ts')).checkSecrets(options))

program
  .command('schema')
  .summary('print the GraphQL schema')
  .description('Prints the schema in the schema definition language, in alphabetical order.')
  .addOption(new Option('--write', 'write it to schema.graphql instead').conflicts('check'))
  .option('--check', 'only compare: exit code 1 when schema.graphql is stale')
  .action(async (options) => (await import('#start/schema-file.ts')).schemaFile(options))

// Whoever read our output is gone (`deskgraph start | head`): no reason to fall over.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  await program.parseAsync()
  // What a slow reader has not taken yet would be lost: a pipe holds 64 KB.
  await new Promise((resolve) => process.stdout.write('', resolve))
  process.exit()
} catch (error) {
  const text = error instanceof StartError ? error.message : String((error as Error | null)?.stack ?? error)
  process.stderr.write(`${text.replace(/^(?=.)/gm, error instanceof StartError ? 'deskgraph: ' : '')}\n`)
  process.exit(1)
}

function examples(...lines: string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

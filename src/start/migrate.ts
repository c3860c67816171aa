import { type ConfigOptions, requireConfig } from '#config.ts'
import { migrateDatabase, pendingMigrations } from '#platform/db/migrate.ts'
import { raiseWall } from '#platform/db/wall.ts'
import { databaseUrlOf } from './installation.ts'
import { amount, print } from './output.ts'

export async function migrate(options: ConfigOptions) {
  const connectionString = databaseUrlOf(requireConfig(options))
  const { pending } = await pendingMigrations(connectionString)
  await migrateDatabase({ connectionString })
  await raiseWall(connectionString)
  const done =
    pending.length > 0 ? `${amount(pending.length, 'migration')} applied: ${pending.join(', ')}` : 'nothing to do'
  print(`The database is up to date (${done}).`)
}

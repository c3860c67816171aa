import { type ConfigOptions, requireConfig } from '#config.ts'
import { StartError } from '#errors.ts'
import { openLog } from '#platform/log.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { refuseTakenPort } from './address.ts'
import { databaseUrlOf } from './installation.ts'
import { liveUntilStopped } from './life.ts'
import { print } from './output.ts'
import { readyText } from './ready-text.ts'
import { openService, openStore } from './service.ts'
import { openTokens } from './tokens.ts'

export type ServeOptions = ConfigOptions & { isGateway: boolean; isWorker: boolean }

/** The configured installation: gateway, worker or both, until a signal. */
export async function serve({ isGateway, isWorker, ...options }: ServeOptions) {
  const config = requireConfig(options)
  const { server, workspace, backends, database, limits, persisted } = config
  const databaseUrl = databaseUrlOf(config)
  if (backends.length === 0) {
    throw new StartError(
      `no backends are configured: list them in ${config.file ?? 'a configuration file and set DESKGRAPH_CONFIG to it'}` +
        `${config.file ? '' : ' (for the sandboxes unset DATABASE_URL, and run npm start)'}`,
    )
  }
  const tokens = isGateway ? openTokens(config) : null
  const log = openLog({ level: config.logLevel ?? 'info' })
  await liveUntilStopped(log, async (life) => {
    if (tokens) await refuseTakenPort(server)
    const store = await openStore({ databaseUrl, workspace, backends, log, life })
    const graphiql = server.graphiql && { token: null }
    const gateway = tokens && {
      ...{ server, poolSize: database.poolSize, tokens, graphiql, limits, persisted },
      translation: config.translation,
    }
    const { delivery } = config
    const url = await openService(store, { gateway, isWorker, storage: openStorage(config.storage), delivery })
    if (url !== null) print(readyText({ url, token: tokens?.local ?? null, graphiql: server.graphiql }))
    log.info({ url, isWorker }, 'running')
  })
}

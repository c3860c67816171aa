import { type ConfigOptions, requireConfig } from '#config.ts'
import { StartError } from '#errors.ts'
import { openLog } from '#platform/log.ts'
import { openStorage } from '#platform/storage/storage.ts'
import { refuseTakenPort } from './address.ts'
import { startGateways } from './gateways.ts'
import { databaseUrlOf } from './installation.ts'
import { type Life, liveUntilStopped } from './life.ts'
import { print } from './output.ts'
import { readyText } from './ready-text.ts'
import { openService, openStore } from './service.ts'
import { localTokenOf, refuseEmptyDoor } from './tokens.ts'

export type ServeOptions = ConfigOptions & {
  isGateway: boolean
  isWorker: boolean
  /** Where this process is one of several on the port: who it tells of itself. */
  sibling?: { isBegun(life: Life): void; isReady(url: string): void }
}

/** The configured installation: gateway, worker or both, until a signal. */
export async function serve({ isGateway, isWorker, sibling, ...options }: ServeOptions) {
  const config = requireConfig(options)
  const { server, workspaces, database, delivery, translation, limits, persisted } = config
  const databaseUrl = databaseUrlOf(config)
  if (workspaces.every(({ backends }) => backends.length === 0)) {
    throw new StartError(
      `no backends are configured: list them in ${config.file ?? 'a configuration file and set DESKGRAPH_CONFIG to it'}` +
        `${config.file ? '' : ' (for the sandboxes unset DATABASE_URL, and run npm start)'}`,
    )
  }
  const isAlone = server.workers === 1 || sibling !== undefined
  const localToken = isGateway ? localTokenOf(config) : null
  const log = openLog({ level: config.logLevel ?? 'info', secrets: config.secrets })
  await liveUntilStopped(log, async (life) => {
    sibling?.isBegun(life)
    if (isGateway && !sibling) await refuseTakenPort(server)
    const store = await openStore({ databaseUrl, workspaces, log, life })
    const ids = store.workspaces.map(({ id }) => id)
    if (isGateway) await refuseEmptyDoor(store.database.db, config, ids)
    const { graphiql } = server
    const gateway = { server, database, localToken, graphiql, translation, limits, persisted }
    const url = await openService(store, {
      gateway: isGateway && isAlone ? gateway : null,
      gateways: isGateway && !isAlone ? () => startGateways({ count: server.workers, options, log }) : null,
      rowLevelSecurity: database.rowLevelSecurity,
      isWorker,
      storage: openStorage(config.storage),
      delivery,
      audit: config.audit,
      webhooks: { secretKeys: config.secretKeys, localAddresses: config.webhooks.localAddresses },
      limits,
    })
    if (url !== null && sibling) sibling.isReady(url)
    else if (url !== null) print(readyText({ url, token: localToken, graphiql: server.graphiql }))
    log.info({ url, isWorker }, 'running')
  })
}

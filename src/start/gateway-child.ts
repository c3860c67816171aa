/** The entry of one of several gateways on a port, see `gateways.ts`; the first argument carries the command's options, as JSON. */
import { type FromGateway, STOP } from './gateways.ts'
import type { Life } from './life.ts'
import { serve } from './serve.ts'

try {
  const options = JSON.parse(process.argv[2] ?? '{}')
  await serve({ ...options, isGateway: true, isWorker: false, sibling: { isBegun: stopWhenTold, isReady } })
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.send?.({ kind: 'failed', message } satisfies FromGateway, undefined, undefined, () => process.exit(1))
}

function isReady(url: string): void {
  process.send?.({ kind: 'ready', url } satisfies FromGateway)
}

/** Ctrl-C and many a service manager reach every process at once: then it is stopping already. */
function stopWhenTold({ signal }: Life): void {
  process.on('message', (told) => {
    if (told === STOP && !signal.aborted) process.emit('SIGTERM', 'SIGTERM')
  })
}

/** The vendors we speak to: one line each. A new one is a folder beside these and a line here. */
import { alibaba } from './alibaba/connector.ts'
import { chatwoot } from './chatwoot/connector.ts'
import { comm100 } from './comm100/connector.ts'
import type { Connector } from './contract.ts'
import { deskhero } from './deskhero/connector.ts'
import { guarded } from './guarded.ts'
import { onebox } from './onebox/connector.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

/** Sandboxes are loaded where they are opened: who serves real help desks needs none. */
export const vendors: { connector: Connector; sandbox(): Promise<Sandbox> }[] = [
  { connector: guarded(comm100), sandbox: async () => (await import('./comm100/sandbox.ts')).comm100Sandbox },
  { connector: guarded(chatwoot), sandbox: async () => (await import('./chatwoot/sandbox.ts')).chatwootSandbox },
  { connector: guarded(deskhero), sandbox: async () => (await import('./deskhero/sandbox.ts')).deskheroSandbox },
  { connector: guarded(alibaba), sandbox: async () => (await import('./alibaba/sandbox.ts')).alibabaSandbox },
  { connector: guarded(onebox), sandbox: async () => (await import('./onebox/sandbox.ts')).oneboxSandbox },
]

export function connectorByKey(key: string): Connector | null {
  return vendors.find(({ connector }) => connector.key === key)?.connector ?? null
}

export function loadSandboxes(): Promise<Sandbox[]> {
  return Promise.all(vendors.map(({ sandbox }) => sandbox()))
}

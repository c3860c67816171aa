/** The vendors we speak to: one line each. A new one is a folder beside these and a line here. */
import { alibaba } from './alibaba/connector.ts'
import { alibabaSandbox } from './alibaba/sandbox.ts'
import { chatwoot } from './chatwoot/connector.ts'
import { chatwootSandbox } from './chatwoot/sandbox.ts'
import { comm100 } from './comm100/connector.ts'
import { comm100Sandbox } from './comm100/sandbox.ts'
import type { Connector } from './contract.ts'
import { deskhero } from './deskhero/connector.ts'
import { deskheroSandbox } from './deskhero/sandbox.ts'
import { guarded } from './guarded.ts'
import { onebox } from './onebox/connector.ts'
import { oneboxSandbox } from './onebox/sandbox.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

export const vendors: { connector: Connector; sandbox: Sandbox }[] = [
  { connector: guarded(comm100), sandbox: comm100Sandbox },
  { connector: guarded(chatwoot), sandbox: chatwootSandbox },
  { connector: guarded(deskhero), sandbox: deskheroSandbox },
  { connector: guarded(alibaba), sandbox: alibabaSandbox },
  { connector: guarded(onebox), sandbox: oneboxSandbox },
]

export function connectorByKey(key: string): Connector | null {
  return vendors.find(({ connector }) => connector.key === key)?.connector ?? null
}

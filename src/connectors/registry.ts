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
import { onebox } from './onebox/connector.ts'
import { oneboxSandbox } from './onebox/sandbox.ts'
import type { Sandbox } from './sandbox/sandbox.ts'

/** A vendor's own settings type ends here: from now on its schema guards them. */
type Vendor = { connector: Connector<never>; sandbox: Sandbox }

export const vendors: Vendor[] = [
  { connector: comm100, sandbox: comm100Sandbox },
  { connector: chatwoot, sandbox: chatwootSandbox },
  { connector: deskhero, sandbox: deskheroSandbox },
  { connector: alibaba, sandbox: alibabaSandbox },
  { connector: onebox, sandbox: oneboxSandbox },
]

export function connectorByKey(key: string): Connector<never> | null {
  return vendors.find(({ connector }) => connector.key === key)?.connector ?? null
}

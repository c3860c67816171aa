/**
 * Alibaba Cloud Ticket System (Workorder 2021-06-10). This is the customer's side of Alibaba's own support desk: the
 * tickets are those *we* filed, see `map-note.ts` for what that turns round.
 */
import type { Connector } from '#connectors/contract.ts'
import { capabilities } from './capabilities.ts'
import { openClient } from './client.ts'
import { openAttachment } from './download.ts'
import { openGateway } from './gateway.ts'
import { operationsOf } from './operations.ts'
import { pullPage } from './pull.ts'
import { type Settings, settings } from './settings.ts'
import { fetchThread, openCatch } from './tickets.ts'
import { openWriter } from './writer.ts'
import { writing } from './writing.ts'

export const alibaba: Connector<Settings> = {
  key: 'alibaba',
  name: 'Alibaba Cloud Ticket System',
  settings,
  capabilities,
  writing,
  connect(settings, host) {
    const gateway = openGateway(settings, host.log)
    const client = openClient(gateway, settings)
    const writer = openWriter(gateway, settings)
    return {
      async check() {
        const createdTo = host.now().getTime()
        await client.listTickets({ page: 1, pageSize: 1, createdFrom: createdTo - 86_400_000, createdTo })
      },

      pull: (cursor) => pullPage({ client, settings, now: host.now }, cursor),

      async ticket(externalId) {
        const caught = openCatch(settings, host.now())
        const ticket = await client.getTicket(externalId)
        if (ticket === null) return null
        const thread = await fetchThread(client, { id: externalId, status: null, notes: caught.notes })
        caught.take({ ticket, thread: thread.entries })
        return caught.records()
      },

      openAttachment: (attachment) => openAttachment({ client, settings }, attachment),

      operations: operationsOf({ client, writer, settings, log: host.log, now: host.now }),
    }
  },
}

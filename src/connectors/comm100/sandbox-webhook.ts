/**
 * What the site's triggers post: PascalCase, numbers for words, no signature and nothing that names the event (SEEN). That
 * there is a trigger for every change of a ticket is ASSUMED; seen was the one for its status.
 */
import { randomBytes } from 'node:crypto'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { type DeskChange, observe } from '#connectors/sandbox/observing.ts'
import { openPosting } from '#connectors/sandbox/posting.ts'
import type { SandboxWebhooks } from '#connectors/sandbox/sandbox.ts'
import { channelOf, channelWords, fieldId, guid, time, zeroGuid } from './sandbox-words.ts'

const siteId = 10001

/** `secret` is what the address of a webhook ends in. */
export function openTriggers(desk: Desk): SandboxWebhooks & { secret: string } {
  const secret = randomBytes(18).toString('base64url')
  const urls = new Set<string>()
  const posting = openPosting()
  const stopObserving = observe(desk, (change) => {
    const ticket = desk.tickets.get(change.ticketId)
    if (!ticket || urls.size === 0 || isQuiet(change)) return
    const body = JSON.stringify(payloadOf(desk, ticket, change))
    for (const url of urls) posting.send(() => ({ url, headers: { 'content-type': 'application/json' }, body }))
  })
  return {
    secret,
    register: (address) => void urls.add(`${address}/${secret}`),
    close() {
      stopObserving()
      posting.close()
    },
  }
}

/** Who has read it is told to nobody. */
function isQuiet(change: DeskChange): boolean {
  const marks = ['isReadByAgent', 'isReadByContact', 'unreadCount']
  return change.kind === 'ticketChanged' && change.fields.every((field) => marks.includes(field))
}

// 1 and 5 INFERRED from samples, the rest by order.
const statusNumbers = { NEW: 1, PENDING_INTERNAL: 2, PENDING_EXTERNAL: 3, ON_HOLD: 4, RESOLVED: 5, UNKNOWN: 1 } as const
const priorityNumbers = { URGENT: 1, HIGH: 2, NORMAL: 3, LOW: 4 } as const

function payloadOf(desk: Desk, ticket: DeskTicket, change: DeskChange) {
  const channel = channelOf(desk, ticket.channelId)
  const isStatus = change.kind === 'ticketChanged' && change.fields.includes('status')
  return {
    SiteId: siteId,
    TriggerId: guid('trigger', isStatus ? 1 : 2),
    TriggerName: isStatus ? 'Ticket Status Change' : 'Ticket Change',
    ChannelAccountId: channel ? guid('account', channel.account.id) : zeroGuid,
    ChannelId: channel ? channelWords[channel.type] : '',
    TicketInfo: {
      Id: ticket.id,
      Subject: ticket.subject,
      AssigneeType: ticket.assigneeId === null ? 0 : 1,
      AssigneeId: ticket.assigneeId === null ? zeroGuid : guid('agent', ticket.assigneeId),
      Status: statusNumbers[ticket.status],
      Priority: priorityNumbers[ticket.priority ?? 'NORMAL'],
      MergedToTargetId: ticket.mergedIntoId ?? 0,
      CreatedTime: time(ticket.createdAt),
      LastUpdatedTime: time(ticket.updatedAt),
      ReopenedTime: time(ticket.reopenedAt),
      CustomFields: Object.fromEntries(
        Object.entries(ticket.customFields).map(([name, value]) => [fieldId(name).replaceAll('-', ''), value]),
      ),
      Tags: [],
      TagIds: ticket.tagIds.map((id) => guid('tag', id)),
      LastMessage: null,
      Messages: null,
    },
  }
}

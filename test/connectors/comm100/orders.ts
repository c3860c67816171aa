/** Orders as commands give them, and the small desk they are carried out at. */
import type { MessageRecord, Session, TicketRecord } from '#connectors/contract.ts'
import type { OutgoingActor, OutgoingMessage } from '#connectors/operations.ts'
import {
  addAgent,
  addBot,
  addChannel,
  addContact,
  addDepartment,
  addMessage,
  addTag,
  addTicket,
  emptyDesk,
} from '#connectors/sandbox/build.ts'
import { guidOf } from '#connectors/sandbox/desk.ts'
import { outgoingActor, outgoingMessage, written } from '../outgoing.ts'

export { outgoingFile as file, written } from '../outgoing.ts'

export const markerId = '018f0000-0000-7000-8000-000000000001'

export function outgoing(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return outgoingMessage({ marker: markerId, body: written('Hello'), ...changes })
}

export function actor(
  type: OutgoingActor['type'],
  externalId: string | null,
  known: Partial<OutgoingActor> = {},
): OutgoingActor {
  return outgoingActor({ type, externalId, ...known })
}

/** Ticket 1: by e-mail, one message. Ticket 2: by Telegram. Ticket 3: by e-mail, its answer failed. */
export function smallDesk() {
  const desk = emptyDesk({ firstId: 1000 })
  const department = addDepartment(desk, { name: 'Billing' })
  const ada = addAgent(desk, { name: 'Ada Poe', email: 'ada@example.com' })
  const ben = addAgent(desk, { name: 'Ben Roe', email: 'ben@example.com' })
  const bot = addBot(desk, { name: 'Robo' })
  const kai = addContact(desk, { name: 'Kai', email: 'kai@example.org' })
  const lu = addContact(desk, { name: 'Lu', email: 'lu@example.org', phone: '+4912345', identifier: 'C-7' })
  const tags = [addTag(desk, { name: 'urgent' }), addTag(desk, { name: 'billing' })] as const
  const mail = addChannel(desk)
  const telegram = addChannel(desk, { type: 'TELEGRAM' })
  const start = Date.now() - 3_600_000
  const at = (second: number) => new Date(start + second * 1000)
  for (const [id, channel] of [
    [1, mail],
    [2, telegram],
    [3, mail],
  ] as const) {
    addTicket(desk, {
      id,
      subject: `Subject ${id}`,
      requesterId: kai.id,
      channelId: channel.id,
      assigneeId: ada.id,
      departmentId: department.id,
      tagIds: [tags[0].id],
      priority: 'HIGH',
      createdAt: at(id),
    })
    addMessage(desk, { ticketId: id, text: `Question ${id}`, at: at(id) })
  }
  const failed = addMessage(desk, {
    ticketId: 3,
    type: 'REPLY_OUTBOUND',
    text: 'lost',
    delivery: { status: 'FAILED', failReason: 'mailbox full', retryCount: 0 },
    at: at(60),
  })
  const id = {
    ada: guidOf('agent', ada.id),
    ben: guidOf('agent', ben.id),
    bot: guidOf('agent', bot.id),
    kai: guidOf('contact', kai.id),
    lu: guidOf('contact', lu.id),
    department: guidOf('department', department.id),
    urgent: guidOf('tag', tags[0].id),
    billing: guidOf('tag', tags[1].id),
    mail: guidOf('channel', mail.id).toUpperCase(),
    mailAccount: guidOf('account', mail.account.id),
    telegram: guidOf('channel', telegram.id).toUpperCase(),
    telegramAccount: guidOf('account', telegram.account.id),
    failed: guidOf('message', failed.id),
  }
  return { desk, id, ada, ben, bot, kai, lu, tags, mail, telegram }
}

export async function ticketOf(session: Session, id: number | string): Promise<TicketRecord> {
  const ticket = (await session.ticket(String(id)))?.tickets[0]
  if (!ticket) throw new Error(`expected ticket ${id}`)
  return ticket
}

/** The whole thread, oldest first. */
export async function threadOf(session: Session, id: number | string): Promise<MessageRecord[]> {
  const { conversations } = await ticketOf(session, id)
  return conversations
    .flatMap(({ messages }) => messages)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.sequence - b.sequence)
}

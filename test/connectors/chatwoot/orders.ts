/** Orders as a command would give them, with everything that is not said left empty. */
import { expect } from 'vitest'
import type { Session } from '#connectors/contract.ts'
import type { CreateTicket, OutgoingMessage } from '#connectors/operations.ts'
import { outgoingMessage, written } from '../outgoing.ts'

export { outgoingActor as contact, outgoingFile as file } from '../outgoing.ts'

type Partly = Partial<Omit<OutgoingMessage, 'body'>> & { text?: string; html?: string; markdown?: string }

export function message({ text = 'Hello', html, markdown, ...partial }: Partly = {}): OutgoingMessage {
  return outgoingMessage({
    marker: 'marker-1',
    ...partial,
    body: { ...written(text, html), markdown: markdown ?? null },
  })
}

export function newTicket(
  fields: CreateTicket['fields'],
  messages: OutgoingMessage[] = [],
  marker = 'ticket-marker',
): CreateTicket {
  return { marker, fields, createdBy: null, originalConversationId: null, messages }
}

/** The ticket read again, as a pull would bring it. */
export async function reread(session: Session, externalId: string) {
  const found = await session.ticket(externalId)
  const ticket = found?.tickets[0]
  if (!found || !ticket) throw new Error(`expected the ticket ${externalId}`)
  const messages = ticket.conversations[0]?.messages ?? []
  expect(found.misfits).toEqual([])
  // What somebody wrote, without the lines Chatwoot adds.
  const written = messages.filter(({ direction }) => direction !== 'SYSTEM')
  return { ticket, conversation: ticket.conversations[0], messages, written, last: written.at(-1), found }
}

/** A function the session must have. */
export function can<Name extends keyof Session['operations']>(session: Session, name: Name) {
  const operation = session.operations[name]
  if (!operation) throw new Error(`expected an operation ${name}`)
  return operation as NonNullable<Session['operations'][Name]>
}

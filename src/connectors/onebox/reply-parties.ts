/** From whom to whom an answer goes: the other way round than the message it answers. */
import type { JsonObject } from '#connectors/contract.ts'
import type { OutgoingMessage } from '#connectors/operations.ts'
import { addressesOf, idOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Route } from './reply-route.ts'
import type { Message } from './types.ts'

type Party = { email: string; name: string | null }
type Address = { email: string; name?: string | null }
type Answering = { answered: Message; route: Route; client: Client }

/** `From`, `To`, `Cc`, `Bcc`, and for e-mails the `Users`, which are mandatory there (SEEN). */
export async function partiesOf(message: OutgoingMessage, answering: Answering): Promise<JsonObject> {
  const { answered, route } = answering
  if (route.isMail) return mailParties(message, answering)
  if (message.addresses.length > 0) throw new RefusedError('only e-mails can be addressed, this is no e-mail')
  const from = await ownAddress(message, answering)
  const to = textOf(answered.From)
  if (from === null || to === null) throw new RefusedError('OneBox does not say who sent the message to be answered')
  return { From: from, To: to, Cc: null, Bcc: null }
}

async function mailParties(message: OutgoingMessage, answering: Answering): Promise<JsonObject> {
  const { answered } = answering
  const said = (direction: OutgoingMessage['addresses'][number]['direction']): Party[] =>
    message.addresses.filter((address) => address.direction === direction)
  const unknown = message.addresses.find(({ direction }) => !['FROM', 'TO', 'CC', 'BCC'].includes(direction))
  if (unknown) throw new RefusedError(`OneBox sends e-mails to TO, CC and BCC, it has no ${unknown.direction}`)

  const own = said('FROM')[0] ?? { email: await ownAddress(message, answering), name: null }
  const [customer] = addressesOf(answered.From, 'FROM')
  const to = said('TO').length > 0 ? said('TO') : customer ? [named(customer, answered)] : []
  if (own.email === null || to.length === 0)
    throw new RefusedError('OneBox does not say who sent the e-mail to be answered')
  const sender: Party = { email: own.email, name: own.name ?? message.sender?.name ?? null }
  return {
    From: sender.email,
    To: listed(to),
    Cc: listed(said('CC')),
    Bcc: listed(said('BCC')),
    Users: [user(sender, 'MSR1'), ...to.map(as('MSR2')), ...said('CC').map(as('MSR3')), ...said('BCC').map(as('MSR4'))],
  }
}

function named({ email, name }: Address, { FromName }: Message): Party {
  return { email, name: name ?? textOf(FromName) }
}

/** MSR1 sender, MSR2 recipient, MSR3 copy, MSR4 hidden copy; the name is mandatory (SEEN). */
function user({ email, name }: Party, RoleId: string): JsonObject {
  return { IdentityId: email, Name: name ?? email, RoleId }
}

function as(roleId: string) {
  return (party: Party) => user(party, roleId)
}

/** Separated by commas: ASSUMED. */
function listed(parties: Party[]): string | null {
  return parties.map(({ email }) => email).join(',') || null
}

/**
 * Ours is whom the contact wrote to. Where that is not plain, or another account shall answer, its connection says it.
 */
async function ownAddress(message: OutgoingMessage, { answered, route, client }: Answering): Promise<string | null> {
  const recipients = addressesOf(answered.To, 'TO')
  const connectionId = message.channelAccountExternalId ?? idOf(answered.ConnectionId)
  const isOther = connectionId !== idOf(answered.ConnectionId)
  if (!isOther && !route.isMail) return textOf(answered.To)
  if (!isOther && recipients.length === 1) return recipients[0]?.email ?? null
  if (connectionId === null) return recipients[0]?.email ?? null
  const connection = await client.connection(connectionId).catch((error: unknown) => {
    if (!(error instanceof GoneError)) throw error
    throw new RefusedError(`OneBox has no connection ${connectionId}`, { ...error.provider, cause: error })
  })
  return textOf(connection.From) ?? textOf(connection.UserId)
}

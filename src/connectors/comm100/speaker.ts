/** In whose name something is written: the vendor wants a sender with every message. */
import type { JsonObject } from '#connectors/contract.ts'
import type { OutgoingActor } from '#connectors/operations.ts'
import { guidOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { ActorType } from '#vocabulary.ts'
import { allRows } from './fetch-thread.ts'
import { contactFor } from './people-writes.ts'
import type { Writer } from './writer.ts'

/** Source: vendor's reference, Ticket (SEEN). */
const actorWords: Record<ActorType, string> = {
  CONTACT: 'contact',
  VISITOR: 'visitor',
  AGENT: 'agent',
  CHATBOT: 'chatbot',
  CHANNEL_ACCOUNT: 'channelAccount',
  SYSTEM: 'system',
  OUTREACH_CAMPAIGN: 'outreachCampaign',
}
const nobody = '00000000-0000-0000-0000-000000000000'

export type Speaker = { id: string; type: string }

/** Null: whoever the credentials belong to. An agent without an id is looked for by e-mail address. */
export async function speakerFor(writer: Writer, actor: OutgoingActor | null): Promise<Speaker> {
  if (actor === null) return { id: await ownAgentId(writer), type: 'agent' }
  if (actor.type === 'CONTACT' || actor.type === 'VISITOR') return contactFor(writer, actor)
  if (actor.type === 'SYSTEM')
    return { id: guidOf(actor.externalId === 'system' ? null : actor.externalId) ?? nobody, type: 'system' }
  const id = actor.externalId ?? (actor.email && (await agentIdByEmail(writer, actor.email)))
  if (!id)
    throw new RefusedError(`Comm100 knows no ${actorWords[actor.type]} ${actor.email ?? actor.name ?? ''}`.trim())
  return { id, type: actorWords[actor.type] }
}

/** The requester of a ticket as it stands there. */
export function requesterOf(ticket: JsonObject): Speaker | null {
  const id = guidOf(ticket.contactOrVisitorId)
  return id ? { id, type: textOf(ticket.contactOrVisitorType) ?? 'contact' } : null
}

async function ownAgentId(writer: Writer): Promise<string> {
  const { agentId, auth } = writer.settings
  if (!agentId && 'email' in auth) writer.ownAgentId ??= await agentIdByEmail(writer, auth.email)
  const id = agentId ?? writer.ownAgentId
  if (!id) throw new RefusedError('Comm100 needs a sender: name one, or configure `agentId`')
  return id
}

async function agentIdByEmail({ client }: Writer, email: string): Promise<string | null> {
  const rows = await allRows(client, { first: await client.agents(), keys: ['agents'], park: () => [] })
  const found = rows.map(objectOf).find((agent) => textOf(agent?.email)?.toLowerCase() === email.toLowerCase())
  return guidOf(found?.id)
}

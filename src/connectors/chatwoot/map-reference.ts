/** Inboxes, teams, labels and saved filters. Pure; one item that does not fit throws and is parked by the caller. */
import type { ChannelRecord, DepartmentRecord, Json, TagRecord, ViewRecord } from '#connectors/contract.ts'
import { idOf, mapEach, type Notes, need, objectOf, textOf, timeOf } from '#connectors/reading.ts'
import { cleaned, secretKeys } from './raw.ts'
import { channelTypeOf } from './words.ts'

/** A channel per kind (`Channel::Email`), its inboxes as accounts. */
export function channelsFrom(inboxes: readonly Json[], notes: Notes): ChannelRecord[] {
  const channels = new Map<string, ChannelRecord>()
  mapEach(inboxes, { subject: 'inbox', notes, secretKeys }, (item) => {
    const wire = need(objectOf(item), 'an inbox', item)
    const id = need(idOf(wire.id), 'an inbox with an id', wire.id)
    const kind = textOf(wire.channel_type) ?? 'Channel::Unknown'
    const type = channelTypeOf[kind]
    if (!type) notes.unmapped('inbox', id, 'channel_type', kind)
    const channel = channels.get(kind) ?? {
      externalId: kind,
      type: type ?? 'OTHER',
      name: nameOfChannel(kind),
      accounts: [],
    }
    channels.set(kind, channel)
    const address = ['email', 'phone_number', 'website_url', 'page_id', 'instagram_id', 'bot_name']
      .map((key) => textOf(wire[key]))
      .find((value) => value !== null)
    channel.accounts.push({ externalId: id, name: textOf(wire.name) ?? `Inbox ${id}`, address: address ?? null })
    return null
  })
  return [...channels.values()]
}

export function departmentFrom(item: Json): DepartmentRecord {
  const wire = need(objectOf(item), 'a team', item)
  const externalId = need(idOf(wire.id), 'a team with an id', wire.id)
  return { externalId, name: textOf(wire.name) ?? `Team ${externalId}` }
}

/** Conversations name labels by title only, so the title is the key here too. */
export function tagFrom(item: Json): TagRecord {
  const wire = need(objectOf(item), 'a label', item)
  const title = need(textOf(wire.title), 'a label with a title', wire.title)
  return {
    externalId: title,
    name: title,
    color: textOf(wire.color),
    ...(wire.created_at ? { createdAt: timeOf(wire.created_at) } : {}),
  }
}

/** A saved filter belongs to the user whose token is used: it is not shared. */
export function viewFrom(item: Json): ViewRecord {
  const wire = need(objectOf(item), 'a saved filter', item)
  const externalId = need(idOf(wire.id), 'a saved filter with an id', wire.id)
  return {
    externalId,
    name: textOf(wire.name) ?? `Filter ${externalId}`,
    isShared: false,
    condition: cleaned(wire.query),
  }
}

/** What conversations say of their inboxes and teams, each once: all there is when the token may not read the lists. */
export function placesOf(conversations: readonly Json[]): {
  channels: ChannelRecord[]
  departments: DepartmentRecord[]
} {
  const places = conversations.map(placeOf)
  const once = <Item>(items: Item[]) => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
  return {
    channels: once(places.flatMap(({ channels }) => channels)),
    departments: once(places.flatMap(({ departments }) => departments)),
  }
}

function placeOf(conversation: Json): { channels: ChannelRecord[]; departments: DepartmentRecord[] } {
  const wire = objectOf(conversation) ?? {}
  const meta = objectOf(wire.meta) ?? {}
  const [kind, inboxId] = [textOf(meta.channel) ?? textOf(wire.channel), idOf(wire.inbox_id)]
  const team = objectOf(meta.team)
  const teamId = idOf(team?.id)
  const accounts = inboxId ? [{ externalId: inboxId, name: `Inbox ${inboxId}` }] : []
  return {
    channels: kind
      ? [
          {
            externalId: kind,
            type: channelTypeOf[kind] ?? 'OTHER',
            name: nameOfChannel(kind),
            accounts,
            isProvisional: true,
          },
        ]
      : [],
    departments: teamId ? [{ ...departmentFrom(team), isProvisional: true }] : [],
  }
}

/** `Channel::TwilioSms` → `Twilio Sms`. */
function nameOfChannel(kind: string): string {
  return kind.replace(/^Channel::/, '').replaceAll(/([a-z])([A-Z])/g, '$1 $2')
}

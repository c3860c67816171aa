/** Channels and their accounts: known only from what tickets and messages say, since no call lists them. */
import type { ChannelRecord } from '#connectors/contract.ts'
import { textOf } from '#connectors/reading.ts'
import type { ChannelType } from '#vocabulary.ts'

/** By the channel's name without case, spaces and signs. Source: names in vendor's samples (SEEN some), the rest INFERRED. */
const types: Record<string, ChannelType> = {
  email: 'EMAIL',
  livechat: 'LIVE_CHAT',
  chat: 'LIVE_CHAT',
  offlinemessage: 'LIVE_CHAT',
  api: 'API',
  portal: 'PORTAL',
  webform: 'PORTAL',
  securemessaging: 'PORTAL',
  facebook: 'FACEBOOK',
  facebookmessenger: 'FACEBOOK',
  messenger: 'FACEBOOK',
  instagram: 'INSTAGRAM',
  whatsapp: 'WHATSAPP',
  whatsappbusiness: 'WHATSAPP',
  telegram: 'TELEGRAM',
  line: 'LINE',
  twitter: 'TWITTER',
  x: 'TWITTER',
  sms: 'SMS',
  voice: 'VOICE',
  phone: 'VOICE',
  wechat: 'OTHER',
}

export function channelTypeOf(name: string | null): ChannelType | undefined {
  const key = name?.toLowerCase().replace(/[^a-z]/g, '') ?? ''
  return Object.hasOwn(types, key) ? types[key] : undefined
}

/** The kind of channel that a name stands for, when no other name stands for it too. */
export function typeOnlyNamed(name: string): ChannelType | null {
  const type = channelTypeOf(name)
  return type && Object.values(types).filter((other) => other === type).length === 1 ? type : null
}

/** A channel's external id: exactly what the vendor sends, a GUID in any case or a name, since it is sent back unchanged. */
export const channelIdOf = textOf

export type ChannelBook = {
  /** The channel behind a GUID has this name. */
  learn(channelId: string | null, name: string | null): void
  nameOf(channelId: string | null): string | null
  /** A ticket or message came by this channel and account. */
  see(channelId: string | null, accountId: string | null): void
  /** What was seen, as records. An account is listed once, at the first channel it was seen with. */
  records(): ChannelRecord[]
}

type ChannelNames = {
  configured: Record<string, string>
  accounts: Record<string, string>
  learned: Record<string, string>
}

/** `learned` is written to: GUIDs in lower case → names. */
export function openChannelBook({ configured, accounts, learned }: ChannelNames): ChannelBook {
  const seen = new Map<string, Map<string, true>>()
  const placed = new Set<string>()
  const configuredNames = lowerKeys(configured)
  const accountNames = lowerKeys(accounts)

  const nameOf = (channelId: string | null) => {
    if (channelId === null) return null
    const guid = channelId.toLowerCase()
    return configuredNames[guid] ?? (isGuid(channelId) ? (learned[guid] ?? null) : channelId)
  }
  return {
    learn(channelId, name) {
      if (channelId && name && isGuid(channelId) && !isGuid(name)) learned[channelId.toLowerCase()] ??= name
    },
    nameOf,
    see(channelId, accountId) {
      if (channelId === null) return
      const there = seen.get(channelId) ?? new Map<string, true>()
      seen.set(channelId, there)
      if (accountId === null || placed.has(accountId)) return
      placed.add(accountId)
      there.set(accountId, true)
    },
    records: () =>
      [...seen].map(([externalId, accountIds]) => {
        const name = nameOf(externalId)
        return {
          externalId,
          type: channelTypeOf(name) ?? 'OTHER',
          name: name ?? externalId,
          accounts: [...accountIds.keys()].map((id) => ({ externalId: id, name: accountNames[id] ?? id })),
        }
      }),
  }
}

export function isGuid(text: string): boolean {
  return guidPattern.test(text)
}
const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function lowerKeys(table: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key.toLowerCase(), value]))
}

/** What stands in a help desk before the first customer writes: departments, agents, bots, channels, tags. */

import type { ChannelType } from '#vocabulary.ts'
import { addAgent, addBot, addChannel, addDepartment, addTag, emptyDesk } from '../build.ts'
import type { Desk } from '../desk.ts'
import { can, expressible, type VendorKey, vendorKeys } from '../expressible.ts'

export function furnishedDesk(
  vendor: VendorKey,
  { now, tags = commonTags }: { now?: () => Date; tags?: string[] } = {},
): Desk {
  const { firstId, channels, actors, statuses } = expressible[vendor]
  const desk = emptyDesk({ firstId, statuses, ...(now ? { now } : {}) })
  if (can(vendor, 'departments')) for (const name of departments) addDepartment(desk, { name })
  // Another part of the staff at each vendor, with some who work at two.
  const start = vendorKeys.indexOf(vendor) * 5
  for (let place = 0; place < 9; place += 1) {
    const name = staff[(start + place) % staff.length] ?? 'Agent'
    addAgent(desk, {
      name,
      email: `${name
        .normalize('NFKD')
        .toLowerCase()
        .replace(/[^a-z]+/g, '.')}@helpdesk.example.com`,
      role: place === 0 ? 'administrator' : 'agent',
      isAvailable: place % 3 !== 2,
      departmentId: desk.departments[place % Math.max(1, desk.departments.length)]?.id ?? null,
    })
  }
  if (actors.includes('CHATBOT')) {
    addBot(desk, { name: 'Robin', email: 'robin@bots.example.com' })
    addBot(desk, { name: 'Night watch', email: 'night-watch@bots.example.com', isAvailable: false })
  }
  for (const type of channels)
    addChannel(desk, { type, ...(channelWords[type] ?? {}), account: accountOf(desk, vendor, type) })
  if (can(vendor, 'tags')) for (const name of tags) tagNamed(desk, name)
  return desk
}

/** The tag with this name; a new one with a colour of its own when there is none. */
export function tagNamed(desk: Desk, name: string): number {
  const known = desk.tags.find((tag) => tag.name === name)
  if (known) return known.id
  return addTag(desk, { name, color: colors[desk.tags.length % colors.length] ?? '#1f93ff' }).id
}

function accountOf(desk: Desk, vendor: VendorKey, type: ChannelType) {
  const { account, address } = channelWords[type] ?? { account: 'Desk', address: null }
  return { id: desk.nextId(), name: account, address: address?.replace('{vendor}', vendor) ?? null }
}

const departments = ['Customer care', 'Billing', 'Technical support', 'Reisen & Termine']
const commonTags = ['vip', 'follow-up', 'urgent', 'feedback', '重要', 'menunggu-vendor']
const colors = ['#1f93ff', '#ff6b6b', '#0bbf7d', '#f5a623', '#8e44ad', '#34495e', '#d35400', '#16a085']

const staff = [
  'Ana Petrovic',
  'Ben Whitaker',
  'Citra Anggraini',
  'Daniel Osei',
  '陈静',
  'Eva Lindner',
  'Farid Rahman',
  'Gabriela Nunes',
  '李伟',
  'Hugo Martins',
  'Irina Volkova',
  'Jonas Petersen',
  'Kemala Putri',
  'Lars Oberhuber',
  'Mei Tanaka',
  '周敏',
  'Nina Sokolova',
  'Oskar Brenner',
  'Paula Ribeiro',
  'Rangga Mahendra',
  'Sofia Almeida',
  'Tom Achterberg',
  'Uwe Petzold',
  'Vera Morozova',
  'Yosef Adler',
]

const channelWords: Partial<Record<ChannelType, { name: string; account: string; address: string | null }>> = {
  EMAIL: { name: 'Support mailbox', account: 'Support', address: 'support@{vendor}.example.com' },
  LIVE_CHAT: { name: 'Website chat', account: 'www.example.com', address: 'https://www.example.com' },
  API: { name: 'Own programs', account: 'Integrations', address: null },
  PORTAL: { name: 'Customer portal', account: 'Portal', address: 'https://portal.example.com' },
  FACEBOOK: { name: 'Facebook page', account: 'Example Store', address: '104857600012345' },
  INSTAGRAM: { name: 'Instagram', account: '@example.store', address: '17841400000012345' },
  WHATSAPP: { name: 'WhatsApp', account: 'Example Store', address: '+447700900111' },
  TELEGRAM: { name: 'Telegram bot', account: 'example_store_bot', address: '@example_store_bot' },
  LINE: { name: 'LINE', account: 'Example Store', address: '@example' },
  TWITTER: { name: 'X', account: '@examplestore', address: '@examplestore' },
  SMS: { name: 'Text messages', account: 'Short code', address: '+447700900222' },
  OTHER: { name: 'Other ways', account: 'Front desk', address: null },
}

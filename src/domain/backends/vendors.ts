/** What is known of the kinds of help desks. The list of them is handed in: the domain knows no vendor. */
import type { Connector } from '#connectors/contract.ts'
import { ticketFields, type Writing } from '#connectors/operations.ts'
import { type Capability, capabilities, type SupportLevel, wordsOf } from '#vocabulary.ts'
import type { BackendRow } from './loaders.ts'

export type VendorDescription = Pick<Connector, 'key' | 'name' | 'capabilities' | 'writing'>

const vendors = new Map<string, VendorDescription>()
export function describeVendors(list: readonly VendorDescription[]): void {
  for (const vendor of list) vendors.set(vendor.key, vendor)
}

/** A vendor this version does not know can do nothing; its tickets stay readable. */
export function vendorOf({ vendor }: Pick<BackendRow, 'vendor'>): VendorDescription {
  return vendors.get(vendor) ?? { key: vendor, name: vendor, capabilities: nothing, writing: noWriting }
}

/** Whether the help desk does it, we do it for it, or it is refused. */
export function canDo(level: SupportLevel): boolean {
  return level === 'NATIVE' || level === 'EMULATED'
}

const nothing = Object.fromEntries(
  wordsOf(capabilities).map((name: Capability) => [
    name,
    { level: 'UNSUPPORTED', note: 'This version does not know the vendor.' },
  ]),
) as VendorDescription['capabilities']

const noFields = Object.fromEntries(ticketFields.map((field) => [field, 'UNSUPPORTED'])) as Writing['ticketFields']
const noWriting: Writing = {
  ticketFields: noFields,
  newTicketFields: noFields,
  statuses: {},
  newTicketMessages: { least: 0, most: 0 },
  entriesPerCall: 1,
  isEntryConversation: false,
  longestTextChars: null,
  copies: 'NEVER',
  attachments: { mostPerMessage: 0, mostBytesEach: 0 },
  tags: 'UNSUPPORTED',
  imports: { inbound: 'UNSUPPORTED', backdated: 'UNSUPPORTED' },
  readState: { agent: 'UNSUPPORTED', contact: 'UNSUPPORTED' },
  muting: 'UNSUPPORTED',
  contacts: { update: 'UNSUPPORTED', merge: 'UNSUPPORTED', block: 'UNSUPPORTED' },
}

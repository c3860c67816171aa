/** What is known of the kinds of help desks. The list of them is handed in: the domain knows no vendor. */
import type { Ability, Connector } from '#connectors/contract.ts'
import { ticketFields, type Writing } from '#connectors/operations.ts'
import type { Languages } from '#platform/language/languages.ts'
import type { LanguageDesk, Translator } from '#translators/contract.ts'
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

/** What a backend can do in this installation: a configured translator works for those that do not translate. */
export function abilityOf(
  backend: Pick<BackendRow, 'vendor'>,
  name: Capability,
  { translator }: Pick<Languages, 'translator'>,
): Ability {
  const own = vendorOf(backend).capabilities[name]
  if (name !== 'TRANSLATION_PREVIEW' || own.level === 'NATIVE') return own
  if (translator) return { level: 'EMULATED', note: `By the configured translator, ${translator.name}.` }
  return { level: 'UNSUPPORTED', note: whyNotTranslated(backend) }
}

export type TranslatingDesk = { backend: BackendRow; ask: NonNullable<LanguageDesk['previewTranslation']> }

/** Who translates for a backend: its own help desk where that does and is connected, else the configured translator. */
export function translatorFor(
  backend: BackendRow | null,
  { translator, deskOf }: Pick<Languages, 'translator' | 'deskOf'>,
): TranslatingDesk | Translator | null {
  const isNative = backend && vendorOf(backend).capabilities.TRANSLATION_PREVIEW.level === 'NATIVE'
  const ask = isNative ? deskOf(backend.id)?.previewTranslation : undefined
  return isNative && ask ? { backend, ask } : translator
}

/** For people, and for whoever runs this. */
export function whyNotTranslated(backend: Pick<BackendRow, 'vendor'> | null): string {
  const own = backend && vendorOf(backend).capabilities.TRANSLATION_PREVIEW
  const why = own?.level === 'NATIVE' ? 'It is not connected.' : own?.note
  return [why, howToTranslate].filter(Boolean).join(' ')
}

const howToTranslate =
  'No translator is configured: name one under `translation` in the configuration file, e.g. `translation: {provider: libretranslate, url: "http://127.0.0.1:5000"}`; `deepl` and `apertium` are known too.'

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

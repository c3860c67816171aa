/** What a translator is: a service that is configured beside the help desks, for those that do not translate themselves. */
import type { ZodObject, z } from 'zod'
import type { HostLog, Session } from '#connectors/contract.ts'

/** A kind of service. Failures are the errors of `errors.ts`. */
export type TranslatorKind<Settings extends ZodObject = ZodObject> = {
  /** Short name in the configuration and in `provider`, e.g. `deepl`. */
  key: string
  /** Name for people. */
  name: string
  /** What it needs to be configured, beside `provider`. */
  settings: Settings
  /** No call is made yet. */
  open(settings: z.infer<Settings>, host: { log: HostLog }): Translator
}

/** One that is configured. */
export type Translator = {
  key: string
  name: string
  /** Whether it finds out by itself what language a text is in. */
  detects: boolean
  /** The cheapest call that proves address and credentials; says what is there, for a person. */
  check(): Promise<string>
  /** @throws RefusedError naming the pair and what is offered, where it does not translate between the two. */
  translate(order: TranslationOrder): Promise<Translated>
}

export type TranslationOrder = {
  text: string
  /** HTML keeps its tags. */
  format: 'TEXT' | 'HTML'
  /** Language tags. Null: to be detected; only where `detects`. */
  from: string | null
  to: string
}

export type Translated = {
  text: string
  /** The language it was in; null when it was not given and is not said. */
  from: string | null
}

/** Code of a RefusedError: the quota is used up, and the service does not say until when. */
export const QUOTA_USED_UP = 'quota used up'

/** What a help desk does for the languages of its own tickets. */
export type LanguageDesk = Pick<Session, 'detectLanguage' | 'previewTranslation'>

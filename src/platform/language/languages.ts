/**
 * What answers may ask about languages, with a limit on how many calls are under way and how long one may take: they are
 * the only calls to others that are made while a client waits for an answer.
 */
import { BulkheadRejectedError, bulkhead, TaskCancelledError, TimeoutStrategy, timeout, wrap } from 'cockatiel'
import { TryAgainError } from '#errors.ts'
import type { LanguageDesk, Translator } from '#translators/contract.ts'
import type { Guess, LanguageDetector } from './detector.ts'

export type Languages = {
  /** By the library. */
  detect(text: string): Promise<Guess>
  /** The configured one; null when there is none. */
  translator: Translator | null
  /** What a help desk does for the languages of its own tickets; null when it is not connected. */
  deskOf(backendId: string): LanguageDesk | null
}

export type LanguagesOptions = {
  detector: LanguageDetector
  translator: Translator | null
  deskOf(backendId: string): LanguageDesk | null
  deadlineMs?: number
  atOnce?: number
}

/** So long a translator or help desk may take. */
export const TRANSLATION_DEADLINE_MS = 10_000
const AT_ONCE = 8
const WAITING = 32

export function openLanguages(options: LanguagesOptions): Languages {
  const { detector, translator, deskOf, deadlineMs = TRANSLATION_DEADLINE_MS, atOnce = AT_ONCE } = options
  // The wait for a place counts too.
  const limit = wrap(timeout(deadlineMs, TimeoutStrategy.Aggressive), bulkhead(atOnce, WAITING))

  async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await limit.execute(work)
    } catch (error) {
      if (error instanceof TaskCancelledError)
        throw new TryAgainError(`no answer within ${deadlineMs / 1000} s`, { cause: error })
      if (error instanceof BulkheadRejectedError)
        throw new TryAgainError('too many texts are being translated at once', { cause: error, retryAfterMs: 1_000 })
      throw error
    }
  }

  return {
    detect: (text) => detector.detect(text),
    translator: translator && { ...translator, translate: (order) => limited(() => translator.translate(order)) },
    deskOf(backendId) {
      const desk = deskOf(backendId)
      const { detectLanguage, previewTranslation } = desk ?? {}
      return (
        desk && {
          ...(detectLanguage && { detectLanguage: (id) => limited(() => detectLanguage(id)) }),
          ...(previewTranslation && { previewTranslation: (order) => limited(() => previewTranslation(order)) }),
        }
      )
    },
  }
}

/** How translators are called: short patience, few repetitions, answers of a sensible size. */
import type { HostLog } from '#connectors/contract.ts'
import { type Http, type HttpOptions, openHttp } from '#connectors/http.ts'
import { TryAgainError } from '#errors.ts'

type CallOptions = { url: string; timeoutMs: number; log: HostLog } & Pick<HttpOptions, 'explain' | 'authorize'>

const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** Somebody waits for the answer: one repetition at most. Translating twice changes nothing. */
export function openCalls({ url, timeoutMs, log, ...rest }: CallOptions): Http {
  return openHttp({ baseUrl: url, log, timeoutMs, retries: 1, maxBytes: MAX_ANSWER_BYTES, ...rest })
}

/** The translated text of an answer; one without is no translation. @throws TryAgainError */
export function translatedIn(value: unknown, name: string): string {
  if (typeof value === 'string') return value
  throw new TryAgainError(`${name} answered without a translated text`)
}

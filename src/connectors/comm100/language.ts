/**
 * Comm100's own language calls. Source: vendor's reference, Ticket: paths and answers SEEN; what the previews take is not
 * documented ("No Parameters"), their body is ASSUMED. The paths are documented in small letters with these answers, and
 * with capitals with the whole ticket as the answer: both answers are understood.
 */
import type { JsonObject, PreviewOrder } from '#connectors/contract.ts'
import type { HttpAnswer } from '#connectors/http.ts'
import { objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError } from '#errors.ts'
import type { Client } from './client.ts'
import { ticketPath } from './writer.ts'

/** `vistorLanguage` is the vendor's own spelling (SEEN). */
export async function detectLanguage(client: Client, ticketExternalId: string): Promise<string | null> {
  const answer = await ask(client, `${ticketPath(ticketExternalId)}:detectvisitorlanguage`)
  return textOf(answer?.vistorLanguage) ?? textOf(answer?.visitorLanguage) ?? textOf(answer?.contactLanguage)
}

export async function previewTranslation(client: Client, order: PreviewOrder): Promise<string> {
  const { ticketExternalId, text, from, to } = order
  const path =
    ticketExternalId === null
      ? 'ticketing/tickets:previewmessagetranslationfornewtickets'
      : `${ticketPath(ticketExternalId)}:previewmessagetranslation`
  const answer = await ask(client, path, { text, targetLanguage: to, ...(from !== null && { sourceLanguage: from }) })
  const translated = textOf(answer?.translatedText)
  if (translated === null) throw new RefusedError('Comm100 answered without a translated text')
  return translated
}

/** Goes out once: somebody waits for the answer, and the allowance of calls is small. */
async function ask(client: Client, path: string, body: JsonObject = {}): Promise<JsonObject | null> {
  const answer: HttpAnswer = await client.write('POST', path, body)
  return answer.text === '' ? null : objectOf(answer.json())
}

/** Finds the answer in DeskHero's wrapper, whose inside is on no page seen (all ASSUMED), and the text of an error. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import { intOf, listOf, objectOf, textOf } from '#connectors/reading.ts'

/** The list in an answer, bare or wrapped up to three times; null when there is none. */
export function manyIn(answer: Json, wrapperKeys: readonly string[], depth = 0): Json[] | null {
  if (Array.isArray(answer)) return answer
  const wrapper = objectOf(answer)
  if (!wrapper || depth === 3) return null
  for (const key of wrapperKeys) {
    const found = wrapper[key] === undefined ? null : manyIn(wrapper[key], wrapperKeys, depth + 1)
    if (found) return found
  }
  return null
}

/** The object in an answer, which `isIt` knows by its fields so that a wrapper is not taken for it; else null. */
export function oneIn(
  answer: Json,
  wrapperKeys: readonly string[],
  isIt: (object: JsonObject) => boolean,
  depth = 0,
): JsonObject | null {
  const candidates = Array.isArray(answer) ? answer.slice(0, 1) : [answer]
  const object = objectOf(candidates[0])
  if (!object || depth === 3) return null
  if (isIt(object)) return object
  for (const key of wrapperKeys) {
    const found = object[key] === undefined ? null : oneIn(object[key], wrapperKeys, isIt, depth + 1)
    if (found) return found
  }
  return null
}

/** How many there are in all, when the wrapper says so. */
export function totalIn(answer: Json): number | null {
  const wrapper = objectOf(answer)
  for (const key of ['total', 'total_count', 'total_items', 'count_total', 'totalCount']) {
    const total = intOf(wrapper?.[key])
    if (total !== null && total >= 0) return total
  }
  return null
}

/** An answer with 200 that says it failed (ASSUMED: such flags are common in wrappers). */
export function saysItFailed(answer: Json): boolean {
  const wrapper = Array.isArray(answer) ? null : objectOf(answer)
  return wrapper !== null && ['success', 'succeeded', 'is_success', 'isSuccess'].some((key) => wrapper[key] === false)
}

/** What an error answer says, from `message|errors|title|detail` (ASSUMED; ASP.NET's ProblemDetails). */
export function errorTextIn(answer: Json): string | null {
  const error = objectOf(answer)
  if (!error) return textOf(answer)
  const parts = [error.message, error.errors, error.title, error.detail].flatMap(textsIn)
  return parts.length === 0 ? null : [...new Set(parts)].join('; ').slice(0, 300)
}

/** The vendor's own code of an error, should there be one (ASSUMED: ProblemDetails has none). */
export function codeIn(answer: Json): string | null {
  const error = objectOf(answer)
  return textOf(error?.code) ?? textOf(error?.error_code)
}

/** The id ASP.NET gives a failed request. */
export function requestIdIn(answer: Json): string | null {
  const error = objectOf(answer)
  return textOf(error?.traceId) ?? textOf(error?.trace_id)
}

function textsIn(value: Json | undefined): string[] {
  const text = textOf(value)
  if (text !== null) return [text]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  return listOf(Object.values(objectOf(value) ?? {})).flatMap(textsIn)
}

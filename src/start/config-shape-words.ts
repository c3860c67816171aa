/** Kinds of values that several parts of the configuration have. */
import { z } from 'zod'

export const key = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'expected a key of small letters, digits, - and _' })

export const locale = z.string().refine(isLocale, 'expected a language tag such as en or pt-BR')

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1
  } catch {
    return false
  }
}

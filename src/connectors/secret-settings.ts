/** Which settings are credentials: said where they are declared, found wherever settings of that shape are. */
import { z } from 'zod'

/** A setting that proves who we are. It may stand encrypted in the configuration file, and is never shown. */
export function secretSetting(description: string, shortest = 1) {
  return z.string().min(shortest).meta({ isSecret: true, description })
}

export type FoundSecret = { path: PropertyKey[]; value: string }

type Definition = { type: string } & Record<string, unknown>

/** The secrets of a value of this shape, at any depth; tolerant of values that do not fit. */
export function secretsIn(shape: z.ZodType, value: unknown, path: PropertyKey[] = []): FoundSecret[] {
  if (shape.meta()?.isSecret === true) return typeof value === 'string' ? [{ path, value }] : []
  const definition = shape._zod.def as Definition
  switch (definition.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null) return []
      const fields = Object.entries(definition.shape as Record<string, z.ZodType>)
      const given = value as Record<string, unknown>
      return fields.flatMap(([key, inner]) => secretsIn(inner, given[key], [...path, key]))
    }
    case 'array':
      if (!Array.isArray(value)) return []
      return value.flatMap((entry, index) => secretsIn(definition.element as z.ZodType, entry, [...path, index]))
    case 'union': {
      // Of options told apart by a field only one has a value's fields; of others each secret is one.
      const found = (definition.options as z.ZodType[]).flatMap((option) => secretsIn(option, value, path))
      return [...new Map(found.map((secret) => [secret.path.join('\n'), secret])).values()]
    }
    case 'pipe':
      return secretsIn(definition.in as z.ZodType, value, path)
    default:
      return definition.innerType ? secretsIn(definition.innerType as z.ZodType, value, path) : []
  }
}

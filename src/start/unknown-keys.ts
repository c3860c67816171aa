import type { z } from 'zod'

export type UnknownKey = { path: PropertyKey[]; known: string[] }

type Definition = { type: string } & Record<string, unknown>

/**
 * Keys of a value that its shape does not have, at any depth. zod itself can refuse them only for one object at a time,
 * and the shapes of the vendors' settings are open ones.
 */
export function unknownKeysIn(shape: z.ZodType, value: unknown, path: PropertyKey[] = []): UnknownKey[] {
  const definition = shape._zod.def as unknown as Definition
  switch (definition.type) {
    case 'object':
      return inObject(definition, value, path)
    case 'array':
      if (!Array.isArray(value)) return []
      return value.flatMap((entry, index) => unknownKeysIn(definition.element as z.ZodType, entry, [...path, index]))
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
      return unknownKeysIn(definition.innerType as z.ZodType, value, path)
    case 'pipe':
      return unknownKeysIn(definition.in as z.ZodType, value, path)
    case 'union': {
      const options = (definition.options as z.ZodType[]).filter((option) => isMeant(option, value, definition))
      const results = options.map((option) => unknownKeysIn(option, value, path))
      return results.sort((left, right) => left.length - right.length)[0] ?? []
    }
    default:
      return []
  }
}

function inObject({ shape, catchall }: Definition, value: unknown, path: PropertyKey[]): UnknownKey[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const fields = shape as Record<string, z.ZodType>
  return Object.entries(value).flatMap(([key, inner]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field) return unknownKeysIn(field, inner, [...path, key])
    return catchall ? [] : [{ path: [...path, key], known: Object.keys(fields) }]
  })
}

/** In a union told apart by one field, only the option of that field's value. */
function isMeant(option: z.ZodType, value: unknown, { discriminator }: Definition): boolean {
  if (typeof discriminator !== 'string') return true
  const { shape } = option._zod.def as unknown as { shape?: Record<string, z.ZodType> }
  return shape?.[discriminator]?.safeParse((value as Record<string, unknown> | null)?.[discriminator]).success ?? true
}

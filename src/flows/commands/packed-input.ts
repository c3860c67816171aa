/** Inputs of commands as JSON, for later: where moments stood is kept beside it, since JSON only has text for them. */
type Place = (string | number)[]
export type Packed = { value: unknown; moments: Place[] }

export function packed(value: unknown): Packed {
  return { value, moments: momentsIn(value, []) }
}

/** What was packed, after it was JSON. */
export function unpacked<Value>({ value, moments }: Packed): Value {
  for (const place of moments) {
    const parent = place.slice(0, -1).reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value)
    const key = place.at(-1) as string
    const holder = parent as Record<string, unknown>
    holder[key] = new Date(holder[key] as string)
  }
  return value as Value
}

function momentsIn(value: unknown, place: Place): Place[] {
  if (value instanceof Date) return [place]
  if (Array.isArray(value)) return value.flatMap((item, index) => momentsIn(item, [...place, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => momentsIn(item, [...place, key]))
}

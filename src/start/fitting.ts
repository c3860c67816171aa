import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { lineOf } from './problem-line.ts'
import { unknownKeysIn } from './unknown-keys.ts'

/** `value` is null exactly when it does not fit; `problems` may also hold unknown keys of one that does. */
export type Reading<Value> = { value: Value | null; problems: string[] }

/** Where `${NAME}` stood in a configuration file, by path. `isWhole`: there was nothing beside it. */
export type Replaced = Map<string, { name: string; isWhole: boolean }>

/** Does a value have the shape? Every mistake becomes a line: path, what was expected, what came. */
export function fitting<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  nameOf: (path: string) => string = (path) => path,
  replaced: Replaced = new Map(),
): Reading<z.output<Shape>> {
  const place = (path: PropertyKey[]) => nameOf(pathText(path))
  let input = value
  let result = shape.safeParse(input)
  for (const { path, code, ...issue } of result.error?.issues ?? []) {
    // The environment holds only text: where `${NAME}` stands for a number or a truth value it is read as one.
    if (code !== 'invalid_type' || !replaced.get(place(path))?.isWhole) continue
    input = withValueAt(input, path, readAs(String((issue as { expected?: string }).expected), valueAt(input, path)))
  }
  if (input !== value) result = shape.safeParse(input)

  const unknown = unknownKeysIn(shape, input).map(({ path, known }) => {
    const near = nearest(String(path.at(-1)), known)
    return `${place(path)}: not known here${near ? `, did you mean ${near}?` : ` (known: ${known.join(', ')})`}`
  })
  const wrong = (result.error?.issues ?? []).map((issue) => {
    const cameFrom = replaced.get(place(issue.path))?.name ?? null
    return lineOf(issue, { place: place(issue.path), value: valueAt(input, issue.path), cameFrom })
  })
  return { value: result.success ? result.data : null, problems: [...wrong, ...unknown] }
}

/** Path as people write it: `backends[1].settings.baseUrl`. */
export function pathText(path: PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value)
}

function withValueAt(value: unknown, [key, ...rest]: PropertyKey[], inner: unknown): unknown {
  if (key === undefined) return inner
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<PropertyKey, unknown>
  copy[key] = withValueAt(copy[key], rest, inner)
  return copy
}

function readAs(expected: string, value: unknown): unknown {
  const text = String(value)
  if (['number', 'int'].includes(expected) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (expected === 'boolean' && ['true', 'false'].includes(text)) return text === 'true'
  return value
}

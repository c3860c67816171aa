import { type DocumentLimits, tooComplex } from './limits.ts'

/** @throws GraphQLError when variables are nested deeper, or hold more, than the limits allow. Calls nothing for each level. */
export function checkVariables(variables: unknown, { nesting, values }: DocumentLimits): void {
  let level = [variables]
  let count = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      // The variables themselves are no level.
      if (depth > nesting) throw tooComplex('nesting', nesting, `more`)
      const inside = Array.isArray(value) ? value : Object.values(value)
      count += inside.length
      if (count > values) throw tooComplex('values', values, count)
      for (const item of inside) below.push(item)
    }
    level = below
  }
}

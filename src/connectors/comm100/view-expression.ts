/** A view's own expression over its numbered conditions, such as `1 and (2 or not 3)`. Its form is ASSUMED. */
import type { ViewFilter } from '#connectors/contract.ts'

/** Null when it is no expression, or a number in it is of no condition. */
export function filterOfExpression(text: string, filterOf: (order: number) => ViewFilter | null): ViewFilter | null {
  const tokens = text.toLowerCase().match(/\d+|[a-z]+|&&|\|\||[^\s]/g) ?? []
  let next = 0
  const takes = (...words: string[]) => words.includes(tokens[next] ?? '') && next++ >= 0

  function oneOf(): ViewFilter | null {
    const parts = [allOf()]
    while (takes('or', '||')) parts.push(allOf())
    return joined('or', parts)
  }

  function allOf(): ViewFilter | null {
    const parts = [single()]
    while (takes('and', '&&')) parts.push(single())
    return joined('and', parts)
  }

  function single(): ViewFilter | null {
    if (takes('not', '!')) {
      const inner = single()
      return inner && { not: inner }
    }
    if (takes('(')) {
      const inner = oneOf()
      return takes(')') ? inner : null
    }
    const token = tokens[next++] ?? ''
    return /^\d+$/.test(token) ? filterOf(Number(token)) : null
  }

  const filter = oneOf()
  return next === tokens.length ? filter : null
}

function joined(word: 'and' | 'or', parts: (ViewFilter | null)[]): ViewFilter | null {
  const filters = parts.filter((part) => part !== null)
  if (filters.length < parts.length) return null
  return filters.length === 1 ? (filters[0] as ViewFilter) : { [word]: filters }
}

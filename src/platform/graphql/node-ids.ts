/** Global ids: the type's name and our UUID, opaque to clients. */
import { badInput } from './bad-input.ts'

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * An inbox page (Q1) has 300: 150 ns each, where a buffer takes 240. Base64 differs from what addresses may hold only where
 * `>`, `?`, `~` or letters beyond ASCII stand: our ids have none.
 */
export function nodeIdOf(typeName: string, id: string): string {
  const text = `${typeName}:${id}`
  const padded = btoa(text)
  const over = text.length % 3
  return over === 0 ? padded : padded.slice(0, over - 3)
}

export type NodeKey = { typeName: string; id: string }

/**
 * Null for anything that is not one of our ids: to a client a damaged id is an id that does not exist. Base64 has several
 * spellings for the same bytes; only ours is an id.
 */
export function nodeKeyOf(nodeId: string): NodeKey | null {
  const [typeName, id, ...rest] = Buffer.from(nodeId, 'base64url').toString('latin1').split(':')
  const isOurs = typeName && id && rest.length === 0 && uuidText.test(id) && nodeIdOf(typeName, id) === nodeId
  return isOurs ? { typeName, id } : null
}

/** The UUID behind an id of one of these types, else null. */
export function idFrom(nodeId: string, ...typeNames: string[]): string | null {
  const key = nodeKeyOf(nodeId)
  return key && typeNames.includes(key.typeName) ? key.id : null
}

/** The UUIDs of a filter's ids. An id of the wrong type is a mistake worth telling; one that does not exist just matches nothing. */
export function idsFrom(argument: string, nodeIds: readonly string[], ...typeNames: string[]): string[] {
  return nodeIds.map((nodeId) => {
    const id = idFrom(nodeId, ...typeNames)
    if (!id)
      throw badInput(argument, `expected ids of ${typeNames.join(' or ')}, got ${JSON.stringify(nodeId.slice(0, 80))}`)
    return id
  })
}

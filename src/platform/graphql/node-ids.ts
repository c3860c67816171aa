/** Global ids: the type's name and our UUID, opaque to clients. */
import { badInput } from './bad-input.ts'

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Bytes of one id at a time: a buffer for each would be a tenth of what an inbox page (Q1) leaves to the garbage collector. */
const bytes = Buffer.alloc(200)

export function nodeIdOf(typeName: string, id: string): string {
  const text = `${typeName}:${id}`
  if (text.length > bytes.length) return Buffer.from(text, 'latin1').toString('base64url')
  return bytes.toString('base64url', 0, bytes.write(text, 'latin1'))
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

/** Reads documents: parsed and measured once, then known by their text. */
import { type DocumentNode, GraphQLError, parse } from 'graphql'
import { checkShape } from './document-shape.ts'
import { type DocumentLimits, tooComplex } from './limits.ts'

export type Documents = {
  /** @throws GraphQLError when it cannot be parsed or passes a limit. */
  read(text: string): DocumentNode
}

/**
 * A parsed token takes about 300 bytes, so a thousand documents of the largest kind would not fit into a gateway's
 * memory: what is kept is bounded by tokens, and a console has some ten thousand in all of its documents.
 */
const keptTokens = 100_000

/** Whether a document fits depends on these limits alone, never on who asks or with which variables. */
export function openDocuments(limits: DocumentLimits, allowsIntrospection: boolean): Documents {
  // In the order of their last use, as a Map keeps what is put in last.
  const kept = new Map<string, { document: DocumentNode; tokens: number }>()
  let tokensInAll = 0

  function keep(text: string, document: DocumentNode): void {
    const tokens = (document.tokenCount ?? limits.tokens) + Math.ceil(text.length / 100)
    kept.set(text, { document, tokens })
    tokensInAll += tokens
    for (const [oldest, entry] of kept) {
      if (tokensInAll <= keptTokens) break
      kept.delete(oldest)
      tokensInAll -= entry.tokens
    }
  }

  return {
    read(text) {
      const known = kept.get(text)
      if (known) {
        kept.delete(text)
        kept.set(text, known)
        return known.document
      }
      if (text.length > limits.characters) throw tooComplex('characters', limits.characters, text.length)
      const document = parsed(text, limits)
      checkShape(document, limits, allowsIntrospection)
      keep(text, document)
      return document
    },
  }
}

function parsed(text: string, { tokens }: DocumentLimits): DocumentNode {
  try {
    return parse(text, { maxTokens: tokens })
  } catch (error) {
    // The parser calls itself for each level, and there is no telling how much stack is left.
    if (error instanceof RangeError) throw tooComplex('depth', tokens, 'more than can be read')
    if (!(error instanceof GraphQLError)) throw error
    if (error.message.includes(`more that ${tokens} tokens`)) throw tooComplex('tokens', tokens, 'more')
    // As graphql-yoga marks them: 400, or 200 to clients that want plain JSON.
    const extensions = { code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } }
    throw new GraphQLError(error.message, { source: error.source, positions: error.positions, extensions })
  }
}

/**
 * Documents known beforehand. Clients send an id instead of the text, in the ways that Apollo, Relay and the draft of
 * GraphQL over HTTP have for it; with `only`, nothing else runs. The plugin of graphql-yoga cannot tell which document was
 * unknown, and refuses the text of a known one.
 */

import { GraphQLError } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import type { Log } from '#platform/log.ts'
import { sha256 } from '#sha256.ts'

export type PersistedDocuments = {
  /** With the text that is meant. @throws GraphQLError when there is none, or it may not run. */
  open(params: GraphQLParams): GraphQLParams
}

export type PersistedOptions = {
  /** `audit` runs everything, and logs what `only` would refuse. */
  mode: 'audit' | 'only'
  /** Id → text. */
  documents: ReadonlyMap<string, string>
  log: Pick<Log, 'info'>
}

/** More different ones than any client has; an attacker shall not fill the log. */
const mostLogged = 1_000

export function openPersisted({ mode, documents, log }: PersistedOptions): PersistedDocuments {
  const texts = new Set(documents.values())
  const logged = new Set<string>()

  function audit(text: string): void {
    const documentId = sha256(text)
    if (logged.has(documentId) || logged.size >= mostLogged) return
    logged.add(documentId)
    log.info({ documentId, unknownDocuments: logged.size }, 'a document that is not in the manifest')
  }

  return {
    open(params) {
      const id = idIn(params as Params)
      if (id !== undefined && params.query === undefined) {
        const query = documents.get(id)
        if (query === undefined) throw refusal('NOT_FOUND', 404, 'There is no persisted document of this id.')
        const { operationName, variables } = params
        return {
          query,
          ...(operationName !== undefined && { operationName }),
          ...(variables !== undefined && { variables }),
        }
      }
      if (typeof params.query !== 'string' || texts.has(params.query)) return params
      if (mode === 'only') throw refusal('FORBIDDEN', 403, 'Only persisted documents run here: send the id of one.')
      audit(params.query)
      return params
    },
  }
}

type Params = Record<'documentId' | 'doc_id' | 'id', unknown> & {
  extensions?: { persistedQuery?: { sha256Hash?: unknown } }
}

function idIn({ documentId, doc_id, id, extensions }: Params): string | undefined {
  const [given] = [documentId, doc_id, id, extensions?.persistedQuery?.sha256Hash].filter(
    (value) => value !== undefined,
  )
  return typeof given === 'string' ? given.replace(/^sha256:/, '') : undefined
}

function refusal(code: string, status: number, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } })
}

/** Streams that are open on this gateway: how many there may be, and for how long their tokens are good. */
import { GraphQLError } from 'graphql'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { StreamLimits } from '#platform/limits/limits.ts'
import type { Authenticate } from './signing-in.ts'

export type StreamsOptions = { authenticate: Authenticate; limits: StreamLimits }

/** Calls back once when the token is good no longer. */
export type OpenStream = { onEnd(listener: (error: GraphQLError) => void): void; close(): void }

export type Streams = {
  /** @throws GraphQLError when there are too many. */
  open(viewer: Viewer, bearerToken: string | null): OpenStream
  close(): void
}

const LOOK_EVERY_MS = 2_000

type Bearer = { token: string | null; rights: string; streams: Set<{ end?: (error: GraphQLError) => void }> }

export function openStreams({ authenticate, limits }: StreamsOptions): Streams {
  const bearers = new Map<string, Bearer>()
  let count = 0
  let timer: NodeJS.Timeout | undefined

  async function look() {
    await Promise.all([...bearers.values()].map(lookAt))
    timer = count > 0 ? setTimeout(look, LOOK_EVERY_MS).unref() : undefined
  }

  async function lookAt({ token, rights, streams }: Bearer) {
    // When it cannot be told now, it is asked again: what was good a moment ago still is.
    const viewer = await Promise.resolve(authenticate(token)).catch(() => undefined)
    if (viewer === undefined || (viewer && rightsOf(viewer) === rights)) return
    for (const { end } of streams) end?.(viewer ? otherRights : signedOut)
  }

  return {
    open(viewer, token) {
      const key = `${viewer.workspaceId} ${viewer.tokenName} ${viewer.actorId}`
      const rights = rightsOf(viewer)
      const known = bearers.get(`${key} ${token} ${rights}`)
      const most = viewer.role === 'CONTACT' ? limits.perContact : limits.perToken
      const own = [...bearers]
        .filter(([name]) => name.startsWith(`${key} `))
        .reduce((sum, [, { streams }]) => sum + streams.size, 0)
      if (own >= most) throw tooMany(most, 'this token')
      if (count >= limits.perGateway) throw tooMany(limits.perGateway, 'this gateway')
      const bearer = known ?? { token, rights, streams: new Set() }
      bearers.set(`${key} ${token} ${rights}`, bearer)
      const stream: { end?: (error: GraphQLError) => void } = {}
      bearer.streams.add(stream)
      count += 1
      timer ??= setTimeout(look, LOOK_EVERY_MS).unref()
      return {
        onEnd(listener) {
          stream.end = listener
        },
        close() {
          if (!bearer.streams.delete(stream)) return
          count -= 1
          if (bearer.streams.size === 0) bearers.delete(`${key} ${token} ${rights}`)
        },
      }
    },
    close: () => clearTimeout(timer),
  }
}

function rightsOf({ workspaceId, actorId, role, scopes, tokenName }: Viewer): string {
  return JSON.stringify([workspaceId, actorId, role, tokenName, [...scopes].sort()])
}

const signedOut = new GraphQLError('The token is good no longer.', { extensions: { code: 'UNAUTHENTICATED' } })
const otherRights = new GraphQLError('The token has other rights now: subscribe again.', {
  extensions: { code: 'UNAUTHENTICATED' },
})

function tooMany(most: number, whose: string): GraphQLError {
  const message = `There are ${most} streams open already, as many as ${whose} may have.`
  const http = { status: 429, headers: { 'retry-after': '5' } }
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5, http } })
}

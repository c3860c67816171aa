/** A request that was let in, and what the door knows of it. */
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Budget } from '#platform/limits/budgets.ts'
import type { GraphqlBody } from './body.ts'
import type { RequestFacts } from './request.ts'

export type Admitted = {
  viewer: Viewer
  budget: Budget
  bearerToken: string | null
  facts: RequestFacts
  /** Origin under which the client reached us, for links. */
  origin: string
  /** What a client of Server-Sent Events says it has seen, when it comes back; null: nothing. */
  lastEventId: string | null
  client: Client
  /** A stream is no request under way. */
  giveBack(): void
}

/** What comes in over HTTP. */
export type Asked = Admitted & {
  /** Null where it was not read: then the address asks. */
  body: GraphqlBody | null
  /** To be called when the answer is there, just before it goes out. */
  onAnswer(): void
}

/** Whoever waits for the answer. */
export type Client = {
  isGone(): boolean
  /** Calls back when it goes; returns what takes that back. One listens at a time: another takes its place. */
  onGone(listener: () => void): () => void
}

/** One ticket's stream: what the log says of it, and who has it open. */
import type { PresenceShape } from '#domain/presence/loaders.ts'
import { type PresenceEventShape, watchPresence } from '#domain/presence/stream.ts'
import type { EventPlace, GraphContext } from '#platform/graphql/builder.ts'
import { merged, type Streamed, streamed } from '#platform/live/iterators.ts'
import type { StreamEvent } from './events.ts'
import type { Stream } from './hub.ts'

/** Presence has no place in the log: its events have that of the event before, so that `after` goes on right behind it. */
export function withPresence(
  context: GraphContext,
  { ticketId, stream }: { ticketId: string; stream: Stream },
): Streamed<StreamEvent | PresenceEventShape> {
  let place = stream.place()
  const events = merged<StreamEvent | PresenceShape[]>([stream, watchPresence(context, ticketId)])
  return streamed({
    async next() {
      const { value } = await events.next()
      if (Array.isArray(value)) return presenceEvent(ticketId, place, value)
      if (value) place = value.place
      return value
    },
    close: () => void events.return?.(),
  })
}

function presenceEvent(ticketId: string, place: EventPlace, presence: PresenceShape[]): PresenceEventShape {
  return { type: 'PresenceEvent', place, at: new Date().toISOString(), ticketId, presence }
}

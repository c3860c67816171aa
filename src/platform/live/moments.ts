import type { GraphContext } from '#platform/graphql/builder.ts'

/** Events that were read together: what is looked up for one of them serves all. */
const moments = new WeakMap<object, object>()

export function ofOneMoment<Event extends object>(moment: object, events: readonly Event[]): void {
  for (const event of events) moments.set(event, moment)
}

/** Something that all events of one moment have in common, and no other. */
export function momentOf(event: object): object {
  return moments.get(event) ?? event
}

/** For reading in a stream: nothing is known yet, and it is now. */
export function contextAnew({ rows: _known, ...context }: GraphContext): GraphContext {
  return { ...context, now: new Date() }
}

const readings = new WeakMap<object, GraphContext>()

/** Answers to the event find what was loaded when it was read. All its readers must have the rights of that context. */
export function readIn<Event extends object>(context: GraphContext, event: Event): Event {
  readings.set(event, context)
  return event
}

export const readingOf = (event: object): GraphContext | undefined => readings.get(event)
export const forgetReading = (event: object) => readings.delete(event)

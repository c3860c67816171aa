/** Events that were read together: what is looked up for one of them serves all. */
const moments = new WeakMap<object, object>()

export function ofOneMoment<Event extends object>(moment: object, events: readonly Event[]): void {
  for (const event of events) moments.set(event, moment)
}

/** Something that all events of one moment have in common, and no other. */
export function momentOf(event: object): object {
  return moments.get(event) ?? event
}

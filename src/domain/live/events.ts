/** What a stream says. */
import { type Line, shownTo } from '#domain/changes/feed.ts'
import type { EventPlace } from '#platform/graphql/builder.ts'
import type { LiveLine, LogOf } from './reading.ts'
import type { Selection } from './selection.ts'

/** A line of the log, as the readers of a selection may know it. */
export type LineEvent = Line & { wasInSelection: boolean; isInSelection: boolean }
export type StreamGap = {
  type: 'StreamGap'
  place: EventPlace
  at: string
  reason: string
  droppedCount: number | null
}
export type StreamEvent = LineEvent | StreamGap

/** The events that lines are for a selection, in their order. */
export async function eventsIn(log: LogOf, selection: Selection, lines: readonly LiveLine[]): Promise<LineEvent[]> {
  const own = lines.filter((line) => selection.concerns(line))
  if (own.length === 0) return []
  const held = await selection.holding(
    log,
    own.flatMap(({ before, after }) => [before, after]),
  )
  return own.flatMap((line, index) => {
    const [wasHeld = false, isInSelection = false] = [held[2 * index], held[2 * index + 1]]
    const wasInSelection = wasHeld || (!isInSelection && selection.mayHaveHeld(line))
    const isShown =
      line.messageId === null ? wasInSelection || isInSelection : isInSelection && isForSight(line, selection)
    if (!isShown) return []
    const {
      before: _before,
      after: _after,
      isFirst: _isFirst,
      isPublic: _isPublic,
      isNoNote: _isNoNote,
      ...rest
    } = line
    const event = { ...shownTo(selection.sight, rest), wasInSelection, isInSelection }
    return isTelling(event, selection) ? [event] : []
  })
}

function isForSight({ isPublic, isNoNote }: LiveLine, { sight }: Selection): boolean {
  return { PUBLIC: isPublic, WITHOUT_NOTES: isNoNote, ALL: true }[sight]
}

/** Of a change whose fields are all hidden nothing is told. */
function isTelling({ messageId, kind, changedFields, wasInSelection, isInSelection }: LineEvent, { sight }: Selection) {
  if (sight === 'ALL' || messageId !== null || kind !== 'UPDATED') return true
  return wasInSelection !== isInSelection || changedFields.length > 0
}

export function swept(end: EventPlace): StreamGap {
  const reason = 'The log of changes no longer reaches back to where this stream was. Read anew what you show.'
  return gap(end, reason, null)
}

export function tooSlow(place: EventPlace, droppedCount: number): StreamGap {
  const reason = 'This reader was too slow. What was dropped can be read by `changes` from the last cursor on.'
  return gap(place, reason, droppedCount)
}

function gap(place: EventPlace, reason: string, droppedCount: number | null): StreamGap {
  return { type: 'StreamGap', place, at: new Date().toISOString(), reason, droppedCount }
}

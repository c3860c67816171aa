/** A client of Server-Sent Events, as plain as can be. */
import { onTestFinished } from 'vitest'

export type Event = {
  __typename: string
  messageId?: string
  changedFields: string[]
  ticket: unknown
  cursor: string
  ticketId: string
  wasInSelection: boolean
  isInSelection: boolean
}
export type Answered = {
  data?: Record<string, Event> | null
  errors?: { message: string; extensions: { code: string } }[]
}

export type Reading = {
  status: number
  /** Everything that came so far. */
  answers: Answered[]
  /** The first field of each answer that has one. */
  events: Event[]
  /** Waits until so many events are there. */
  until(count: number): Promise<Event[]>
  /** Waits until the last event is the one. */
  untilLast(isIt: (event: Event) => boolean): Promise<Event[]>
  /** Resolves when the other side has ended the stream; true when it said so. */
  ended: Promise<boolean>
  leave(): void
}

type Asking = { url: string; token: string; query: string; variables?: object }

/** Resolves when the stream is open: whatever happens from then on is in it. */
export async function readStream({ url, token, query, variables = {} }: Asking): Promise<Reading> {
  const leaving = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    signal: leaving.signal,
  })
  const reading = { answers: [] as Answered[], events: [] as Event[] }
  let told = () => {}
  let isComplete = false
  const ended = (async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        if (block.startsWith('event: complete')) isComplete = true
        const data = /^event: next\ndata: (.*)$/m.exec(block)?.[1]
        if (data === undefined) continue
        const answer = JSON.parse(data) as Answered
        reading.answers.push(answer)
        if (answer.data) reading.events.push(Object.values(answer.data)[0] as Event)
      }
      told()
    }
    return isComplete
  })().catch(() => isComplete)
  void ended.then(() => told())
  const leave = () => leaving.abort()
  onTestFinished(leave)
  return {
    ...reading,
    status: response.status,
    ended,
    leave,
    until: (count) => untilHas(`${count} events`, (events) => events.length >= count),
    untilLast: (isIt) => untilHas('what was waited for', (events) => events.length > 0 && isIt(events.at(-1) as Event)),
  }

  async function untilHas(what: string, isEnough: (events: Event[]) => boolean) {
    const startedAt = Date.now()
    while (!isEnough(reading.events)) {
      if (Date.now() - startedAt > 8_000)
        throw new Error(
          `${what} did not come, but ${reading.events.length}: ${JSON.stringify(reading.answers.slice(-3))}`,
        )
      await Promise.race([
        new Promise<void>((resolve) => {
          told = resolve
        }),
        new Promise((resolve) => setTimeout(resolve, 200)),
      ])
    }
    return reading.events
  }
}

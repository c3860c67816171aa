/** Clients that ask all the time and note what they are told, when, and how long it took. */
import { setTimeout as sleep } from 'node:timers/promises'

/** `words` says what was wrong with it; null: a right answer, or a refusal as it should be. */
export type Noted = { atMs: number; tookMs: number; status: number; words: string | null }

export type Watchers = {
  answers: Noted[]
  /** What readiness said last. */
  readiness(): number
  stop(): Promise<void>
}

const READ = `query ($id: ID!) {
  node(id: $id) { id ... on Ticket { subject messages(first: 5) { nodes { id } } } }
  tickets(first: 10) { totalCount nodes { id } }
}`
const READERS = 4
const PAUSE_MS = 200

/** A read is right when it is about the ticket that was asked for, and of no fewer tickets than there were. */
export function watch({ url, token, ticketIds }: { url: string; token: string; ticketIds: string[] }): Watchers {
  const answers: Noted[] = []
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let [isOver, turn, most, lastReadiness] = [false, 0, 0, 0]

  async function ask(): Promise<Noted> {
    const id = ticketIds[turn++ % ticketIds.length] as string
    const started = performance.now()
    const note = (status: number, words: string | null) => ({
      ...{ atMs: started, tookMs: performance.now() - started, status, words },
    })
    try {
      const body = JSON.stringify({ query: READ, variables: { id } })
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) })
      const text = await response.text()
      return note(response.status, problemOf(response, text, id))
    } catch (error) {
      return note(0, `no answer: ${(error as Error).message} ${(error as Error).cause ?? ''}`)
    }
  }

  function problemOf({ status, headers }: Response, text: string, id: string): string | null {
    const { data, errors } = JSON.parse(text)
    const code = errors?.[0]?.extensions?.code
    if (status === 503 && ['UNAVAILABLE', 'OVERLOADED'].includes(code) && Number(headers.get('retry-after')) > 0)
      return null
    if (status !== 200 || errors) return `${status} ${code}: ${text.slice(0, 200)}`
    if (data.node?.id !== id) return `asked for ${id}, got ${data.node?.id}`
    if (data.tickets.totalCount < most) return `${data.tickets.totalCount} tickets after ${most}`
    most = data.tickets.totalCount
    return null
  }

  const readers = Array.from({ length: READERS }, async () => {
    for (; !isOver; await sleep(PAUSE_MS)) answers.push(await ask())
  })
  const looker = (async () => {
    for (; !isOver; await sleep(100)) {
      const signal = AbortSignal.timeout(5000)
      lastReadiness = await fetch(new URL('/health/ready', url), { signal }).then(
        ({ status }) => status,
        () => 0,
      )
    }
  })()
  return {
    answers,
    readiness: () => lastReadiness,
    async stop() {
      isOver = true
      await Promise.all([...readers, looker])
    },
  }
}

/** Judges what is at the help desks and in our rows after all is over. */
import type pg from 'pg'
import type { Desks } from './desks.ts'
import { type Reply, rowIdOf, type Thread } from './replies.ts'

export type Verdict = {
  /** Counts of replies by vendor. */
  byVendor: Record<string, Tally>
  /** One line for each broken promise; none: all were kept. */
  broken: string[]
}
export type Tally = { replies: number; once: number; uncertain: number; repeatedAttempts: number }

type DeliveryRow = { id: string; state: string; attempts: number; problem: unknown }
type MessageRow = { id: string; external_id: string; ticket_id: string; body_text: string; status: string | null }

export async function evidence(court: { database: pg.Pool; desks: Desks; threads: Thread[] }): Promise<Verdict> {
  const { database, desks, threads } = court
  const deliveries = byId(await rowsOf<DeliveryRow>(database, 'select id, state, attempts, problem from deliveries'))
  const messages = await rowsOf<MessageRow>(
    database,
    `select id, external_id, ticket_id, body_text, delivery ->> 'status' as status from messages
     where body_text like '%Your order is on its way.%'`,
  )
  const broken: string[] = []
  const byVendor: Record<string, Tally> = {}

  for (const vendor of new Set(threads.map((thread) => thread.vendor))) {
    const tally: Tally = { replies: 0, once: 0, uncertain: 0, repeatedAttempts: 0 }
    byVendor[vendor] = tally
    const arrived = ((await desks.get(vendor)?.messages()) ?? []).flatMap(({ ticketId, text }) => {
      const mark = /\((\w+ \d+)\)/.exec(text)?.[1]
      return mark ? [{ ticketId, mark }] : []
    })
    for (const thread of threads.filter((candidate) => candidate.vendor === vendor)) judge(thread, arrived, tally)
  }
  broken.push(...(await disorderIn(database)))
  return { byVendor, broken }

  function judge(thread: Thread, arrived: { ticketId: number; mark: string }[], tally: Tally) {
    const isUncertain = ({ deliveryId }: Reply) => deliveries.get(rowIdOf(deliveryId))?.state === 'UNCERTAIN'
    const marks = new Set(thread.sent.map(({ mark }) => mark))
    const here = arrived.filter(({ mark }) => marks.has(mark))
    const places = new Set(here.map(({ ticketId }) => ticketId))
    if (places.size > 1) broken.push(`${thread.vendor}: replies to one ticket arrived at ${places.size}`)

    for (const [mark, replies] of Map.groupBy(thread.sent, (reply) => reply.mark)) {
      const open = replies.filter(isUncertain).length
      const count = here.filter((message) => message.mark === mark).length
      tally.replies += replies.length
      tally.uncertain += open
      const expected = replies.length
      if (count > expected) broken.push(`${thread.vendor}: "${mark}" is there ${count} times instead of ${expected}`)
      else if (count < expected - open)
        broken.push(`${thread.vendor}: "${mark}" is there only ${count} times of ${expected}`)
      else tally.once += count
      const copies = messages.filter(
        (row) => row.ticket_id === rowIdOf(thread.ticketId) && row.body_text.includes(`(${mark})`),
      )
      if (copies.length !== expected)
        broken.push(`${thread.vendor}: "${mark}" has ${copies.length} rows here instead of ${expected}`)
    }
    for (const reply of thread.sent) judgeRow(thread, reply, tally)

    const certain = thread.sent.filter((reply) => !isUncertain(reply)).map(({ mark }) => mark)
    const order = here.map(({ mark }) => mark).filter((mark) => certain.includes(mark))
    if (open(thread) === 0 && order.join() !== certain.join())
      broken.push(`${thread.vendor}: the order on a ticket is ${order.join(', ')} instead of ${certain.join(', ')}`)

    function open({ sent }: Thread) {
      return sent.filter(isUncertain).length
    }
  }

  function judgeRow({ vendor }: Thread, { mark, messageId, deliveryId }: Reply, tally: Tally) {
    const delivery = deliveries.get(rowIdOf(deliveryId))
    const row = messages.find(({ id }) => id === rowIdOf(messageId))
    tally.repeatedAttempts += Math.max(0, (delivery?.attempts ?? 0) - 1)
    if (delivery?.state === 'UNCERTAIN') return
    if (delivery?.state !== 'SETTLED')
      broken.push(`${vendor}: the delivery of "${mark}" is ${delivery?.state}: ${JSON.stringify(delivery?.problem)}`)
    if (!row) broken.push(`${vendor}: the row of "${mark}" is gone`)
    else if (row.external_id.startsWith('deskgraph:')) broken.push(`${vendor}: "${mark}" was not bound (${row.status})`)
  }
}

/** What must not be in any of our rows, whatever happened. */
async function disorderIn(database: pg.Pool): Promise<string[]> {
  const counters = await rowsOf<{ external_id: string; message_count: number; counted: number }>(
    database,
    `select ticket.external_id, ticket.message_count, count(message.id)::int as counted
     from tickets ticket
     left join messages message on message.workspace_id = ticket.workspace_id and message.ticket_id = ticket.id
       and message.type <> 'SUGGESTED_REPLY' and not message.is_deleted
     where ticket.id in (select ticket_id from deliveries)
     group by ticket.workspace_id, ticket.id having ticket.message_count <> count(message.id)`,
  )
  const orphans = await rowsOf(
    database,
    "select id from conversations where external_id like 'deskgraph:%' and ticket_id in (select ticket_id from deliveries)",
  )
  return [
    ...counters.map((row) => `ticket ${row.external_id} counts ${row.message_count} messages and has ${row.counted}`),
    ...(orphans.length > 0 ? [`${orphans.length} conversations were not bound`] : []),
  ]
}

async function rowsOf<Row extends pg.QueryResultRow>(database: pg.Pool, query: string): Promise<Row[]> {
  return (await database.query<Row>(query)).rows
}

function byId<Row extends { id: string }>(rows: Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]))
}

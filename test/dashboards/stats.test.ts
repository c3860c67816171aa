/** Charts say what a person would count over the same tickets and messages, by the calendar of a time zone. */
import { beforeAll, expect, test } from 'vitest'
import type { MessageRecord, TicketRecord } from '#connectors/contract.ts'
import { refuseTooMany } from '#domain/stats/series.ts'
import { answer, message, thread } from '../syncing/scripted.ts'
import { openCompany } from './company.ts'

const { chats, db, mails, run, askAs, statementsDuring, signIn, workspaceId } = await openCompany()

const hourMs = 3_600_000
/** Hours after midnight in Berlin on Friday, 27 March 2026; two nights later the clocks go forward. */
const hour = (count: number) => new Date(Date.parse('2026-03-26T23:00:00Z') + count * hourMs)
const to = hour(24 * 7)

type Made = TicketRecord & { thread: MessageRecord[] }
const bot = { type: 'CHATBOT', externalId: 'bot', name: 'Bot' } as const

function made(index: number): Made {
  const createdAt = hour(index * 2.5 - 24)
  const at = (hours: number) => ({ at: new Date(createdAt.getTime() + hours * hourMs), sequence: hours * 10 })
  const id = `t${index}`
  const messages: MessageRecord[] = [
    message(`${id}-0`, at(0)),
    message(`${id}-1`, at(0.5)),
    answer(`${id}-2`, { ...at(0.6), sender: bot }),
    answer(`${id}-3`, { ...at(0.7), type: 'NOTE_PRIVATE', direction: 'INTERNAL', isInternal: true }),
  ]
  if (index % 3 > 0) messages.push(answer(`${id}-4`, at(1 + (index % 5))), answer(`${id}-5`, at(8)))
  if (index % 3 === 2) messages.push(message(`${id}-6`, at(10)), answer(`${id}-7`, at(10 + (index % 4) * 7)))
  const isResolved = index % 4 === 1
  const wasReopened = index % 4 === 2
  return {
    ...thread(id, messages, {
      createdAt,
      status: isResolved ? 'RESOLVED' : 'PENDING_INTERNAL',
      resolvedAt: isResolved || wasReopened ? new Date(createdAt.getTime() + (index % 7) * 6 * hourMs) : null,
      reopenedAt: wasReopened ? new Date(createdAt.getTime() + 50 * hourMs) : null,
      resolutionTimeSeconds: index % 8 === 1 ? 1234 : null,
      isSpam: index === 5,
      tags: index % 2 ? [{ externalId: 'odd', name: 'odd' }] : [],
    }),
    thread: messages,
  }
}

const all = Array.from({ length: 70 }, (_, index) => made(index))
beforeAll(async () => {
  // One whose help desk does not say when it was resolved, and two messages nobody is to count.
  const silent = thread('quiet', [
    message('quiet-1', { at: hour(1), sequence: 1, isDeleted: true } as object),
    answer('quiet-2', { at: hour(2), sequence: 2, type: 'SUGGESTED_REPLY' }),
  ])
  const resolved = { status: 'RESOLVED', createdAt: hour(-90), lastActivityAt: hour(30) } as const
  await chats.store({ tickets: all.map(({ thread: _thread, ...record }) => record) })
  await mails.store({ tickets: [{ ...silent, ...resolved }] })
})

type Point = { at: string; value: number | null; p50: number | null; p90: number | null; count: number }
type Stats = {
  totalCount: number
  groups: { key: string; label: string; count: number }[]
  series: { metric: string; points: Point[] }[]
}
const query = `query ($filter: TicketFilter, $groupBy: TicketGroupBy, $metrics: [TicketMetric!], $from: DateTime, $to: DateTime, $bucket: TimeBucket! = DAY, $timeZone: String! = "Europe/Berlin") {
  ticketStats(filter: $filter, groupBy: $groupBy, metrics: $metrics, from: $from, to: $to, bucket: $bucket, timeZone: $timeZone) {
    totalCount groups { key label count } series { metric points { at value p50 p90 count } } } }`
const ask = (variables: object = {}) => run<Stats>(query, { from: hour(0), to, ...variables })

const shown = all.filter(({ isSpam }) => !isSpam)
const quiet = { createdAt: hour(-90), resolvedAt: hour(30), reopenedAt: null, status: 'RESOLVED' }
/** Midnights in Berlin: the third day has 23 hours. */
const days = [0, 24, 48, 71, 95, 119, 143, 167, 191].map(hour)

/** What a metric says of each day, from moments with what was measured. */
function byHand(events: { at: Date | null | undefined; seconds?: number }[]) {
  return days.slice(0, -1).map((start, index) => {
    const end = new Date(Math.min((days[index + 1] as Date).getTime(), to.getTime()))
    return events.filter(({ at }) => at && at >= start && at < end)
  })
}
const secondsOf = (events: { seconds?: number }[]) =>
  events.map(({ seconds }) => seconds as number).toSorted((a, b) => a - b)
/** As `percentile_cont`: between the two nearest. */
function percentile(sorted: number[], part: number) {
  const place = (sorted.length - 1) * part
  const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return low + (high - low) * (place - Math.floor(place))
}

/** Every answer of a person with what it answered, straight from the thread. */
function waitsOf({ thread: messages }: Made) {
  const waits: { at: Date; seconds: number }[] = []
  let asked: Date | null = null
  for (const { at, direction, sender } of messages.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (direction === 'INBOUND') asked ??= at
    if (direction !== 'OUTBOUND' || sender?.type === 'CHATBOT') continue
    if (asked) waits.push({ at, seconds: (at.getTime() - asked.getTime()) / 1000 })
    asked = null
  }
  return waits
}

const messagesGoing = (wanted: string) =>
  shown.flatMap(({ thread: messages }) => messages.filter(({ direction }) => direction === wanted))

const expectedEvents: Record<string, { at: Date | null | undefined; seconds?: number }[]> = {
  TICKETS_CREATED: [...shown, quiet].map(({ createdAt: at }) => ({ at })),
  TICKETS_RESOLVED: [...shown, quiet].map(({ resolvedAt: at }) => ({ at })),
  TICKETS_REOPENED: shown.map(({ reopenedAt: at }) => ({ at })),
  MESSAGES_INBOUND: messagesGoing('INBOUND'),
  MESSAGES_OUTBOUND: messagesGoing('OUTBOUND'),
  FIRST_RESPONSE_SECONDS: shown.flatMap((ticket) => waitsOf(ticket).slice(0, 1)),
  RESPONSE_SECONDS: shown.flatMap(waitsOf),
  RESOLUTION_SECONDS: shown.flatMap(({ resolvedAt, createdAt, resolutionTimeSeconds }) =>
    resolvedAt
      ? { at: resolvedAt, seconds: resolutionTimeSeconds ?? (resolvedAt.getTime() - createdAt.getTime()) / 1000 }
      : [],
  ),
}

test.each(Object.keys(expectedEvents))('%s are those of a count by hand, day by day', async (metric) => {
  const { series } = await ask({ metrics: [metric] })
  const expected = byHand(expectedEvents[metric] as [])
  expect(series[0]?.points.map(({ at }) => at)).toEqual(days.slice(0, -1).map((day) => day.toISOString()))
  expect(series[0]?.points.map(({ count }) => count)).toEqual(expected.map(({ length }) => length))
  expect(expected.flat().length).toBeGreaterThan(5)
  for (const [index, { value, p50, p90, count }] of (series[0]?.points ?? []).entries()) {
    const seconds = secondsOf(expected[index] ?? [])
    if (!metric.endsWith('SECONDS')) expect([value, p50, p90]).toEqual([count, null, null])
    else if (count === 0) expect([value, p50, p90]).toEqual([null, null, null])
    else {
      expect(value).toBeCloseTo(seconds.reduce((sum, one) => sum + one, 0) / count, 3)
      expect(p50).toBeCloseTo(percentile(seconds, 0.5), 3)
      expect(p90).toBeCloseTo(percentile(seconds, 0.9), 3)
    }
  }
})

test('the backlog is what was open at the end of each day', async () => {
  const { series } = await ask({ metrics: ['BACKLOG'] })
  const expected = days.slice(1).map((end) => {
    const until = new Date(Math.min(end.getTime(), to.getTime()))
    return [...shown, quiet].filter(({ createdAt, resolvedAt, reopenedAt }) => {
      const isClosed = resolvedAt && resolvedAt < until && !(reopenedAt && reopenedAt < until)
      return createdAt < until && !isClosed
    }).length
  })
  expect(series[0]?.points.map(({ value }) => value)).toEqual(expected)
  expect(new Set(expected).size).toBeGreaterThan(3)
})

test('numbers and groups are those of the tickets as they are now', async () => {
  const stats = await ask({ groupBy: 'TAG', metrics: [] })
  expect(stats.totalCount).toBe(shown.length + 1)
  const odd = shown.filter(({ tags }) => tags?.length).length
  expect(stats.groups.map(({ label, count }) => [label, count])).toEqual([
    ['odd', odd],
    ['Untagged', shown.length + 1 - odd],
  ])
  expect(stats.series).toEqual([])
  const filtered = await ask({ filter: { hasTags: true }, metrics: ['TICKETS_CREATED', 'MESSAGES_INBOUND'] })
  expect(filtered.totalCount).toBe(odd)
  const inbound = shown.filter(({ tags }) => tags?.length).flatMap(({ thread: messages }) => messages)
  expect(filtered.series[1]?.points.reduce((sum, { count }) => sum + count, 0)).toBe(
    byHand(inbound.filter(({ direction }) => direction === 'INBOUND')).flat().length,
  )
})

test.each([
  ['DAY', '2026-03-29', 23],
  ['DAY', '2026-10-25', 25],
  ['DAY', '2026-10-26', 24],
])('a %s from %s on in Berlin has %i hours', async (bucket, day, hours) => {
  const from = new Date(`${day}T12:00:00Z`)
  const { series } = await ask({ bucket, from, to: new Date(from.getTime() + 24 * hourMs), metrics: ['BACKLOG'] })
  const [first, second] = (series[0]?.points ?? []).map(({ at }) => Date.parse(at))
  expect(((second as number) - (first as number)) / hourMs).toBe(hours)
})

test('hours are counted as they pass, also the one that the clock shows twice', async () => {
  const [from, end] = ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00']
  const { series } = await ask({ bucket: 'HOUR', from, to: end, metrics: ['TICKETS_CREATED'] })
  const starts = (series[0]?.points ?? []).map(({ at }) => Date.parse(at))
  expect(starts.length).toBe(25)
  expect(starts.every((at, index) => at === Date.parse(from) + index * hourMs)).toBe(true)
  const india = await ask({ bucket: 'HOUR', from, to: end, timeZone: 'Asia/Kolkata', metrics: ['BACKLOG'] })
  expect(india.series[0]?.points[0]?.at).toBe('2026-10-24T21:30:00.000Z')
})

test('weeks begin on Monday, months on the first, in the time zone', async () => {
  const starts = async (bucket: string, from: string, end: string) =>
    (await ask({ bucket, from, to: end, metrics: ['BACKLOG'] })).series[0]?.points.map(({ at }) => at)
  expect(await starts('WEEK', '2026-03-25T00:00:00Z', '2026-04-01T00:00:00Z')).toEqual([
    '2026-03-22T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ])
  expect(await starts('MONTH', '2026-02-28T23:30:00Z', '2026-05-31T22:00:00Z')).toEqual([
    '2026-02-28T23:00:00.000Z',
    '2026-03-31T22:00:00.000Z',
    '2026-04-30T22:00:00.000Z',
  ])
})

test('a first bucket that is cut counts only what lies in the time; by default it is whole', async () => {
  const created = async (variables: object) =>
    (await ask({ metrics: ['TICKETS_CREATED'], ...variables })).series[0]?.points
  const [cut] = (await created({ from: hour(11) })) ?? []
  expect(cut).toMatchObject({
    at: hour(0).toISOString(),
    count: shown.filter(({ createdAt }) => createdAt >= hour(11) && createdAt < hour(24)).length,
  })
  const monthLater = new Date(hour(11).getTime() + 30 * 24 * hourMs)
  const byDefault = await created({ from: undefined, to: monthLater })
  expect(byDefault?.length).toBe(31)
  expect(byDefault?.[0]).toMatchObject({
    at: hour(0).toISOString(),
    count: shown.filter(({ createdAt }) => createdAt >= hour(0) && createdAt < hour(24)).length,
  })
})

test('more messages than can be read in time are refused, and the moment told is one that works', async () => {
  const stretch = { since: hour(0), to } as never
  const context = { db, workspaceId }
  const message = await refuseTooMany(context, stretch, 20).catch((error: Error) => error.message)
  const told = new Date(/after (\S+),/.exec(message as string)?.[1] as string)
  await refuseTooMany(context, { since: new Date(told.getTime() + 1), to } as never, 20)
  await expect(refuseTooMany(context, { since: told, to } as never, 20)).rejects.toThrow('at most 20 messages')
})

test('all of it costs five statements, and one for names', async () => {
  const { statements, result } = await statementsDuring(() => ask({ groupBy: 'ASSIGNEE' }))
  expect(result.series.length).toBe(9)
  expect(statements.length).toBeLessThanOrEqual(6)
})

test.each([
  { timeZone: 'Mars/Olympus' },
  { timeZone: 'CET' },
  { timeZone: '+02:00' },
  { from: hour(5), to: hour(5) },
  { bucket: 'HOUR', from: hour(0), to: hour(1001) },
  { from: '0001-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z' },
])('%o is bad input', async (variables) => {
  const { errors } = await askAs('program', query, { from: hour(0), to, ...variables })
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

test('a thousand points can be asked for', async () => {
  const { series } = await ask({ bucket: 'HOUR', from: hour(0), to: hour(1000), metrics: ['BACKLOG'] })
  expect(series[0]?.points.length).toBe(1000)
})

test('contacts are not told, and strangers find nothing', async () => {
  await signIn('customer', 'CONTACT', chats, '1')
  const { data, errors } = await askAs('customer', query, { from: hour(0), to })
  expect([data, errors?.[0]?.extensions?.code]).toEqual([null, 'FORBIDDEN'])
  const strange = await askAs('stranger', query, { from: hour(0), to, groupBy: 'STATUS' })
  const { totalCount, series } = (strange.data as { ticketStats: Stats }).ticketStats
  expect(totalCount).toBe(0)
  expect(series.every(({ points }) => points.every(({ count }) => count === 0))).toBe(true)
})

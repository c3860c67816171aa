/** `ticketStats`: numbers and charts of dashboards. */
import { type Group, groupsOf } from '#domain/boards/groups.ts'
import { nameOf } from '#domain/boards/names.ts'
import { type TicketFilterInput, TicketFilterRef } from '#domain/tickets/filter.ts'
import { TicketGroupByEnum, type TicketGrouping } from '#domain/tickets/grouping.ts'
import { ticketSource } from '#domain/tickets/loaders.ts'
import { ticketOrder } from '#domain/tickets/order.ts'
import { filterOfList } from '#domain/views/ticket-list.ts'
import type { Filter } from '#platform/db/filter.ts'
import { countOf } from '#platform/db/page.ts'
import { builder, enumOf } from '#platform/graphql/builder.ts'
import { costs, usualSize } from '#platform/graphql/cost.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import { type TicketMetric, ticketMetrics } from './metrics.ts'
import { mostMessages, type Point, type Series, seriesOf } from './series.ts'
import { type Stretch, stretchOf, timeBuckets } from './time.ts'

const mostGroups = 100

const TicketMetricEnum = enumOf(
  'TicketMetric',
  'What a chart shows. A question is a public message that came in.',
  ticketMetrics,
)
const TimeBucketEnum = enumOf('TimeBucket', 'How much time a point of a chart stands for.', timeBuckets)

const StatsPoint = builder.objectRef<Point>('TicketStatsPoint').implement({
  description: 'What happened in one bucket of time.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When the bucket begins.', resolve: ({ at }) => at }),
    value: t.exposeFloat('value', {
      nullable: true,
      description:
        'A number of things, 0 when there were none; of `…_SECONDS` the mean, null when nothing was measured: so every series has a point for every bucket, and no answer is not an answer within no time.',
    }),
    p50: t.exposeFloat('p50', { nullable: true, description: 'Of `…_SECONDS`: half of them took no longer.' }),
    p90: t.exposeFloat('p90', { nullable: true, description: 'Of `…_SECONDS`: nine in ten took no longer.' }),
    count: t.exposeInt('count', { description: 'How many things were counted or measured.' }),
  }),
})

const StatsSeries = builder.objectRef<Series>('TicketStatsSeries').implement({
  description: 'One line of a chart.',
  fields: (t) => ({
    metric: t.field({ type: TicketMetricEnum, description: 'What it shows.', resolve: ({ metric }) => metric }),
    points: t.field({
      extensions: usualSize(50),
      type: [StatsPoint],
      description:
        'One for each bucket, oldest first. The first and the last count only what lies in the time asked for.',
      resolve: ({ points }) => points,
    }),
  }),
})

const StatsGroup = builder.objectRef<Group>('TicketStatsGroup').implement({
  description: 'How many tickets have something in common.',
  fields: (t) => ({
    key: t.string({
      description: 'What they have in common, as `TicketGroup.key`.',
      resolve: async (group, _args, context) => (await nameOf(context, group)).key,
    }),
    label: t.string({
      description: 'The same for people.',
      resolve: async (group, _args, context) => (await nameOf(context, group)).label,
    }),
    count: t.int({ description: 'How many tickets.', resolve: ({ totalCount }) => totalCount }),
  }),
})

type Stats = { filter: Filter; by: TicketGrouping | null; metrics: readonly TicketMetric[]; stretch: Stretch }

const TicketStats = builder.objectRef<Stats>('TicketStats').implement({
  description: 'Numbers of tickets, as they are now, and what happened over time.',
  fields: (t) => ({
    totalCount: t.int({
      description: 'How many tickets match the filter. `from` and `to` do not narrow it: `filter.createdAt` does.',
      resolve: ({ filter }, _args, context) => countOf(context, ticketSource(ticketOrder(null)), filter),
    }),
    groups: t.field({
      extensions: usualSize(20),
      type: [StatsGroup],
      description: `The same in groups, as \`ticketGroups\` has them, at most ${mostGroups}; empty without \`groupBy\`.`,
      resolve: ({ filter, by }, _args, context) => (by ? groupsOf(context, { by, filter, limit: mostGroups }) : []),
    }),
    series: t.field({
      type: [StatsSeries],
      description: `What happened from \`from\` to \`to\`, one series for each of \`metrics\`, in the order asked. Those of messages and of responses are refused when there are more than ${mostMessages} messages in the time, whatever the filter; the error says from when on they can be had.`,
      resolve: (stats, _args, context) => seriesOf(context, stats),
    }),
  }),
})

builder.queryField('ticketStats', (t) =>
  t.field({
    extensions: costs(20),
    type: TicketStats,
    scopes: ['ANALYTICS_READ'],
    description: 'Numbers and charts for dashboards; not for contacts.',
    args: {
      filter: t.arg({
        type: TicketFilterRef,
        description: 'Of which tickets. Recycled, merged, vanished ones and spam are left out unless asked for.',
      }),
      groupBy: t.arg({ type: TicketGroupByEnum, description: 'What `groups` are made by.' }),
      metrics: t.arg({ type: [TicketMetricEnum], description: 'What `series` show; by default all there are.' }),
      from: t.arg({
        type: 'DateTime',
        description: 'From this moment on; by default from the bucket that was 30 days before `to`, the whole of it.',
      }),
      to: t.arg({ type: 'DateTime', description: 'Before this moment; by default now.' }),
      bucket: t.arg({
        type: TimeBucketEnum,
        required: true,
        defaultValue: 'DAY',
        description: 'How much time a point stands for; at most 1000 points.',
      }),
      timeZone: t.arg.string({
        required: true,
        defaultValue: 'UTC',
        description: 'Whose days, weeks and months: an IANA time zone such as Europe/Berlin.',
      }),
    },
    resolve: (_root, { filter, groupBy, metrics, ...time }, context): Stats => {
      if (context.viewer.role === 'CONTACT') throw forbidden('Only those who answer tickets may do this.')
      return {
        filter: filterOfList(context, null, filter as TicketFilterInput | null),
        by: groupBy ?? null,
        metrics: [...new Set(metrics ?? (Object.keys(ticketMetrics) as TicketMetric[]))],
        stretch: stretchOf(time, context.now),
      }
    },
  }),
)

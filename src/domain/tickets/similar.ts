/** Tickets that are like another one: `similarTickets`. */
import { type SQL, sql } from 'drizzle-orm'
import { type LoadContext, loaderPerRequest } from '#platform/db/loader.ts'
import { fromContacts } from '#platform/graphql/access.ts'
import { checkBetween } from '#platform/graphql/bad-input.ts'
import { builder } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { literalPattern } from '#platform/graphql/search-text.ts'
import { Ticket } from './graphql.ts'
import { type TicketRow, ticketOf } from './loaders.ts'
import { isShown } from './table.ts'

const mostSimilar = 20
const leastLikeness = 0.3

/** Likeness and score from 0 to 1. */
type Similar = {
  ticketId: string
  score: number
  subjectLikeness: number
  previewLikeness: number
  hasSameRequester: boolean
  commonTags: string[]
}

const SimilarTicket = builder.objectRef<Similar>('SimilarTicket').implement({
  description: 'A ticket that is like another one.',
  fields: (t) => ({
    ticket: t.field({
      type: Ticket,
      description: 'The other one.',
      resolve: (row, _args, context) => ticketOf(context, row),
    }),
    score: t.exposeFloat('score', { description: 'How much they are alike, from 0 to 1.' }),
    reason: t.string({ description: 'In what they are alike, in English.', resolve: reasonOf }),
  }),
})

builder.objectField(Ticket, 'similarTickets', (t) =>
  t.field({
    hidden: fromContacts([]),
    extensions: costs(10),
    type: [SimilarTicket],
    description: `Tickets like this one by the words of subject and preview, somewhat more so with the same requester or tags; best first. Looked for among those of the requester, the latest ones, and some of those that share a long word of the subject. For those who answer tickets; contacts are told none.`,
    args: {
      first: t.arg.int({ required: true, defaultValue: 5, description: `How many, at most ${mostSimilar}.` }),
    },
    resolve: async (row, { first }, context) => {
      checkBetween('first', first, [0, mostSimilar])
      return context.viewer.role === 'CONTACT' ? [] : (await similarTo(context).load(row)).slice(0, first)
    },
  }),
)

function reasonOf({ subjectLikeness, previewLikeness, hasSameRequester, commonTags }: Similar): string {
  const percent = (likeness: number) => `${Math.round(likeness * 100)} %`
  const reasons = [
    subjectLikeness >= leastLikeness ? `subject ${percent(subjectLikeness)} alike` : null,
    previewLikeness >= leastLikeness ? `newest message ${percent(previewLikeness)} alike` : null,
    hasSameRequester ? 'same requester' : null,
    commonTags.length > 0 ? `tags in common: ${commonTags.join(', ')}` : null,
  ].filter((reason) => reason !== null)
  return reasons.join('; ').replace(/^./, (letter) => letter.toUpperCase())
}

const similarTo = loaderPerRequest<TicketRow, Similar[], string>(
  async ({ db, workspaceId }: LoadContext, rows) => {
    const { rows: found } = await db.execute<Similar & { of: string }>(
      sql.join(
        rows.map((row) => sql`(${similarSelect(workspaceId, row)})`),
        sql` union all `,
      ),
    )
    return rows.map(({ id }) => found.filter(({ of }) => of === id))
  },
  { cacheKeyFn: ({ id }) => id, maxBatchSize: 25 },
)

/** How many of each kind are compared: the work for a ticket is bounded, however many there are. */
const most = { latest: 500, ofRequester: 50, withWord: 100 }

function similarSelect(workspaceId: string, { id, subject, preview, requesterId, mergedIntoId }: TicketRow): SQL {
  const inWorkspace = sql`tickets.workspace_id = ${workspaceId}`
  const withWords = distinctiveWords(subject).map(
    (word) => sql`union all (select id from searchable_tickets tickets
      where ${inWorkspace} and subject ilike ${`%${literalPattern('subject', word)}%`} limit ${most.withWord})`,
  )
  return sql`
    -- 1. those that are compared
    with candidates as (
      (select id from tickets where ${inWorkspace} and ${isShown} order by last_activity_at desc limit ${most.latest})
      union all (select id from tickets where ${inWorkspace} and requester_id = ${requesterId}
        order by last_activity_at desc limit ${most.ofRequester})
      ${sql.join(withWords, sql` `)}
    )
    -- 2. how much they are alike
    select ${id}::text as of, tickets.id as "ticketId", "subjectLikeness", "previewLikeness", "hasSameRequester",
      "commonTags",
      round((0.8 * likeness + 0.1 * "hasSameRequester"::int + 0.1 * (cardinality("commonTags") > 0)::int)::numeric, 3)::float8
        as score
    from tickets
    cross join lateral (
      select similarity(${bare(sql`subject`)}, ${bare(sql`${subject}::text`)}) as "subjectLikeness",
        similarity(coalesce(preview, ''), ${preview ?? ''}) as "previewLikeness",
        coalesce(requester_id = ${requesterId}, false) as "hasSameRequester"
    ) alike
    cross join lateral (select greatest("subjectLikeness", 0.8 * "previewLikeness") as likeness) best
    cross join lateral (
      select array(
        select distinct tags.name from ticket_tags own
        join ticket_tags other on other.workspace_id = own.workspace_id and other.ticket_id = tickets.id
        join tags on tags.workspace_id = own.workspace_id and tags.id = other.tag_id
        join tags own_tag on own_tag.workspace_id = own.workspace_id and own_tag.id = own.tag_id and own_tag.name = tags.name
        where own.workspace_id = ${workspaceId} and own.ticket_id = ${id} and likeness >= ${leastLikeness}
        order by 1
      ) as "commonTags"
    ) common
    where ${inWorkspace} and tickets.id in (select id from candidates) and ${isShown}
      and tickets.id <> ${id} and tickets.id is distinct from ${mergedIntoId} and likeness >= ${leastLikeness}
    order by score desc, last_activity_at desc, tickets.id limit ${mostSimilar}`
}

/** A subject without what mail programs put before it. */
function bare(subject: SQL): SQL {
  return sql`regexp_replace(${subject}, '^((re|fwd?|aw|wg|sv|res|enc|bls)[:：]\\s*)+', '', 'i')`
}

/** The longest words tell most. */
function distinctiveWords(subject: string): string[] {
  const words = subject.match(/[\p{L}\p{N}]{4,40}/gu) ?? []
  return [...new Set(words)].sort((a, b) => b.length - a.length).slice(0, 3)
}

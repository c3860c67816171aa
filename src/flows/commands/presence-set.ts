/** Who has a ticket open. Kept here only, and for half a minute: no log holds it, and no help desk hears of it. */
import { Presence, PresenceStateEnum } from '#domain/presence/graphql.ts'
import { presenceOf } from '#domain/presence/loaders.ts'
import { endPresence, notePresence, presentForSeconds } from '#domain/presence/noting.ts'
import { looksOf } from '#domain/tickets/unread.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { costs } from '#platform/graphql/cost.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { namedByClient } from './inputs.ts'
import type { Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import { forbiddenError, refuseRole } from './permits.ts'
import { refuseUnstorable } from './plausible.ts'
import { CommandError, invalid, missing } from './problem.ts'

const LONGEST_TAB = 64

const PresenceInput = builder.inputType('PresenceInput', {
  description: 'What the viewer does with a ticket.',
  fields: (t) => ({
    ticketId: t.id({ required: true, description: 'The ticket.' }),
    state: t.field({ type: PresenceStateEnum, required: true, description: 'What they do with it now.' }),
    tab: t.string({
      description: `A name of your own for the window, at most ${LONGEST_TAB} characters. With it, closing one window leaves those that are still open; without it all are one.`,
    }),
    ...namedByClient(t),
  }),
})
type Input = typeof PresenceInput.$inferInput

const PresencePayload = builder.objectRef<Payload>('PresencePayload').implement({
  description: 'Who has the ticket open now.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    presence: t.field({
      type: [Presence],
      description: 'Which agents have it open, the viewer among them; none when nothing was set.',
      resolve: ({ presenceOfTicketId }, _args, context) =>
        presenceOfTicketId ? presenceOf(context, presenceOfTicketId) : [],
    }),
  }),
})

builder.mutationField('presenceSet', (t) =>
  t.field({
    extensions: costs(1),
    type: PresencePayload,
    scopes: ['TICKETS_READ'],
    description: `Tells other agents that the viewer has a ticket open, and what they do there. Say it again every ten seconds: after ${presentForSeconds} without a word they count as gone. Nothing is noted in the change log or the audit log.`,
    args: { input: t.arg({ type: PresenceInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOutLightly(context, input),
  }),
)

/** Without a transaction, a key or an entry in the audit log, also where it is refused: it is one statement, and said all day. */
async function carryOutLightly(context: GraphContext, input: Input): Promise<Payload> {
  const answer = { errors: [], replayed: false, clientMutationId: input.clientMutationId ?? null }
  try {
    refuseRole(context.viewer, 'presenceSet')
    refuseUnstorable(input, ['input'])
    return { ...answer, presenceOfTicketId: await presenceSet(context, input) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { ...answer, errors: error.problems }
  }
}

async function presenceSet({ db, workspaceId, viewer }: GraphContext, input: Input): Promise<string> {
  const { ticketId: nodeId, state } = input
  const actorId = looksOf(viewer)
  if (actorId === null) throw forbiddenError('Only an agent is present, no program.', ['input'])
  const tab = input.tab ?? ''
  if (tab.length > LONGEST_TAB)
    throw invalid(['input', 'tab'], `Expected at most ${LONGEST_TAB} characters.`, `maxLength=${LONGEST_TAB}`)
  const ticketId = idFrom(nodeId, 'Ticket')
  if (ticketId === null) throw missing('ticket', nodeId, ['input', 'ticketId'])
  const whose = { workspaceId, ticketId, actorId, tab }
  const isThere = state === 'LEFT' ? await endPresence(db, whose) : await notePresence(db, whose, state)
  if (!isThere) throw missing('ticket', nodeId, ['input', 'ticketId'])
  return ticketId
}

/** Views of our own: made and changed. No help desk hears of them. */
import { and, count, eq, max } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import type { Problem } from '#domain/backends/problems.ts'
import { type TicketFilterInput, TicketFilterRef, ticketFilter } from '#domain/tickets/filter.ts'
import { TicketGroupByEnum } from '#domain/tickets/grouping.ts'
import { TicketOrder, ticketOrder } from '#domain/tickets/order.ts'
import { View } from '#domain/views/graphql.ts'
import { isEditableBy, viewById } from '#domain/views/loaders.ts'
import { storable } from '#domain/views/stored-input.ts'
import { savedViews } from '#domain/views/table.ts'
import { builder } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { carryOut } from './command.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { MutationPayload } from './payloads.ts'
import * as plausible from './plausible.ts'
import { CommandError, invalid, missing, type Path, usable } from './problem.ts'

const MOST_VIEWS = 200
const LONGEST_NAME = 100
const LONGEST_WORD = 50
const LAST_POSITION = 1_000_000

const ViewSaveInput = builder.inputType('ViewSaveInput', {
  description:
    'A view to make, or with an `id` to change. Of one that is changed, what is left out stays; null clears.',
  fields: (t) => ({
    id: t.id({ description: 'Which one to change; without it a new one is made.' }),
    name: t.string({ required: true, description: `What people call it; at most ${LONGEST_NAME} characters.` }),
    icon: t.string({ description: 'Name of a picture, for the client to choose.' }),
    color: t.string({ description: 'Its colour, e.g. #1f93ff.' }),
    filter: t.field({ type: TicketFilterRef, required: true, description: 'Which tickets it has.' }),
    orderBy: t.field({ type: [TicketOrder], description: 'In which order; null: latest activity first.' }),
    groupBy: t.field({ type: TicketGroupByEnum, description: 'How they are put into groups; null: one list.' }),
    isShared: t.boolean({ description: 'Whether every agent sees it; a new one is not shared unless you say so.' }),
    position: t.int({ description: 'Place among the saved views; a new one comes last unless you say where.' }),
    ...namedByClient(t),
  }),
})
type Input = typeof ViewSaveInput.$inferInput

const ViewPayload = builder.objectRef<Payload>('ViewPayload').implement({
  description: 'What became of a view.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    view: t.field({
      type: View,
      nullable: true,
      description: 'The view as it is now; null when nothing was changed.',
      resolve: ({ viewId }, _args, context) => (viewId ? viewById(context, viewId) : null),
    }),
  }),
})

builder.mutationField('viewSave', (t) =>
  t.field({
    type: ViewPayload,
    scopes: ['VIEWS_WRITE'],
    description: 'Makes a view, or changes one that the viewer saved.',
    args: { input: t.arg({ type: ViewSaveInput, required: true, description: 'What to do.' }) },
    resolve: (_root, { input }, context) => carryOut(context, 'viewSave', input, viewSave),
  }),
)

async function viewSave(command: Command, input: Input): Promise<Outcome> {
  const before = input.id == null ? null : await lockOwnView(command, input.id, ['input', 'id'])
  const row = checked(command, input)
  return { viewId: before ? await change(command, before.id, row) : await make(command, row) }
}

type Row = Partial<typeof savedViews.$inferInsert> & Pick<typeof savedViews.$inferInsert, 'name' | 'filter'>

/** What is left out stays undefined. */
function checked({ now, viewer }: Command, input: Input): Row {
  const { name, icon, color, orderBy, groupBy, isShared, position } = input
  const word = (value: string | null | undefined, field: string) =>
    value == null ? value : plausible.line(value, ['input', field], { most: LONGEST_WORD })
  if (position != null && (position < 0 || position > LAST_POSITION))
    throw invalid(['input', 'position'], `Expected a number from 0 to ${LAST_POSITION}, got ${position}.`, 'range')
  const filter = input.filter as TicketFilterInput
  usable(['input', 'filter'], () => ticketFilter(filter, now, { viewer }))
  usable(['input', 'orderBy'], () => ticketOrder(orderBy))
  return {
    name: plausible.line(name, ['input', 'name'], { most: LONGEST_NAME }),
    icon: word(icon, 'icon'),
    color: word(color, 'color'),
    filter: storable('filter', filter),
    orderBy: orderBy === null ? null : orderBy?.map((step) => storable('order', step)),
    groupBy,
    isShared: isShared ?? undefined,
    position: position ?? undefined,
  }
}

async function change({ tx, workspaceId, now }: Command, id: string, row: Row): Promise<string> {
  await tx
    .update(savedViews)
    .set({ ...row, updatedAt: now })
    .where(and(eq(savedViews.workspaceId, workspaceId), eq(savedViews.id, id)))
  return id
}

async function make({ tx, workspaceId, viewer, now }: Command, row: Row): Promise<string> {
  const { tokenName: ownerTokenName, actorId: ownerId } = viewer
  const [own] = await tx
    .select({ count: count() })
    .from(savedViews)
    .where(and(eq(savedViews.workspaceId, workspaceId), eq(savedViews.ownerTokenName, ownerTokenName)))
  if ((own?.count ?? 0) >= MOST_VIEWS)
    throw invalid(
      ['input'],
      `Expected at most ${MOST_VIEWS} views of one viewer.`,
      `maxItems=${MOST_VIEWS}`,
      'LIMIT_EXCEEDED',
    )
  const [last] = await tx
    .select({ position: max(savedViews.position) })
    .from(savedViews)
    .where(eq(savedViews.workspaceId, workspaceId))
  const id = uuidv7()
  await tx.insert(savedViews).values({
    ...row,
    ...{ workspaceId, id, ownerId, ownerTokenName, createdAt: now, updatedAt: now },
    isShared: row.isShared ?? false,
    position: row.position ?? Math.min((last?.position ?? -1) + 1, LAST_POSITION),
  })
  return id
}

/** A view that the viewer may change, locked. Somebody else's own one looks like one that is not there. */
export async function lockOwnView({ tx, workspaceId, viewer }: Command, nodeId: string, path: Path) {
  const id = idFrom(nodeId, 'View')
  const [row] = id
    ? await tx
        .select()
        .from(savedViews)
        .where(and(eq(savedViews.workspaceId, workspaceId), eq(savedViews.id, id)))
        .for('update')
    : []
  if (row && isEditableBy(row, viewer)) return row
  const isSeen = id !== null && (await viewById({ db: tx, workspaceId, viewer }, id)) !== null
  if (!isSeen) throw missing('view', nodeId, path)
  // What is saved here and shared, an administrator could change; what is built in or a help desk's, nobody.
  const message = row ? 'Somebody else saved this view.' : 'This view is built in or of a help desk: it stays as it is.'
  throw new CommandError({
    ...{ __typename: 'ForbiddenError', message, code: 'FORBIDDEN', path: path.map(String), missingScopes: [] },
  } as Problem)
}

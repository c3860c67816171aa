/**
 * A command is one mutation: its input is checked, and everything it does happens in one transaction, with the change log,
 * the deliveries and the job that wakes the deliverer. Expected failures become `errors` of the payload and undo all of it.
 */

import { and, eq } from 'drizzle-orm'
import { allBackends, type BackendRow } from '#domain/backends/loaders.ts'
import { keyReused, type Problem } from '#domain/backends/problems.ts'
import { wakeDeliverer } from '#domain/deliveries/promise.ts'
import { idempotencyKeys } from '#domain/idempotency/table.ts'
import type { Db } from '#platform/db/client.ts'
import { forgetLoaded } from '#platform/db/per-request.ts'
import type { GraphContext } from '#platform/graphql/builder.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import { kept, opened, type SecretKeys } from '#platform/sealed.ts'
import { sha256 } from '#sha256.ts'
import { auditDone, auditRefused } from './audit.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { refuseRole } from './permits.ts'
import { refuseUnstorable } from './plausible.ts'
import { CommandError, DryRun, invalid } from './problem.ts'

export type CommonInput = { clientMutationId?: string | null; idempotencyKey?: string | null }

/** Carries a command out and says what became of it. */
export async function carryOut<Input extends CommonInput>(
  context: GraphContext,
  name: string,
  input: Input,
  run: (command: Command, input: Input) => Promise<Outcome>,
): Promise<Payload> {
  const clientMutationId = input.clientMutationId ?? null
  try {
    const { outcome, replayed } = await inTransaction(context, name, input, run)
    if (!replayed && hasForbidden(outcome.errors)) await auditRefused(context, name, input)
    return { errors: [], ...outcome, replayed, clientMutationId }
  } catch (error) {
    if (error instanceof DryRun) return { errors: [], ...error.outcome, replayed: false, clientMutationId }
    if (!(error instanceof CommandError)) throw error
    if (hasForbidden(error.problems)) await auditRefused(context, name, input)
    const left = error.afterwards ? await inOwnTransaction(context, name, input, error.afterwards) : {}
    return { ...left, errors: error.problems, replayed: false, clientMutationId }
  } finally {
    // What this request has read before is no longer true.
    forgetLoaded(context)
  }
}

function hasForbidden(problems: readonly Problem[] = []): boolean {
  return problems.some(({ code }) => code === 'FORBIDDEN')
}

async function inTransaction<Input extends CommonInput>(
  context: GraphContext,
  name: string,
  input: Input,
  run: (command: Command, input: Input) => Promise<Outcome>,
): Promise<{ outcome: Outcome; replayed: boolean }> {
  refuseRole(context.viewer, name)
  refuseUnstorable(input, ['input'])
  const idempotencyKey = keyOf(input)
  const { secretKeys } = context.webhooks
  const backends = await allBackends(context)
  return context.db.transaction(async (tx) => {
    const command = commandOf(context, tx, { input, idempotencyKey, backends })
    const earlier = idempotencyKey === null ? null : await claimKey(command, idempotencyKey, name, input)
    if (earlier) return { outcome: openedOutcome(earlier, secretKeys), replayed: true }
    const outcome = { ...(await run(command, input)), deliveryIds: command.deliveryIds }
    if (idempotencyKey !== null) await keepOutcome(command, idempotencyKey, keptOutcome(outcome, secretKeys))
    await auditDone(command, name, { input, outcome })
    if (command.deliveryIds.length > 0) await wakeDeliverer(tx)
    return { outcome, replayed: false }
  })
}

/** What a failed command leaves behind on purpose, such as a draft of what could not be sent. */
async function inOwnTransaction(
  context: GraphContext,
  name: string,
  input: CommonInput,
  run: (command: Command) => Promise<Outcome>,
): Promise<Outcome> {
  const backends = await allBackends(context)
  return context.db.transaction(async (tx) => {
    const command = commandOf(context, tx, { input, idempotencyKey: null, backends })
    const outcome = await run(command)
    if (command.audited.length > 0) await auditDone(command, name, { input, outcome })
    return outcome
  })
}

function commandOf(
  { workspaceId, viewer, now, cleaner, requestId, clientAddress }: GraphContext,
  tx: Db,
  { input, idempotencyKey, backends }: { input: CommonInput; idempotencyKey: string | null; backends: BackendRow[] },
): Command {
  const clientMutationId = input.clientMutationId ?? null
  return {
    ...{ tx, workspaceId, viewer, now, cleaner, backends, idempotencyKey, clientMutationId },
    ...{ deliveryIds: [], origin: { requestId, clientAddress }, audited: [] },
  }
}

// ------------------------------------------------------------------ idempotency

const LONGEST_KEY = 255

function keyOf({ idempotencyKey }: CommonInput): string | null {
  if (idempotencyKey == null) return null
  if (idempotencyKey.length >= 1 && idempotencyKey.length <= LONGEST_KEY) return idempotencyKey
  throw invalid(['input', 'idempotencyKey'], `Expected 1 to ${LONGEST_KEY} characters.`, `maxLength=${LONGEST_KEY}`)
}

/**
 * Writes the key down first: a second request with the same one waits here until this transaction ends, and then finds
 * the answer, or the key free again.
 */
async function claimKey(command: Command, key: string, name: string, input: object): Promise<Outcome | null> {
  const { tx, workspaceId, viewer } = command
  const fingerprint = fingerprintOf(name, input)
  const mine = { workspaceId, tokenName: bearerOf(viewer), key }
  const { rowCount } = await tx
    .insert(idempotencyKeys)
    .values({ ...mine, fingerprint, outcome: {} })
    .onConflictDoNothing()
  if (rowCount === 1) return null
  const [first] = await tx.select().from(idempotencyKeys).where(isKey(mine))
  if (first?.fingerprint !== fingerprint) throw new CommandError(keyReused(first?.firstUsedAt ?? command.now))
  return first.outcome as Outcome
}

async function keepOutcome({ tx, workspaceId, viewer }: Command, key: string, outcome: Outcome): Promise<void> {
  await tx
    .update(idempotencyKeys)
    .set({ outcome })
    .where(isKey({ workspaceId, tokenName: bearerOf(viewer), key }))
}

const UNDO = 'undo'

/** The token that takes it back is answered again too, and stands nowhere else: it is encrypted where the installation has a key. */
function keptOutcome({ undoToken, ...outcome }: Outcome, keys: SecretKeys): Outcome {
  return undoToken === undefined ? outcome : { ...outcome, undoToken: kept(undoToken, UNDO, keys) }
}

/** Without its token where the key is gone. */
function openedOutcome({ undoToken, ...outcome }: Outcome, keys: SecretKeys): Outcome {
  const token = undoToken === undefined ? null : opened(undoToken, UNDO, keys)
  return token === null ? outcome : { ...outcome, undoToken: token }
}

/** All customers of a portal may come with tokens of one name: each of them has keys of their own. */
function bearerOf({ role, tokenName, actorId }: Viewer): string {
  return role === 'CONTACT' ? `${tokenName} ${actorId}` : tokenName
}

function isKey({ workspaceId, tokenName, key }: { workspaceId: string; tokenName: string; key: string }) {
  return and(
    eq(idempotencyKeys.workspaceId, workspaceId),
    eq(idempotencyKeys.tokenName, tokenName),
    eq(idempotencyKeys.key, key),
  )
}

/** The order of keys does not matter, nor what the client calls its mutation. */
function fingerprintOf(name: string, input: object): string {
  const { clientMutationId: _name, idempotencyKey: _key, ...said } = input as CommonInput
  return sha256(`${name} ${JSON.stringify(said, sorted)}`)
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

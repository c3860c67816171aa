/** What could not be sent is not lost: it becomes a draft of its ticket. */
import { and, eq, sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { newExternalId } from '#domain/deliveries/external-ids.ts'
import { drafts } from '#domain/drafts/table.ts'
import { bodyFrom } from './compose.ts'
import type { EntryShape } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { CommandError } from './problem.ts'
import { editOf, lockTickets, saveTicket } from './ticket-edit.ts'

const kept = new Set(['REPLY_WINDOW_CLOSED', 'QUOTA_EXCEEDED'])

/** The same failure; where waiting helps, with the entry kept as a draft. */
export function keepAsDraft(error: unknown, ticketId: string, entry: EntryShape): unknown {
  if (error instanceof CommandError && error.problems.some(({ code }) => kept.has(code)))
    error.afterwards = (command) => saveDraft(command, ticketId, entry)
  return error
}

async function saveDraft(command: Command, ticketId: string, entry: EntryShape): Promise<Outcome> {
  const { tx, workspaceId, viewer, now } = command
  const row = (await lockTickets(command, [ticketId])).get(ticketId)
  if (!row) return {}
  const body = await bodyFrom(command, entry.body, [], { mayBeEmpty: true })
  const { bodyText, bodyHtml, bodyHtmlClean, cleanedBy } = body
  // Whoever tries again finds the one that is there.
  const [same] = await tx
    .select({ id: drafts.id })
    .from(drafts)
    .where(
      and(
        eq(drafts.workspaceId, workspaceId),
        eq(drafts.ticketId, ticketId),
        sql`${drafts.externalId} like 'deskgraph:%' and ${drafts.type} = ${entry.type}`,
        sql`${drafts.bodyText} = ${bodyText} and ${drafts.bodyHtml} is not distinct from ${bodyHtml}`,
        sql`${drafts.subject} is not distinct from ${entry.subject ?? null}`,
        sql`${drafts.updatedById} is not distinct from ${viewer.actorId}::uuid`,
      ),
    )
    .limit(1)
  if (same) return { ticketId, draftId: same.id }
  const id = uuidv7()
  await tx.insert(drafts).values({
    ...{ workspaceId, id, backendId: row.backendId, ticketId, externalId: newExternalId(id), type: entry.type },
    ...{ subject: entry.subject ?? null, contentType: entry.contentType ?? (bodyHtml ? 'HTML' : 'TEXT') },
    ...{ bodyText, bodyHtml, bodyHtmlClean, cleanedBy, metadata: entry.metadata ?? null },
    addresses: (entry.emailAddresses ?? []).map(({ email, name, direction }) => ({
      email,
      name: name ?? null,
      direction,
    })),
    ...{ updatedById: viewer.actorId, createdAt: now, updatedAt: now, contentHash: '' },
  })
  const edit = editOf(command, row)
  edit.after = { ...row, hasDraft: true }
  edit.alsoChanged.add('draft')
  await saveTicket(command, edit)
  return { ticketId, draftId: id }
}

/** What could not be sent is not lost: it becomes a draft of its ticket. */
import { partsDiffering } from '#domain/drafts/differences.ts'
import type { WholeDraft } from '#domain/drafts/table.ts'
import { contentFrom } from './draft-content.ts'
import { draftsOf, isWritable, writeDraft } from './draft-rows.ts'
import { filesFrom } from './entry-files.ts'
import type { EntryShape } from './inputs.ts'
import type { Command, Outcome } from './outcome.ts'
import { CommandError } from './problem.ts'
import { editOf, lockTickets } from './ticket-edit.ts'

const kept = new Set(['REPLY_WINDOW_CLOSED', 'QUOTA_EXCEEDED'])

type Unsent = {
  ticketId: string
  entry: EntryShape
  /** The draft it was written in, which it replaces. */
  draftId: string | null
}

/** The same failure; where waiting helps, with the entry kept as a draft. */
export function keepAsDraft(error: unknown, unsent: Unsent): unknown {
  if (error instanceof CommandError && error.problems.some(({ code }) => kept.has(code)))
    error.afterwards = (command) => keep(command, unsent)
  return error
}

/** What others have begun stays beside it; whoever tries again finds the one that is there. */
async function keep(command: Command, { ticketId, entry, draftId }: Unsent): Promise<Outcome> {
  const row = (await lockTickets(command, [ticketId])).get(ticketId)
  if (!row) return {}
  const edit = editOf(command, row)
  const known = (await draftsOf(command, ticketId)).filter(({ type }) => type === entry.type)
  const named = known.find(({ id }) => id === draftId) ?? null
  const content = await contentFrom(command, entry, { before: named, path: ['input', 'entry'] })
  const isSame = (draft: WholeDraft) =>
    partsDiffering(draft, content).every((part) => part !== 'body' && part !== 'subject' && part !== 'emailAddresses')
  const before = named ?? known.find((draft) => isWritable(edit.backend, draft) && isSame(draft)) ?? null
  const files = await filesFrom(command, entry.attachmentIds, {
    ...{ backend: edit.backend, ticketId, draftId: before?.id ?? null, path: ['input', 'entry', 'attachmentIds'] },
  })
  const isBeside = before === null && known.length > 0
  return { ticketId, draftId: await writeDraft(command, edit, { before, type: entry.type, content, files, isBeside }) }
}

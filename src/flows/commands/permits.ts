/** The rules of `viewerCan`, as commands keep them. */
import type { BackendRow } from '#domain/backends/loaders.ts'
import type { Problem } from '#domain/backends/problems.ts'
import { forbidden, type Refusal, stateRefusal, type TicketAction, viewerRefusal } from '#domain/viewer/permissions.ts'
import { missingScopesProblem } from '#platform/graphql/forbidden.ts'
import type { Scope } from '#platform/graphql/scopes.ts'
import type { Viewer } from '#platform/graphql/viewer.ts'
import type { Command } from './outcome.ts'
import { CommandError, invalid, type Path, unsupported } from './problem.ts'
import type { TicketEdit } from './ticket-edit.ts'

/**
 * Refuses what makes no sense in the state the ticket is in, or is not for this viewer. What the help desk can do is
 * checked by each change itself, field by field. @throws CommandError
 */
export function permit({ viewer }: Command, edit: TicketEdit, action: TicketAction, path: Path): void {
  if (edit.isNew) return
  const refusal = viewerRefusal(action, viewer, edit.before) ?? stateRefusal(action, edit.before)
  if (refusal) throw refused(refusal, edit.backend, path)
}

export function refused(refusal: Refusal, backend: BackendRow, path: Path): CommandError {
  const { reason, explanation, capability, rule = null, missingScopes } = refusal
  if (reason === 'FORBIDDEN') return forbiddenError(explanation, path, missingScopes)
  if (reason === 'UNSUPPORTED_BY_BACKEND' && capability) return unsupported(backend, capability, path, explanation)
  return invalid(path, explanation, rule, reason)
}

/** What customers may do at all; everything else is for those who answer, and for programs. */
const forContacts = new Set([
  ...['ticketCreate', 'messageSend', 'ticketMarkRead', 'ticketMarkUnread', 'conversationMarkSeen', 'undo'],
  ...['attachmentUploadCreate', 'attachmentUploadComplete', 'attachmentDelete'],
  'messageTranslate',
])

/** @throws CommandError */
export function refuseRole({ role }: Viewer, mutation: string): void {
  if (role === 'CONTACT' && !forContacts.has(mutation)) throw forbiddenError(forbidden.explanation, ['input'])
}

/** Where only the input tells what is needed. @throws CommandError */
export function requireScope({ scopes }: Viewer, scope: Scope): void {
  if (!scopes.has(scope)) throw new CommandError(missingScopesProblem([scope]) as Problem)
}

export function forbiddenError(message: string, path: Path, missingScopes: readonly Scope[] = []): CommandError {
  return new CommandError({
    ...{ __typename: 'ForbiddenError', message, code: 'FORBIDDEN', path: path.map(String), missingScopes },
  } as Problem)
}

/** What a client wrote, checked and with everything it names looked up, ready to become rows. */
import { and, eq } from 'drizzle-orm'
import type { BodyRecord } from '#connectors/contract.ts'
import type { attachments } from '#domain/attachments/table.ts'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { type BodyColumns, bodiesOf } from '#domain/messages/bodies.ts'
import { isSeen, messages } from '#domain/messages/table.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { sightOf } from '#platform/graphql/viewer.ts'
import { htmlOfMarkdown } from '#platform/richtext/markdown.ts'
import type { Capability, ConversationType, MessageContentType, MessageDirection, SupportLevel } from '#vocabulary.ts'
import { filesFrom, refuseUnreachable } from './entry-files.ts'
import type { BodyShape, EntryShape } from './inputs.ts'
import type { Command } from './outcome.ts'
import * as plausible from './plausible.ts'
import { CommandError, invalid, missing, type Path, unsupported, unsupportedProblem } from './problem.ts'
import type { ActorRow } from './references.ts'
import { accountFrom, actorFromRef, agentFrom } from './references.ts'

/** What each kind of entry is, and what the help desk has to be able to do for it. */
const kinds: Record<ConversationType, { direction: MessageDirection; isInternal: boolean; needs: Capability } | null> =
  {
    REPLY_OUTBOUND: { direction: 'OUTBOUND', isInternal: false, needs: 'MESSAGE_SEND' },
    REPLY_INBOUND: { direction: 'INBOUND', isInternal: false, needs: 'MESSAGE_SEND' },
    NOTE_PRIVATE: { direction: 'INTERNAL', isInternal: true, needs: 'NOTE_PRIVATE' },
    NOTE_PUBLIC: { direction: 'OUTBOUND', isInternal: false, needs: 'NOTE_PUBLIC' },
    FORWARD: { direction: 'OUTBOUND', isInternal: false, needs: 'MESSAGE_FORWARD' },
    UNKNOWN: null,
    SUGGESTED_REPLY: null,
  }

const MOST_ADDRESSES = 100

/** An entry that was checked, with everything it names looked up. */
export type Composed = {
  entry: EntryShape
  kind: NonNullable<(typeof kinds)[ConversationType]>
  body: BodyColumns
  contentType: MessageContentType
  subject: string | null
  at: Date
  sender: ActorRow | null
  addresses: {
    email: string
    name: string | null
    direction: NonNullable<EntryShape['emailAddresses']>[number]['direction']
  }[]
  files: (typeof attachments.$inferSelect)[]
  mentioned: ActorRow[]
  parentExternalId: string | null
  channelAccountId: string | null
}

/** @throws CommandError with everything that is wrong with the entry. */
export async function compose(
  command: Command,
  entry: EntryShape,
  about: {
    backend: BackendRow
    path: Path
    ticketId: string | null
    /** The draft it was; its files may come along. */
    draftId?: string | null
    /** Goes out with another message, so it need not say anything itself. */
    passesOn?: boolean
    /** Opens a ticket. */
    isFirst?: boolean
  },
): Promise<Composed> {
  const { backend, path, ticketId, draftId = null, passesOn = false, isFirst = false } = about
  const at = (name: string) => [...path, name]
  const kind = kinds[entry.type]
  if (!kind) throw invalid(at('type'), `Expected a reply, a note or a forward, got ${entry.type}.`)
  refuseImpossible(backend, entry, { needs: kind.needs, path, isFirst })
  const files = await filesFrom(command, entry.attachmentIds, {
    ...{ backend, ticketId, draftId, path: at('attachmentIds') },
  })
  refuseUnreachable(backend, files, at('attachmentIds'))
  const body = await bodyFrom(command, entry.body, at('body'), { mayBeEmpty: files.length > 0 || passesOn })
  const { longestTextChars } = vendorOf(backend).writing
  if (longestTextChars !== null) plausible.bodySize(body.bodyText, at('body'), longestTextChars)
  const sender = entry.sender && (await actorFromRef(command, entry.sender, backend.id, at('sender')))
  if (entry.sender && !sender) throw missing('contact', null, at('sender'))
  return {
    ...{ entry, kind, body, files },
    contentType: entry.contentType ?? contentTypeOf(entry.body),
    subject: entry.subject == null ? null : plausible.line(entry.subject, at('subject')),
    at: entry.at ? plausible.pastMoment(entry.at, command.now, at('at')) : command.now,
    sender: sender ?? null,
    addresses: addressesFrom(entry.emailAddresses, at('emailAddresses')),
    mentioned: await plausible.each(entry.mentionAgentIds ?? [], (id, index) =>
      agentFrom(command, id, backend.id, [...at('mentionAgentIds'), index]),
    ),
    parentExternalId: await parentOf(command, entry, { ticketId, path: at('parentMessageId') }),
    channelAccountId: entry.channelAccountId
      ? (await accountFrom(command, entry.channelAccountId, backend.id, at('channelAccountId'))).id
      : null,
  }
}

function refuseImpossible(
  backend: BackendRow,
  entry: EntryShape,
  { needs, path, isFirst }: { needs: Capability; path: Path; isFirst: boolean },
): void {
  const { name, capabilities, writing } = vendorOf(backend)
  // Whoever reads it at the help desk goes by the type: shown otherwise here it would betray what it is there.
  if (entry.isInternal != null && entry.isInternal !== kinds[entry.type]?.isInternal) {
    const wanted = entry.isInternal ? 'NOTE_PRIVATE' : 'one of the public types'
    throw invalid([...path, 'isInternal'], `Expected it to fit the type ${entry.type}: use ${wanted}.`, 'fitsType')
  }
  const { types } = writing.newTicketMessages
  if (isFirst && types) {
    if (!types.includes(entry.type))
      throw unsupported(backend, needs, [...path, 'type'], `${name} opens a ticket with ${types.join(' or ')} only.`)
  } else if (entry.type === 'REPLY_INBOUND') {
    if (!canDo(writing.imports.inbound))
      throw unsupported(backend, needs, [...path, 'type'], `${name} takes no entries in the customer's name.`)
  } else if (capabilities[needs].level !== 'NATIVE') {
    throw new CommandError(unsupportedProblem(backend, needs, [...path, 'type']))
  }
  if (entry.at && !canDo(writing.imports.backdated))
    throw unsupported(backend, needs, [...path, 'at'], `${name} gives every message the time it arrives.`)
  if ((entry.mentionAgentIds?.length ?? 0) > 0) {
    if (needs !== 'NOTE_PRIVATE' && needs !== 'NOTE_PUBLIC')
      throw invalid([...path, 'mentionAgentIds'], 'Expected mentions in a note only: a customer would read them.')
    if (!canDo(capabilities.MENTIONS.level)) throw unsupported(backend, 'MENTIONS', [...path, 'mentionAgentIds'])
  }
}

/** How well a help desk takes entries of this type. */
export function levelOf(backend: BackendRow, type: ConversationType): SupportLevel {
  const kind = kinds[type]
  return kind ? vendorOf(backend).capabilities[kind.needs].level : 'UNSUPPORTED'
}

// ------------------------------------------------------------------ parts

/** The body in every form; HTML and Markdown are cleaned before anybody sees them. @throws CommandError */
export async function bodyFrom(
  { cleaner }: Pick<Command, 'cleaner'>,
  body: BodyShape,
  path: Path,
  { mayBeEmpty }: { mayBeEmpty: boolean },
): Promise<BodyColumns> {
  for (const form of ['text', 'html', 'markdown'] as const) plausible.bodySize(body[form] ?? '', [...path, form])
  const [columns] = await bodiesOf([{ body: recordOf(body), subject: 'message', externalId: '' }], {
    cleaner,
    misfits: [],
  })
  const { bodyText, bodyHtmlClean } = columns as BodyColumns
  const isEmpty = bodyText.trim() === '' && !/<img/i.test(bodyHtmlClean ?? '')
  if (isEmpty && !mayBeEmpty)
    throw invalid(path, 'Expected something to say, got an empty body.', 'minLength=1', 'REQUIRED')
  return columns as BodyColumns
}

function recordOf(body: BodyShape): BodyRecord {
  if (body.html != null) return { html: body.html }
  // The source is what was written; the HTML is only made of it.
  if (body.markdown != null) return { html: htmlOfMarkdown(body.markdown), markdown: body.markdown }
  if (body.editorjs != null) return { editorjs: JSON.parse(JSON.stringify(body.editorjs)) }
  return { text: body.text ?? '' }
}

export function contentTypeOf(body: BodyShape): MessageContentType {
  if (body.html != null) return 'HTML'
  if (body.markdown != null) return 'MARKDOWN'
  return body.editorjs != null ? 'EDITORJS' : 'TEXT'
}

export function addressesFrom(given: EntryShape['emailAddresses'], path: Path): Composed['addresses'] {
  const list = given ?? []
  if (list.length > MOST_ADDRESSES)
    throw invalid(path, `Expected at most ${MOST_ADDRESSES}, got ${list.length}.`, `maxItems=${MOST_ADDRESSES}`)
  return list.map(({ email, name, direction }, index) => ({
    email: plausible.email(email, [...path, index, 'email']),
    name: name == null ? null : plausible.line(name, [...path, index, 'name'], { most: 200 }),
    direction,
  }))
}

async function parentOf(
  { tx, workspaceId, viewer }: Command,
  { parentMessageId }: EntryShape,
  { ticketId, path }: { ticketId: string | null; path: Path },
): Promise<string | null> {
  if (parentMessageId == null) return null
  const id = idFrom(parentMessageId, 'Message')
  const [row] =
    id !== null && ticketId !== null
      ? await tx
          .select({ externalId: messages.externalId })
          .from(messages)
          .where(
            and(
              eq(messages.workspaceId, workspaceId),
              eq(messages.ticketId, ticketId),
              eq(messages.id, id),
              isSeen[sightOf(viewer)],
            ),
          )
      : []
  if (!row) throw missing('message of this ticket', parentMessageId, path)
  return row.externalId
}

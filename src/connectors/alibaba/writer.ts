/**
 * The writing actions of the Ticket System, 2021-06-10: each parameter where it travels (SEEN, tried with the published
 * SDK). A list of files is joined with commas and travels in the query of a reply, but in the form of a new ticket.
 */
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { RefusedError, TryAgainError } from '#errors.ts'
import type { Gateway } from './gateway.ts'
import type { Settings } from './settings.ts'

export type Writer = {
  /** Answers the ticket's id. */
  createTicket(ticket: NewTicket): Promise<string>
  /** Answers the id of the entry in the thread; null when the vendor does not say. */
  replyTicket(reply: { ticketId: string; content: string; files: string[] }): Promise<string | null>
  closeTicket(ticketId: string): Promise<void>
  /** The text becomes an entry of the thread. */
  reopenTicket(ticketId: string, content: string): Promise<void>
  /** Where a file may be put, for a short time, and the name it then has in lists of files. */
  uploadUrl(fileName: string): Promise<{ putUrl: string; objectKey: string }>
}

export type NewTicket = {
  title: string
  /** Plain text; the vendor takes nothing else (SEEN). */
  description: string
  categoryId: string
  /** 1 normal, 2 urgent. */
  severity: '1' | '2'
  creatorId: string | null
  email: string | null
  /** Object keys. */
  files: string[]
}

export function openWriter({ read, write }: Gateway, { uid }: Pick<Settings, 'uid'>): Writer {
  const owner: Record<string, string> = uid ? { Uid: uid } : {}
  return {
    async createTicket({ title, description, categoryId, severity, creatorId, email, files }) {
      const form: Record<string, string> = { CategoryId: categoryId, Description: description, Severity: severity }
      if (title) form.Title = title
      if (creatorId) form.CreatorId = creatorId
      if (email) form.Email = email
      if (files.length > 0) form.FileNameList = joined(files)
      const { Data: data } = await write('CreateTicket', { form })
      const ticketId = idOf(data)
      if (ticketId === null) throw new TryAgainError('CreateTicket: expected the id of the ticket as Data, got none')
      return ticketId
    },

    async replyTicket({ ticketId, content, files }) {
      const form = { TicketId: ticketId, Content: content, Encrypt: 'false', ...owner }
      const query: Record<string, string> = files.length > 0 ? { FileNameList: joined(files) } : {}
      const { Data: data } = await write('ReplyTicket', { query, form })
      return idOf(data)
    },

    async closeTicket(ticketId) {
      await write('CloseTicket', { form: { TicketId: ticketId, ...owner } })
    },

    async reopenTicket(ticketId, content) {
      await write('ReopenTicket', { form: { TicketId: ticketId, Content: content, ...owner } })
    },

    // A place that was never used is seen by nobody, so asking twice is as good as asking once.
    async uploadUrl(fileName) {
      const { Data: data } = await read('GetAttachmentUploadUrl', { form: { FileName: fileName } })
      const place = objectOf(data)
      const putUrl = textOf(place?.PutSignedUrl)
      const objectKey = textOf(place?.ObjectKey)
      if (!putUrl || !objectKey)
        throw new TryAgainError('GetAttachmentUploadUrl: expected a PutSignedUrl and an ObjectKey')
      return { putUrl, objectKey }
    },
  }
}

function joined(objectKeys: string[]): string {
  const broken = objectKeys.find((key) => key.includes(','))
  if (broken) throw new RefusedError(`the name of a file, ${broken}, has a comma and would be read as two`)
  return objectKeys.join(',')
}

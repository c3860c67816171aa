/**
 * The twelve actions over the desk, each taking a parameter only where it travels (SEEN, tried with the published SDK).
 * Codes of success differ by action as in the documented samples: 0 or 200.
 */
import { changeStatus, openTicket, receiveMessage } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskAttachment, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { FileShelf } from './sandbox-files.ts'
import {
  catalogue,
  contactIdOf,
  dialogIdOf,
  isCategory,
  rowOf,
  statusNames,
  statusValueOf,
  threadJson,
  ticketIdOf,
  ticketOf,
  wholeOf,
} from './sandbox-wire.ts'

export type ActionInput = {
  desk: Desk
  files: FileShelf
  /** The account that owns the tickets. */
  account: string
  query: URLSearchParams
  form: URLSearchParams
}
/** What goes into the envelope beside RequestId, Success and Message; `json` is Data as JSON text. */
export type ActionResult = { Code: number; json?: string; more?: Record<string, number> }

/** The vendor's refusal, as HTTP status, code and message of its error tables. */
export type Refusal = { refused: { status: number; code: string | number; message: string } }

export type Action = (input: ActionInput) => ActionResult | Refusal

/** Not documented; that it is 100 as in the older interface is ASSUMED. */
const mostPerPage = 100

const illegal: Refusal = { refused: { status: 400, code: 'param.illegal', message: 'Params illegal.' } }
/** How a ticket that is not there is answered is not documented: ASSUMED a business failure. */
const noTicket: Refusal = { refused: { status: 200, code: 404, message: 'The ticket does not exist.' } }

/** A closed ticket takes nothing but a reason to be reopened, and an open one no such: ASSUMED, with the words. */
const closed: Refusal = { refused: { status: 200, code: 400, message: 'The ticket is closed.' } }
const notClosed: Refusal = { refused: { status: 200, code: 400, message: 'The ticket is not closed.' } }

/** What a key that may only read is refused. */
export const writingActions = new Set([
  ...['CreateTicket', 'ReplyTicket', 'CloseTicket', 'ReopenTicket', 'EvaluateTicket'],
  'GetAttachmentUploadUrl',
])

export const actions: Record<string, Action> = {
  ListTickets({ desk, query, form }) {
    const page = Number(query.get('PageNumber'))
    const size = Number(query.get('PageSize'))
    if (!isCount(page) || !isCount(size) || size > mostPerPage) return illegal
    const wanted = wantedTickets(form)
    if (!wanted) return illegal
    const found = [...desk.tickets.values()].reverse().filter(wanted)
    const rows = found.slice((page - 1) * size, page * size).map(rowOf)
    return { Code: 0, json: JSON.stringify(rows), more: { PageNumber: page, PageSize: size, TotalCount: found.length } }
  },

  GetTicket: onTicket('form', (ticket) => ({ Code: 0, json: JSON.stringify(wholeOf(ticket)) })),

  ListTicketNotes: onTicket('query', (ticket, { files }) => ({ Code: 0, json: threadJson(ticket, files) })),

  CreateTicket({ desk, files, account, query, form }) {
    const text = said(form.get('Description'))
    const severity = form.get('Severity')
    const category = form.get('CategoryId')
    const attachments = attached(files, form.get('FileNameList'))
    if (!text || !isCategory(category) || (severity !== '1' && severity !== '2') || !attachments) return illegal
    if (!/^$|^[^@\s]+@[^@\s]+$/.test(form.get('Email') ?? '') || !isSecret(query.get('SecretInfo'))) return illegal
    // The account itself is none of the desk's contacts; the desk takes its first one.
    const creator = form.get('CreatorId')
    const requesterId = creator && creator !== account ? contactIdOf(desk, creator) : undefined
    if (creator && creator !== account && requesterId === undefined) return illegal
    const ticket = openTicket(desk, {
      subject: form.get('Title') || text.slice(0, 30),
      priority: severity === '2' ? 'URGENT' : 'NORMAL',
      category,
      ...(requesterId === undefined ? {} : { requesterId }),
      first: { text, attachments },
    })
    return { Code: 0, json: JSON.stringify(ticketIdOf(ticket.id)) }
  },

  ReplyTicket: onTicket('form', (ticket, { desk, files, query, form }) => {
    const text = said(form.get('Content'))
    const attachments = attached(files, query.get('FileNameList'))
    if (!text || !isBoolean(form.get('Encrypt')) || !attachments) return illegal
    if (isClosed(ticket)) return closed
    const message = receiveMessage(desk, { ticketId: ticket.id, text, attachments })
    return { Code: 0, json: JSON.stringify(dialogIdOf(message.id)) }
  }),

  CloseTicket: onTicket('form', (ticket, { desk }) => {
    if (isClosed(ticket)) return closed
    changeStatus(desk, { ticketId: ticket.id, status: 'RESOLVED' })
    return { Code: 200 }
  }),

  ReopenTicket: onTicket('form', (ticket, { desk, form }) => {
    const text = said(form.get('Content'))
    if (!text) return illegal
    if (!isClosed(ticket)) return notClosed
    receiveMessage(desk, { ticketId: ticket.id, text })
    return { Code: 0, json: JSON.stringify(ticketIdOf(ticket.id)) }
  }),

  EvaluateTicket: onTicket('form', (_ticket, { form }) =>
    /^[1-5]$/.test(form.get('Score') ?? '') && isBoolean(form.get('Solved')) ? { Code: 200 } : illegal,
  ),

  ListProducts({ query }) {
    const named = catalogue.filter(({ product }) => contains(product, query.get('Name')))
    const directories = Map.groupBy(named, ({ directoryId }) => directoryId)
    const data = [...directories].map(([DirectoryId, entries]) => {
      const products = new Map(entries.map(({ productId, product }) => [productId, product]))
      const ProductList = [...products].map(([ProductId, ProductName]) => ({ ProductId, ProductName }))
      return { DirectoryId, DirectoryName: entries[0]?.directory, ProductList }
    })
    return { Code: 0, json: JSON.stringify(data) }
  },

  ListCategories({ form }) {
    if (!/^\d+$/.test(form.get('ProductId') ?? '')) return illegal
    const found = catalogue.filter(
      ({ productId, category }) => String(productId) === form.get('ProductId') && contains(category, form.get('Name')),
    )
    const data = found.map(({ categoryId, category }) => ({ CategoryId: categoryId, CategoryName: category }))
    return { Code: 200, json: JSON.stringify(data) }
  },

  GetAttachmentUploadUrl({ files, form }) {
    const fileName = form.get('FileName')
    if (!fileName) return illegal
    const { getSignedUrl, putSignedUrl, objectKey } = files.uploadUrl(fileName)
    return {
      Code: 0,
      json: JSON.stringify({ GetSignedUrl: getSignedUrl, ObjectKey: objectKey, PutSignedUrl: putSignedUrl }),
    }
  },

  GetMqConsumerTag: () => ({ Code: 200, json: '"sandbox-consumer-tag"' }),
}

type OnTicket = (ticket: DeskTicket, input: ActionInput) => ActionResult | Refusal

function onTicket(travels: 'query' | 'form', act: OnTicket): Action {
  return (input) => {
    const ticketId = input[travels].get('TicketId')
    if (!ticketId) return illegal
    const ticket = ticketOf(input.desk, ticketId)
    return ticket ? act(ticket, input) : noTicket
  }
}

/** Which tickets a list asks for; null when a parameter cannot be read. */
function wantedTickets(form: URLSearchParams): ((ticket: DeskTicket) => boolean) | null {
  const [from, to] = [form.get('StartDate') ?? '0', form.get('EndDate') ?? '9999999999999']
  if (!/^\d{1,15}$/.test(from) || !/^\d{1,15}$/.test(to)) return null
  const statuses = [...form].flatMap(([name, value]) => (/^StatusList\.\d+$/.test(name) ? [value] : []))
  if (statuses.some((word) => !(word in statusNames) && !Object.values(statusNames).includes(word))) return null
  const only = form.get('TicketId')
  const list = form.get('TicketIdList')?.split(',')
  return (ticket) => {
    const createdAt = ticket.createdAt.getTime()
    if (createdAt < Number(from) || createdAt > Number(to)) return false
    if (only && ticketIdOf(ticket.id) !== only) return false
    if (list && !list.includes(ticketIdOf(ticket.id))) return false
    if (!contains(ticket.subject, form.get('Keyword'))) return false
    if (statuses.length === 0) return true
    const value = statusValueOf(ticket)
    return statuses.includes(value) || statuses.includes(statusNames[value] ?? '')
  }
}

/** The files behind the names; null when one of them was never put anywhere. */
function attached(files: FileShelf, list: string | null): DeskAttachment[] | null {
  const names = list ? list.split(',') : []
  const found = names.flatMap((objectKey) => files.uploaded(objectKey) ?? [])
  return found.length === names.length ? found : null
}

/** A text that says something; that blanks are none is ASSUMED. */
function said(text: string | null): string | null {
  return text?.trim() ? text : null
}

/** Source: SecretInfo is an object that travels as JSON text (SEEN). */
function isSecret(text: string | null): boolean {
  if (text === null) return true
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

function isClosed(ticket: DeskTicket): boolean {
  return statusValueOf(ticket) === '6'
}

function contains(text: string, part: string | null): boolean {
  return !part || text.toLowerCase().includes(part.toLowerCase())
}

function isCount(number: number): boolean {
  return Number.isInteger(number) && number >= 1
}

function isBoolean(text: string | null): boolean {
  return text === 'true' || text === 'false'
}

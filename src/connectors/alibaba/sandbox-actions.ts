/**
 * The twelve actions over the desk, each taking a parameter only where it travels (SEEN, tried with the published SDK).
 * Codes of success differ by action as in the documented samples: 0 or 200.
 */
import { addMessage, addTicket, setStatus, touch } from '#connectors/sandbox/build.ts'
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { FileShelf } from './sandbox-files.ts'
import {
  catalogue,
  dialogIdOf,
  rowOf,
  statusNames,
  statusValueOf,
  threadJson,
  ticketIdOf,
  ticketOf,
  wholeOf,
} from './sandbox-wire.ts'

export type ActionInput = { desk: Desk; files: FileShelf; query: URLSearchParams; form: URLSearchParams }
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

  CreateTicket({ desk, files, form }) {
    const text = form.get('Description')
    const severity = form.get('Severity')
    if (!text || !form.get('CategoryId') || (severity !== '1' && severity !== '2')) return illegal
    const subject = form.get('Title') ?? text.slice(0, 60)
    const ticket = addTicket(desk, { subject, priority: severity === '2' ? 'URGENT' : 'NORMAL' })
    addMessage(desk, { ticketId: ticket.id, text, attachments: attached(files, form.get('FileNameList')) })
    return { Code: 0, json: JSON.stringify(ticketIdOf(ticket.id)) }
  },

  ReplyTicket: onTicket('form', ({ id }, { desk, files, query, form }) => {
    const text = form.get('Content')
    if (!text || !isBoolean(form.get('Encrypt'))) return illegal
    const message = addMessage(desk, { ticketId: id, text, attachments: attached(files, query.get('FileNameList')) })
    return { Code: 0, json: JSON.stringify(dialogIdOf(message.id)) }
  }),

  CloseTicket: onTicket('form', (ticket, { desk }) => {
    setStatus(ticket, 'RESOLVED', desk.now())
    touch(ticket, desk.now())
    return { Code: 200 }
  }),

  ReopenTicket: onTicket('form', (ticket, { desk, form }) => {
    const text = form.get('Content')
    if (!text || ticket.status !== 'RESOLVED') return illegal
    addMessage(desk, { ticketId: ticket.id, text })
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

function attached(files: FileShelf, list: string | null) {
  return (list ?? '').split(',').flatMap((objectKey) => files.uploaded(objectKey) ?? [])
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

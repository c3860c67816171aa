/**
 * The calls of the sandbox that change something. SEEN: new entries, conversion of types, `PUT tickets`, merging. ASSUMED:
 * new tickets, removal of one, files. A missing thing is a 400, since no 404 is documented.
 */
import type { z } from 'zod'
import { addTicket } from '#connectors/sandbox/build.ts'
import { changeMessage, changeTicket, deleteTicket, mergeTicket } from '#connectors/sandbox/changes.ts'
import type { Desk, DeskAttachment, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { type Faults, faultsIn, ok, problem, type Route } from './sandbox-answers.ts'
import { addEntries, checkEntries, type Uploads } from './sandbox-entries.ts'
import { checkTicket, fieldsFrom } from './sandbox-fields.ts'
import {
  changedTickets,
  conversion,
  entries,
  merge,
  newTickets,
  type TicketGiven,
  ticketProperties,
} from './sandbox-shapes.ts'
import type { Wire } from './sandbox-wire.ts'

export function writingRoutes(desk: Desk, wire: Wire): Route[] {
  const uploads: Uploads = new Map()

  return [
    { method: 'POST', path: /^\/tickets$/, answer: (_, request) => withBody(request, newTickets, createTickets) },
    {
      method: 'PUT',
      path: /^\/tickets$/,
      answer: (_, request) =>
        withBody(request, changedTickets, (given) => updateTickets(given, request.query.getAll('properties'))),
    },
    { method: 'DELETE', path: /^\/tickets\/(\d+)$/, answer: ([, id]) => removeTicket(Number(id)) },
    { method: 'POST', path: /^\/tickets\/merge$/, answer: (_, request) => withBody(request, merge, mergeTickets) },
    {
      method: 'POST',
      path: /^\/ticket_conversations\/(\d+)$/,
      answer: ([, id], request) =>
        withBody(request, entries, (given) => {
          const ticket = desk.tickets.get(Number(id))
          if (!ticket) return notFound('Ticket', Number(id))
          if (ticket.mergedIntoId !== null) return merged(ticket)
          const faults = checkEntries(desk, ticket, given, uploads)
          if (faults) return invalid(faults)
          const made = addEntries(desk, ticket, given, uploads)
          return ok({ data: made.map((message) => wire.entry(message, ticket)) })
        }),
    },
    {
      method: 'POST',
      path: /^\/ticket_conversations\/convert_type$/,
      answer: (_, request) => withBody(request, conversion, convertType),
    },
    { method: 'POST', path: /^\/attachments$/, answer: (_, request) => takeFile(request) },
  ]

  function createTickets(given: TicketGiven[]): SandboxAnswer {
    const faults = faultsIn(given, (ticket) => [
      ...checkTicket(desk, ticket),
      ...(ticket.label ? [] : [['label', 'The label field is required.'] as const]),
      ...(ticket.requester ? [] : [['requester', 'The requester field is required.'] as const]),
    ])
    if (faults) return invalid(faults)
    const made = given.map((ticket) => addTicket(desk, fieldsFrom(desk, ticket, ticketProperties)))
    return ok({ data: made.map(wire.ticket) })
  }

  /** Only the properties named are set; without the list all are, and what the ticket does not bring is blank. */
  function updateTickets(given: (TicketGiven & { id: number })[], named: string[]): SandboxAnswer {
    const unknown = named.filter((name) => !ticketProperties.includes(name as keyof TicketGiven))
    if (unknown.length > 0)
      return invalid({ properties: unknown.map((name) => `The property '${name}' is not known.`) })
    const properties = named.length > 0 ? (named as (keyof TicketGiven)[]) : ticketProperties
    for (const { id } of given) {
      const ticket = desk.tickets.get(id)
      if (!ticket) return notFound('Ticket', id)
      if (ticket.mergedIntoId !== null) return merged(ticket)
    }
    const needed = (['label', 'sys_status', 'requester'] as const).filter((name) => properties.includes(name))
    const faults = faultsIn(given, (ticket) => [
      ...checkTicket(desk, ticket),
      ...needed.flatMap((name) => (ticket[name] ? [] : [[name, `The ${name} field is required.`] as const])),
    ])
    if (faults) return invalid(faults)
    const changed = given.map((ticket) => changeTicket(desk, ticket.id, fieldsFrom(desk, ticket, properties)))
    return ok({ data: changed.map(wire.ticket) })
  }

  /** No body: what it would be is not known. */
  function removeTicket(id: number): SandboxAnswer {
    if (!desk.tickets.has(id)) return notFound('Ticket', id)
    deleteTicket(desk, id)
    return { status: 200 }
  }

  function mergeTickets({ merge_to_ticket_id: intoId, merge_from_ticket_ids: fromIds }: z.output<typeof merge>) {
    for (const id of [intoId, ...fromIds]) {
      const ticket = desk.tickets.get(id)
      if (!ticket) return notFound('Ticket', id)
      if (ticket.mergedIntoId !== null) return merged(ticket)
    }
    if (fromIds.includes(intoId)) return problem(400, 'Bad Request', `Ticket ${intoId} cannot be merged into itself.`)
    for (const fromId of new Set(fromIds)) mergeTicket(desk, { fromId, intoId, movesMessages: true })
    return ok({ data: wire.complete(desk.tickets.get(intoId) as DeskTicket) })
  }

  function convertType({ ticket_conversation_id: id, type }: z.output<typeof conversion>): SandboxAnswer {
    for (const ticket of desk.tickets.values()) {
      if (!ticket.messages.some((message) => message.id === id)) continue
      const message = changeMessage(desk, { ticketId: ticket.id, messageId: id }, { type })
      return ok({ data: wire.entry(message, ticket) })
    }
    return notFound('Ticket conversation', id)
  }

  async function takeFile(request: SandboxRequest): Promise<SandboxAnswer> {
    const contentType = request.headers['content-type'] ?? ''
    if (!contentType.startsWith('multipart/form-data'))
      return problem(415, 'Unsupported Media Type', 'A form with a file is expected.')
    const form = await new Response(new Uint8Array(request.body), {
      headers: { 'content-type': contentType },
    }).formData()
    const file = form.get('file')
    if (!(file instanceof File)) return invalid({ file: ['The file field is required.'] })
    const bytes = new Uint8Array(await file.arrayBuffer())
    const id = desk.nextId()
    const taken: Partial<DeskAttachment> = {
      id,
      name: file.name,
      contentType: file.type,
      sizeBytes: bytes.length,
      bytes,
    }
    uploads.set(id, taken)
    const data = { id, label: file.name, size_kb: Math.ceil(bytes.length / 1024), status: 2, status_message: null }
    return ok({ data: { ...data, download_url: null } })
  }
}

function withBody<Given>(
  { body, headers }: SandboxRequest,
  shape: z.ZodType<Given>,
  answer: (given: Given) => SandboxAnswer,
): SandboxAnswer {
  if (!headers['content-type']?.startsWith('application/json'))
    return problem(415, 'Unsupported Media Type', 'A body of application/json is expected.')
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch {
    return invalid({ $: ['The body is not valid JSON.'] })
  }
  const { success, data, error } = shape.safeParse(json)
  if (success) return answer(data)
  const faults: Faults = {}
  for (const { path, message } of error.issues) {
    const place = `$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')}`
    faults[place] = [...(faults[place] ?? []), message]
  }
  return invalid(faults)
}

function invalid(faults: Faults): SandboxAnswer {
  return problem(400, 'One or more validation errors occurred.', null, faults)
}

function notFound(what: string, id: number): SandboxAnswer {
  return problem(400, 'Bad Request', `${what} ${id} was not found.`)
}

function merged({ id, mergedIntoId }: DeskTicket): SandboxAnswer {
  return problem(400, 'Bad Request', `Ticket ${id} was merged into ticket ${mergedIntoId}.`)
}

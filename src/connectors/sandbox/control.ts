/**
 * What a person or a test can tell a running sandbox, beside the vendor's own paths:
 *
 *     GET  /__sandbox/counts                                                   what its desk holds
 *     GET  /__sandbox/messages                                                 every message of its desk, by ticket
 *     GET  /__sandbox/faults                                                   how many of which were shown
 *     POST /__sandbox/faults  { kind, count?, path?, isWrite?, delayMs?, isCarriedOut?, carriedOutAfterMs? }
 *                                                                              see `faults.ts`; path: a regular expression
 *     POST /__sandbox/faults  { kind, probability, seed?, … }                  a lasting share of all requests
 *     POST /__sandbox/faults  { clear: true }
 *     POST /__sandbox/message { ticketId?, text? }                             a customer writes
 *     POST /__sandbox/webhook { address }                                      see `SandboxWebhooks`
 */
import { z } from 'zod'
import { addMessage } from './build.ts'
import type { Desk } from './desk.ts'
import { type FaultKind, type Faults, faultKinds } from './faults.ts'
import type { SandboxRequest, SandboxWebhooks } from './sandbox.ts'

export const controlPrefix = '/__sandbox/'

export type ControlAnswer = { status: number; body: unknown }

export function answerControl({
  desk,
  faults,
  request,
  webhooks,
}: {
  desk: Desk
  faults: Faults
  request: SandboxRequest
  webhooks?: SandboxWebhooks | undefined
}): ControlAnswer {
  const name = `${request.method} ${request.path.slice(controlPrefix.length)}`
  try {
    if (name === 'GET counts') return { status: 200, body: countsOf(desk) }
    if (name === 'GET messages') return { status: 200, body: messagesOf(desk) }
    if (name === 'GET faults') return { status: 200, body: faults.shown() }
    if (name === 'POST faults') return setFault(faults, json(request))
    if (name === 'POST message') return writeMessage(desk, json(request))
    if (name === 'POST webhook' && webhooks) {
      webhooks.register(webhookShape.parse(json(request)).address)
      return { status: 200, body: { ok: true } }
    }
    return {
      status: 404,
      body: { error: `Expected GET counts, messages or faults, POST faults, message or webhook, got ${name}` },
    }
  } catch (error) {
    return { status: 400, body: { error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) } }
  }
}

export type ShownMessage = { id: number; ticketId: number; text: string }

function messagesOf(desk: Desk): ShownMessage[] {
  return [...desk.tickets.values()].flatMap((ticket) =>
    ticket.messages.map(({ id, text }) => ({ id, ticketId: ticket.id, text })),
  )
}

/** How much of everything a desk holds. */
export function countsOf(desk: Desk) {
  const counts = {
    tickets: desk.tickets.size,
    messages: 0,
    suggestedReplies: 0,
    attachments: 0,
    drafts: 0,
    mentions: 0,
  }
  for (const ticket of desk.tickets.values()) {
    if (ticket.draft) counts.drafts += 1
    for (const message of ticket.messages) {
      if (message.type === 'SUGGESTED_REPLY') counts.suggestedReplies += 1
      else counts.messages += 1
      counts.attachments += message.attachments.length
      counts.mentions += message.mentionedAgentIds.length
    }
  }
  const { agents, bots, departments, tags, channels } = desk
  return {
    ...counts,
    contacts: desk.contacts.size,
    agents: agents.length,
    bots: bots.length,
    departments: departments.length,
    tags: tags.length,
    channels: channels.length,
  }
}

const faultShape = z.union([
  z.object({ clear: z.literal(true) }),
  z.object({
    kind: z.enum(Object.keys(faultKinds) as [FaultKind, ...FaultKind[]]),
    count: z.int().positive().optional(),
    probability: z.number().min(0).max(1).optional(),
    seed: z.int().optional(),
    path: z
      .string()
      .transform((source) => new RegExp(source))
      .optional(),
    isWrite: z.boolean().optional(),
    delayMs: z.number().nonnegative().optional(),
    isCarriedOut: z.boolean().optional(),
    carriedOutAfterMs: z.number().nonnegative().optional(),
  }),
])

function setFault(faults: Faults, body: unknown): ControlAnswer {
  const wanted = faultShape.parse(body)
  if ('clear' in wanted) faults.clear()
  else if (wanted.probability === undefined) faults.next(wanted.kind, wanted)
  else faults.rate(wanted.kind, wanted.probability, wanted.seed, wanted)
  return { status: 200, body: { ok: true } }
}

const webhookShape = z.object({ address: z.url({ protocol: /^https?$/ }) })

const messageShape = z.object({ ticketId: z.number().optional(), text: z.string().min(1).optional() })

function writeMessage(desk: Desk, body: unknown): ControlAnswer {
  const { ticketId, text = 'Any news on this? I am still waiting.' } = messageShape.parse(body ?? {})
  const id =
    ticketId ?? [...desk.tickets.values()].find((ticket) => !ticket.isRecycled && ticket.mergedIntoId === null)?.id
  if (id === undefined) return { status: 409, body: { error: 'The desk has no ticket' } }
  const message = addMessage(desk, { ticketId: id, type: 'REPLY_INBOUND', text })
  return { status: 200, body: { ticketId: id, messageId: message.id } }
}

function json(request: SandboxRequest): unknown {
  return request.body.length > 0 ? JSON.parse(request.body.toString('utf8')) : {}
}

/** The language calls. No translator is at work: a text comes back with its new language in front of it. */
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxRequest } from '#connectors/sandbox/sandbox.ts'
import { ticketIn } from './sandbox-find.ts'
import { bodyOf, need, textIn } from './sandbox-input.ts'
import { ok, type Route, refuse, type Site } from './sandbox-site.ts'
import { ticketWire } from './sandbox-ticket.ts'

export const languageRoutes: Route[] = [
  {
    method: 'POST',
    path: /^ticketing\/tickets\/(\d+):detectvisitorlanguage$/,
    answer: ({ desk }, _request, id) => ok({ vistorLanguage: ticketIn(desk, id).language }),
  },
  { method: 'POST', path: /^ticketing\/tickets\/(\d+):detectVisitorLanguage$/, answer: wholeTicket },
  {
    method: 'POST',
    path: /^ticketing\/tickets\/(\d+):previewmessagetranslation$/,
    answer: ({ desk }, request, id) => ok({ translatedText: translated(request, ticketIn(desk, id)) }),
  },
  { method: 'POST', path: /^ticketing\/tickets\/(\d+):previewMessageTranslation$/, answer: wholeTicket },
  {
    method: 'POST',
    path: /^ticketing\/tickets:previewmessagetranslationfornewtickets$/,
    answer: (_site, request) => ok({ translatedText: translated(request, null) }),
  },
  { method: 'POST', path: /^ticketing\/tickets\/(\d+):previewMessageTranslationForNewTickets$/, answer: wholeTicket },
]

/** As the second description of each call has it (SEEN). */
function wholeTicket({ desk, origin }: Site, _request: SandboxRequest, id: string) {
  return ok(ticketWire(desk, ticketIn(desk, id), { includes: new Set(), origin }))
}

/** `text`, `sourceLanguage` and `targetLanguage` are ASSUMED. */
function translated(request: SandboxRequest, ticket: DeskTicket | null): string {
  const body = bodyOf(request)
  need(body, ['text'])
  textIn(body, 'sourceLanguage')
  const target = textIn(body, 'targetLanguage') ?? ticket?.language
  if (!target) refuse('targetLanguage is required.')
  return `[${target}] ${textIn(body, 'text')}`
}

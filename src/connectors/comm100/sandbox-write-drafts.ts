/** The draft of a ticket: put as a whole, and removed. Source: vendor's reference, Draft (SEEN); required fields ASSUMED. */
import type { JsonObject } from '#connectors/contract.ts'
import { objectOf } from '#connectors/reading.ts'
import { changeTicket } from '#connectors/sandbox/changes.ts'
import { emailAddressesFrom } from './body.ts'
import { agentIn, ticketIn } from './sandbox-find.ts'
import { bodyOf, decodedIn, need, textIn } from './sandbox-input.ts'
import { missing, ok, type Route, refuse, type Site } from './sandbox-site.ts'
import { draftWire } from './sandbox-ticket.ts'
import { filesIn } from './sandbox-write-messages.ts'

const path = /^ticketing\/tickets\/(\d+)\/draft$/

/** That a draft moves the ticket's time of change is ASSUMED. */
export const draftWrites: Route[] = [
  {
    method: 'PUT',
    path,
    answer(site, request, id) {
      const ticket = ticketIn(site.desk, id)
      const draft = draftFrom(site, bodyOf(request), Number(id))
      changeTicket(site.desk, ticket.id, { draft })
      return ok(draftWire(ticket, site.origin))
    },
  },
  {
    method: 'DELETE',
    path,
    answer(site, _request, id) {
      const ticket = ticketIn(site.desk, id)
      if (ticket.draft === null) missing()
      changeTicket(site.desk, ticket.id, { draft: null })
      return { status: 204 }
    },
  },
]

function draftFrom(site: Site, body: JsonObject, ticketId: number) {
  const { desk } = site
  need(body, ['type', 'metadata'])
  const type = textIn(body, 'type')
  if (type !== 'text' && type !== 'html') refuse(`type has a value that is not allowed: "${type}".`)
  const metadata = objectOf(body.metadata) ?? refuse('metadata must be an object.')
  const email = objectOf(objectOf(metadata.decoration)?.email)
  const said = decodedIn(body, 'body')
  const known = ticketIn(desk, ticketId).draft
  const author = body.lastUpdatedById == null ? desk.agents[0] : agentIn(desk, body.lastUpdatedById, 'lastUpdatedById')
  return {
    id: known?.id ?? desk.nextId(),
    text: type === 'html' ? said.replace(/<[^>]*>/g, '') : said,
    html: type === 'html' ? said : null,
    subject: email ? (textIn(email, 'subject') ?? '') : '',
    cc: emailAddressesFrom(email).flatMap(({ direction, email: address }) => (direction === 'CC' ? [address] : [])),
    quote: email ? (textIn(email, 'quote') ?? '') : '',
    authorId: author?.id ?? 0,
    updatedAt: desk.now(),
    attachments: filesIn(site, body, known),
    clientData: metadata,
  }
}

/** Finds out in which language the customer of a ticket writes, and notes it in the ticket. */
import { backendOf } from '#domain/backends/loaders.ts'
import { canDo, vendorOf } from '#domain/backends/vendors.ts'
import { type Detection, detectedOfTicket, SURE_ENOUGH } from '#domain/languages/detecting.ts'
import { LanguageDetection } from '#domain/languages/graphql.ts'
import { seenTicket } from '#domain/translations/seen.ts'
import { deskProblem } from '#domain/translations/translating.ts'
import { VendorError } from '#errors.ts'
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { applyPatch } from './apply-patch.ts'
import { askFirst } from './ask-first.ts'
import { namedByClient } from './inputs.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { deliveriesPart, MutationPayload, ticketPart } from './payloads.ts'
import { CommandError, missing, unsupportedProblem } from './problem.ts'
import { editTicket, saveTicket } from './ticket-edit.ts'

const TicketDetectLanguageInput = builder.inputType('TicketDetectLanguageInput', {
  description: 'Of which ticket.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The ticket.' }),
    save: t.boolean({
      defaultValue: true,
      description: "Write it into the ticket's contactLanguage, where it is known well enough.",
    }),
    ...namedByClient(t),
  }),
})
type Shape = typeof TicketDetectLanguageInput.$inferInput

const TicketDetectLanguagePayload = builder.objectRef<Payload>('TicketDetectLanguagePayload').implement({
  description: 'In which language the customer of a ticket writes.',
  interfaces: [MutationPayload],
  fields: (t) => ({
    ...ticketPart(t),
    detection: t.field({
      type: LanguageDetection,
      nullable: true,
      description: 'What was found out; null when nobody could be asked.',
      resolve: ({ detection }) => detection,
    }),
    ...deliveriesPart(t),
  }),
})

const path = ['input', 'id']

builder.mutationField('ticketDetectLanguage', (t) =>
  t.field({
    type: TicketDetectLanguagePayload,
    scopes: ['TICKETS_WRITE'],
    description:
      'Finds out in which language the customer of a ticket writes: by its help desk where that can tell, else from their last messages.',
    args: { input: t.arg({ type: TicketDetectLanguageInput, required: true, description: 'Of which ticket.' }) },
    resolve: (_root, { input }, context) => askFirst(context, 'ticketDetectLanguage', input, detect, keep),
  }),
)

async function detect(context: GraphContext, input: Shape): Promise<Detection> {
  const ticket = await seenTicket(context, input.id)
  if (!ticket) throw missing('ticket', input.id, path)
  try {
    return await detectedOfTicket(context, ticket)
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    throw new CommandError(deskProblem(error, await backendOf(context, ticket), context.now))
  }
}

async function keep(command: Command, input: Shape, detection: Detection): Promise<Outcome> {
  const edit = await editTicket(command, input.id, path)
  const outcome = { ticketId: edit.before.id, detection }
  const { locale, confidence } = detection
  if (input.save === false || locale === null || (confidence !== null && confidence < SURE_ENOUGH)) return outcome
  // What was found out is worth telling, also where it cannot be written down.
  if (!canDo(vendorOf(edit.backend).writing.ticketFields.contactLanguage)) {
    const note = `${vendorOf(edit.backend).name} keeps the language with the contact, not with the ticket: it was not saved.`
    return { ...outcome, errors: [unsupportedProblem(edit.backend, 'TICKET_UPDATE', ['input', 'save'], note)] }
  }
  await applyPatch(command, edit, { contactLanguage: locale }, path)
  await saveTicket(command, edit)
  return outcome
}

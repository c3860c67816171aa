/**
 * What DeskHero takes, strictly: its DTOs without their read-only fields. Source: seed page and apidocs.deskhero.com
 * (SEEN); the properties of a ticket are ASSUMED. What is not in a shape is refused by its name.
 */
import { z } from 'zod'
import { directionNames, typeNames } from './words.ts'

/** A number or its name; .NET takes both. */
function enumOf<Word extends string>(names: Word[]) {
  return z.union([z.int(), z.string()]).transform((value, context): Word => {
    const word = typeof value === 'number' ? names[value] : names.find((name) => name === value.toUpperCase())
    if (word) return word
    context.addIssue({ code: 'custom', message: `The value '${value}' is not valid.` })
    return z.NEVER
  })
}

/** `label` and the colours are read-only. */
const reference = z.strictObject({ id: z.int() })
const contact = z.strictObject({
  user_id: z.int().nullish(),
  email: z
    .string()
    .regex(/^\S+@\S+$/, 'The field email is not a valid e-mail address.')
    .nullish(),
  name: z.string().nullish(),
  profile_pic: z.string().nullish(),
})
export type ContactGiven = z.output<typeof contact>

const editorjs = z.strictObject({
  time: z.int(),
  version: z.string(),
  blocks: z.array(z.strictObject({ id: z.string(), type: z.string(), data: z.record(z.string(), z.any()) })),
})

const entry = z
  .strictObject({
    ticket_id: z.int().optional(),
    type: enumOf(typeNames),
    requester: contact.nullish(),
    sys_status: reference.nullish(),
    last_message_extracted: z.string().nullish(),
    sys_attachments: z.array(reference).nullish(),
    email_addresses: z
      .array(
        z.strictObject({
          email: contact.shape.email.unwrap().unwrap(),
          name: z.string().nullish(),
          direction: enumOf(directionNames),
        }),
      )
      .nullish(),
    sys_content_rich: z
      .strictObject({ html: z.string().nullish(), editorjs: editorjs.nullish(), read_minutes: z.int().nullish() })
      .nullish(),
  })
  .refine(
    ({ sys_content_rich: rich, sys_attachments: files }) => rich?.html || rich?.editorjs || files?.length,
    'An entry needs content or attachments.',
  )
export type EntryGiven = z.output<typeof entry>
export const entries = z.array(entry).min(1, 'At least one entry is required.')

export const conversion = z.strictObject({ ticket_conversation_id: z.int(), type: enumOf(typeNames) })

const ticket = z.strictObject({
  label: z.string().min(1, 'The label field is required.').nullish(),
  sys_status: reference.nullish(),
  sys_priority: reference.nullish(),
  sys_type: reference.nullish(),
  sys_tags: z.array(reference).nullish(),
  requester: contact.nullish(),
  assigned_to: reference.nullish(),
  assigned_group: reference.nullish(),
})
export type TicketGiven = z.output<typeof ticket>
export const ticketProperties = Object.keys(ticket.shape) as (keyof TicketGiven)[]
export const newTickets = z.array(ticket).min(1, 'At least one ticket is required.')
export const changedTickets = z.array(ticket.extend({ id: z.int() })).min(1, 'At least one ticket is required.')

export const merge = z.strictObject({
  merge_to_ticket_id: z.int(),
  merge_from_ticket_ids: z.array(z.int()).min(1, 'At least one ticket is required.'),
})

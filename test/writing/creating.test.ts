/** Opening tickets at every help desk: with messages, a requester made on the fly, and once however often it is asked. */
import { expect, test } from 'vitest'
import { syncNow } from '#flows/sync/schedule.ts'
import { runOver } from '../support/asking.ts'
import { deliverDuringTest } from '../support/delivering.ts'
import { serveBuiltIn } from '../support/served.ts'

const served = await serveBuiltIn()
const { db, syncing, backends } = served
const run = runOver(served.ask)

type Failure = { __typename: string; code: string; message: string; path: string[] | null }
type Created = {
  ticket: Shown | null
  messages: { id: string; externalId: string; body: { text: string } }[]
  replayed: boolean
  deliveries: { operation: string; state: string }[]
  errors: Failure[]
}
const shown = `id externalId number subject status messageCount tags { name }
  requester { id displayName ... on Contact { email externalId } } messages { nodes { id externalId type body { text } } }`
type Shown = {
  id: string
  externalId: string
  number: string
  subject: string
  status: string
  messageCount: number
  tags: { name: string }[]
  requester: { id: string; displayName: string; email: string; externalId: string } | null
  messages: { nodes: { id: string; externalId: string; type: string; body: { text: string } }[] }
}

const create = (input: object) =>
  run<Created>(
    `mutation($input: TicketCreateInput!) { ticketCreate(input: $input) { ticket { ${shown} }
      messages { id externalId body { text } } replayed deliveries { operation state } errors { __typename code message path } } }`,
    { input },
  )
const ticket = (id: string) => run<Shown>(`query($id: ID!) { ticket(id: $id) { ${shown} } }`, { id })

const backendIds = new Map(
  (await run<{ id: string; vendor: { key: string } }[]>('{ backends { id vendor { key } } }')).map(({ id, vendor }) => [
    vendor.key,
    id,
  ]),
)
const channels = await run<{ id: string; type: string; backend: { id: string } }[]>(
  '{ channels { id type backend { id } } }',
)

/** What each needs beside a subject and a requester. */
const needs: Record<string, (backendId: string) => object> = {
  comm100: (backendId) => ({
    channelId: channels.find(({ backend, type }) => backend.id === backendId && type === 'EMAIL')?.id,
  }),
  chatwoot: () => ({}),
  deskhero: () => ({}),
  alibaba: () => ({}),
  onebox: () => ({}),
}

test.for(['comm100', 'chatwoot', 'deskhero', 'alibaba', 'onebox'])(
  '%s gets a new ticket with its first message',
  async (vendor) => {
    const backendId = backendIds.get(vendor) as string
    const email = `new.person@${vendor}.example`
    const text = `Hello ${vendor}, my parcel is lost.\n\nPlease help.`
    // At Alibaba Cloud we are the customer, and Chatwoot takes the customer's words in some inboxes only.
    const type = vendor === 'alibaba' || vendor === 'chatwoot' ? 'REPLY_OUTBOUND' : 'REPLY_INBOUND'
    // At Alibaba Cloud the only customer is our own account.
    const accounts = await run<{ nodes: { id: string }[] }>(
      'query($ids: [ID!]) { contacts(filter: {backendIds: $ids}) { nodes { id } } }',
      { ids: [backendId] },
    )
    const onTheFly = { requester: { contact: { email } }, requesterOnCreate: { name: 'New Person' } }
    const who = vendor === 'alibaba' ? { requester: { contactId: accounts.nodes[0]?.id } } : onTheFly
    const input = {
      ...{ backendId, subject: `A parcel of ${vendor}`, messages: [{ type, body: { text } }], ...who },
      ...{ idempotencyKey: `create ${vendor}`, ...needs[vendor]?.(backendId) },
    }
    const answers = await Promise.all([create(input), create(input), create(input)])
    const made = answers.find(({ replayed }) => !replayed) as Created
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(2)
    expect(made.errors).toEqual([])
    expect(made.ticket).toMatchObject({
      subject: `A parcel of ${vendor}`,
      messageCount: 1,
      requester: vendor === 'alibaba' ? {} : { email },
    })
    expect(made.deliveries.at(-1)).toEqual({ operation: 'createTicket', state: 'QUEUED' })

    const { settled } = deliverDuringTest(served)
    await settled()
    const { rows } = await db.execute("select operation, state, problem from deliveries where state <> 'SETTLED'")
    expect(rows).toEqual([])
    const id = made.ticket?.id as string
    const later = await ticket(id)
    expect(later.externalId).not.toContain('deskgraph')
    expect(later.number).not.toContain('new-')
    expect(later.messages.nodes.map(({ body }) => body.text)).toEqual([text])
    expect(later.messages.nodes[0]?.id).toBe(made.messages[0]?.id)

    const own = backends.find(({ connector }) => connector.key === vendor) as (typeof backends)[0]
    expect((await syncNow(syncing, own.backendId, { full: true })).outcome).toBe('finished')
    const found = await run<{ nodes: Shown[] }>(
      'query($words: String!) { tickets(filter: {keywords: $words}) { nodes { id } } }',
      { words: `parcel of ${vendor}` },
    )
    // Alibaba's own list has it once as well: no second row came by the pull.
    expect(found.nodes.filter((node) => node.id === id)).toHaveLength(1)
    const { rows: copies } = await db.execute(
      `select count(*)::int as count from tickets where subject = 'A parcel of ${vendor}' and vanished_at is null`,
    )
    expect(copies).toEqual([{ count: 1 }])
  },
)

test('a requester who is known is reused, whatever the case of the address', async () => {
  const backendId = backendIds.get('chatwoot') as string
  const first = await create({ backendId, subject: 'One', requester: { contact: { email: 'Again@Example.com' } } })
  const second = await create({ backendId, subject: 'Two', requester: { contact: { email: 'again@example.COM' } } })
  expect(second.ticket?.requester?.id).toBe(first.ticket?.requester?.id)
})

test('what is changed and said before the help desk has the ticket arrives after it, in order', async () => {
  const backendId = backendIds.get('chatwoot') as string
  const made = await create({
    ...{ backendId, subject: 'In a hurry', requester: { contact: { email: 'hurry@example.com' } } },
    ...{ tagNames: ['in-a-hurry'], messages: [{ body: { text: 'First.' } }, { body: { text: 'Second.' } }] },
  })
  const id = made.ticket?.id as string
  const sent = await run<{ errors: Failure[] }>(
    `mutation($id: ID!) { messageSend(input: {ticketId: $id, entry: {body: {text: "Third."}}, patch: {status: RESOLVED}}) { errors { code message } } }`,
    { id },
  )
  expect(sent.errors).toEqual([])
  const { settled } = deliverDuringTest(served)
  await settled()
  const later = await ticket(id)
  expect(later.messages.nodes.map(({ body }) => body.text).slice(0, 3)).toEqual(['First.', 'Second.', 'Third.'])
  expect(later).toMatchObject({ status: 'RESOLVED', tags: [{ name: 'in-a-hurry' }] })
})

test.for([
  ['no first message where one is needed', { vendor: 'alibaba' }, 'REQUIRED', 'input.messages'],
  [
    'a first message of the wrong kind',
    { vendor: 'onebox', messages: [{ body: { text: 'Hi' } }] },
    'UNSUPPORTED_BY_BACKEND',
    'input.messages.0.type',
  ],
  [
    'a field that cannot be set',
    { vendor: 'onebox', status: 'RESOLVED', messages: [{ type: 'REPLY_INBOUND', body: { text: 'Hi' } }] },
    'UNSUPPORTED_BY_BACKEND',
    'input.status',
  ],
  [
    'a mail address that is none',
    { vendor: 'chatwoot', requester: { contact: { email: 'nobody' } } },
    'VALIDATION_FAILED',
    'input.requesterOnCreate.email',
  ],
  [
    'an unknown contact',
    { vendor: 'chatwoot', requester: { contactId: 'x' } },
    'NOT_FOUND',
    'input.requester.contactId',
  ],
  ['an unknown help desk', { backendId: 'x' }, 'NOT_FOUND', 'input.backendId'],
  ['no subject', { vendor: 'chatwoot', subject: ' ' }, 'REQUIRED', 'input.subject'],
] as const)('%s is told with its path, and nothing is made', async ([, given, code, path]) => {
  const { vendor, ...rest } = { vendor: 'chatwoot', ...given }
  const count = async () =>
    (
      await db.execute(
        'select (select count(*) from tickets) + (select count(*) from actors) + (select count(*) from deliveries) as all',
      )
    ).rows
  const before = await count()
  const { errors, ticket: made } = await create({
    ...{
      backendId: backendIds.get(vendor),
      subject: 'Bad',
      requester: { contact: { email: 'bad@example.com' } },
      ...rest,
    },
  })
  expect(errors.map((error) => [error.code, error.path?.join('.')])).toEqual([[code, path]])
  expect(made).toBeNull()
  expect(await count()).toEqual(before)
})

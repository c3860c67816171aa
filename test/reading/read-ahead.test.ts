/** What a query asks for next is read along with its rows: nobody may notice but by the number of statements. */
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { attachments } from '#domain/attachments/table.ts'
import { messages } from '#domain/messages/table.ts'
import { allOf } from '#platform/db/loaded.ts'
import { type LoadContext, manyBy, oneBy } from '#platform/db/loader.ts'
import { pageBy } from '#platform/db/page.ts'
import { endReading, nothingRead, startReading } from '#platform/db/read-columns.ts'
import { openCompanies } from '../access/company.ts'

const { db, during, alpha, bravo, answerOf } = await openCompanies()
/** More than the answers that are watched, and one more, whose statements are joined from then on. */
const often = 9

/** Of each name it is learnt anew. */
const detail = (name: string) => `query ${name}($id: ID!, $size: Int) { ticket(id: $id) {
  id number isSpam createdAt customFields { key value } requester { displayName avatarUrl }
  assignee { ... on Actor { displayName } } tags { name }
  conversations { nodes { id messages(first: $size) { nodes {
    id at isRead body { text } sender { displayName } attachments { name sizeBytes createdAt } emailAddresses { email }
  } } } }
} }`

type Company = typeof alpha
const ids = new Map([
  [alpha, await alpha.ticketId('alpha1')],
  [bravo, await bravo.ticketId('bravo1')],
])
const asked = (company: Company, token: string, { size, name = 'Detail' }: { size?: number; name?: string } = {}) =>
  answerOf(token, detail(name), { id: ids.get(company), ...(size !== undefined && { size }) })

async function learnt(...asking: Parameters<typeof asked>) {
  const first = await asked(...asking)
  for (let time = 1; time < often; time++) expect(await asked(...asking)).toEqual(first)
  return first
}

test('a ticket with all its threads is one statement, with the same answer as of many', async () => {
  const { result: first, statements: many } = await during(() => asked(alpha, alpha.admin))
  expect(first.errors).toBeUndefined()
  expect(many.length).toBeGreaterThan(6)
  await learnt(alpha, alpha.admin)
  const { result, statements } = await during(() => asked(alpha, alpha.admin))
  expect(result).toEqual(first)
  expect(statements).toHaveLength(1)
})

describe('what was learnt from some', () => {
  test('shows another company nothing but its own', async () => {
    const ofAlpha = await learnt(alpha, alpha.admin)
    const ofBravo = await asked(bravo, bravo.admin)
    expect(JSON.stringify(ofBravo)).not.toContain(alpha.word)
    expect(ofBravo).toEqual(await learnt(bravo, bravo.admin))
    expect(await asked(alpha, bravo.admin)).toMatchObject({ data: { ticket: null } })
    expect(await asked(alpha, alpha.admin)).toEqual(ofAlpha)
  })

  test('shows customers no more than they may read', async () => {
    const customer = alpha.viewer('CONTACT')
    const before = await asked(alpha, customer)
    await learnt(alpha, alpha.admin)
    expect(await learnt(alpha, customer)).toEqual(before)
  })

  test('does not stand for other arguments, and is read no more when it was read in vain', async () => {
    const sized = (size: number) => [alpha, alpha.admin, { size, name: 'Sized' }] as const
    const sizes = [1, 2, 3]
    const before = await Promise.all(sizes.map((size) => asked(alpha, alpha.admin, { size })))
    await learnt(...sized(1))
    const rounds: { result: object; statements: { text: string }[] }[] = []
    for (let round = 0; round < 25; round++) rounds.push(await during(() => asked(...sized(2))))
    for (const { result } of rounds) expect(result).toEqual(before[1])
    const textOf = (round: number) => rounds.at(round)?.statements[0]?.text
    expect(textOf(0)).toContain('from "messages"')
    expect(textOf(-1)).not.toContain('from "messages"')
    for (const [index, size] of sizes.entries()) expect(await asked(...sized(size))).toEqual(before[index])
  })
})

test('tickets that many clients ask for at once take few statements, and each client gets the answer it gets alone', async () => {
  const readers = [
    { company: alpha, token: alpha.admin },
    { company: alpha, token: alpha.viewer('CONTACT') },
    { company: bravo, token: bravo.admin },
  ]
  const asks = await Promise.all(
    readers.flatMap(({ company, token }) =>
      [1, 2].map(async (place) => ({ token, id: await company.ticketId(`${company.word}${place}`) })),
    ),
  )
  const answered = ({ token, id }: (typeof asks)[0]) => answerOf(token, detail('AtOnce'), { id })
  const alone: object[] = []
  for (const one of asks) alone.push(await answered(one))
  expect(new Set(alone.map((answer) => JSON.stringify(answer))).size).toBe(asks.length)
  const rounds = Array.from({ length: often }, () => asks)
  for (const round of rounds) for (const one of round) await answered(one)

  const { result, statements } = await during(() => Promise.all(rounds.flat().map(answered)))
  expect(result).toEqual(rounds.flatMap(() => alone))
  expect(statements.length).toBeLessThan(result.length / 2)
})

describe('texts', () => {
  const write = (body: string) =>
    db.execute(sql`update messages set body_text = ${body} where workspace_id = ${alpha.workspaceId}`)
  afterAll(() => write('Hello')) // what the next ones read
  const bodies = async (name: string) => {
    const answer = await learnt(alpha, alpha.admin, { name })
    const { result, statements } = await during(() => asked(alpha, alpha.admin, { name }))
    expect(result).toEqual(answer)
    const { nodes } = (result as { data: Ticket }).data.ticket.conversations
    return { texts: new Set(nodes.flatMap((one) => one.messages.nodes.map(({ body }) => body.text))), statements }
  }
  type Ticket = { ticket: { conversations: { nodes: { messages: { nodes: { body: { text: string } }[] } }[] } } }

  test('that are empty, or hold signs that hardly anybody writes, come with all the others', async () => {
    for (const [index, body] of ['', '\u001e', 'one\u001ftwo', 'null', '"\\\n\u0007你好'].entries()) {
      await write(body)
      const { texts, statements } = await bodies(`Rare${index}`)
      expect(texts).toEqual(new Set([body]))
      expect(statements).toHaveLength(1)
    }
  })

  test('that hold the sign which stands between them are read alone, and whole', async () => {
    const { statements: joined } = await bodies('Usual')
    const text = joined[0]?.text ?? ''
    const at = text.indexOf('\x1f')
    const sign = text.slice(at, text.indexOf("'", at))
    expect(sign).toHaveLength(5)
    await write(`one${sign}two${sign}`)
    const { texts, statements } = await bodies('Between')
    expect(texts).toEqual(new Set([`one${sign}two${sign}`]))
    expect(statements.length).toBeGreaterThan(1)
  })
})

describe('rows that many others lead to', () => {
  const ofConversation = manyBy(
    messages,
    messages.conversationId,
    { id: messages.id, ticketId: messages.ticketId, conversationId: messages.conversationId },
    { name: 'messages_of_conversation_of_this_test' },
  )
  const ofTicket = pageBy(messages.ticketId, {
    ...{ name: 'messages_of_ticket_of_this_test', table: messages, columns: { id: messages.id } },
    // By an expression, so that each row comes with its place.
    order: { name: 'by id', steps: [{ by: sql`${messages.id}`, type: 'uuid', direction: 'ASC' }] },
  })
  const fragile = oneBy(
    messages,
    messages.id,
    { fine: sql<number>`1 / (case when current_query() like 'with statement0%' then 0 else 1 end)`.as('fine') },
    { name: 'fragile_of_this_test' },
  )
  const { id, at, sequence, delivery, bodyText } = messages
  const detailOf = oneBy(messages, id, { at, sequence, delivery, bodyText }, { name: 'detail_of_this_test' })
  /** Under the name of a column that is asked for next. */
  const ofConversationInDisguise = manyBy(
    messages,
    messages.conversationId,
    { id, words: sql<string>`'others'`.as('body_text') },
    { name: 'messages_in_disguise_of_this_test' },
  )
  type Rows = Awaited<ReturnType<typeof ofConversation>>

  /** An answer, as often as it is wanted: what was learnt stays. */
  async function answering<Asked>(ask: (context: LoadContext, rows: Rows) => Promise<Asked>) {
    const { workspaceId } = alpha
    const { rows } = await db.execute<{ id: string }>(sql`select conversation_id as id from messages
      where workspace_id = ${workspaceId} group by 1 having count(*) > 2`)
    const known = nothingRead()
    return async () => {
      const reading = startReading(known)
      const context = { db, workspaceId, reading }
      const answer = await ask(context, await ofConversation(context, rows[0]?.id as string))
      endReading(reading, null)
      return answer
    }
  }

  test('stand once in the page of a key that many rows have', async () => {
    const request = { size: 50, fromEnd: false, after: null, before: null }
    const answer = await answering(async (context, rows) => {
      const pages = await Promise.all(rows.map(({ ticketId }) => ofTicket(context, ticketId, request)))
      return pages.map((page) => page.rows.map((row) => `${row.id} ${page.positionOf(row)}`))
    })
    const first = await answer()
    expect(first.length).toBeGreaterThan(2)
    for (let time = 1; time < often; time++) expect(await answer()).toEqual(first)
    const { statements } = await during(answer)
    expect(statements).toHaveLength(1)
  })

  /** Of each row, with the words under the disguise if it has one. */
  const detailsOf = (context: LoadContext, rows: { id: string; words?: string }[]) =>
    Promise.all(
      rows.map(async (row) => {
        const { at, sequence, delivery, bodyText } = (await detailOf(context, row.id)) ?? {}
        return [row.id, row.words, at, sequence, delivery, bodyText]
      }),
    )

  /** The one statement that an answer takes once it is learnt. */
  async function joinedText<Answer extends unknown[]>(answer: () => Promise<Answer>): Promise<string | undefined> {
    const first = await answer()
    expect(first.length).toBeGreaterThan(2)
    for (let time = 1; time < often; time++) expect(await answer()).toEqual(first)
    const { result, statements } = await during(answer)
    expect(result).toEqual(first)
    expect(statements).toHaveLength(1)
    return statements[0]?.text
  }

  const timesRead = (text = '') => text.split('from "messages"').length - 1

  test('are found once, with what is asked for of each by its id', async () => {
    const text = await joinedText(await answering(detailsOf))
    expect(timesRead(text)).toBe(1)
  })

  test('give no page twice, also where they stand in several lists', async () => {
    const ofAnyTicket = pageBy(
      { type: 'uuid', conditions: [sql`parent.id = parent.id`] },
      {
        ...{ name: 'messages_of_any_ticket_of_this_test', table: messages, columns: { id } },
        order: { name: 'by id', steps: [{ by: id, type: 'uuid', direction: 'ASC' }] },
      },
    )
    const namesOf = pageBy(attachments.messageId, {
      ...{ name: 'attachments_of_this_test', table: attachments, columns: { name: attachments.name } },
      order: { name: 'by id', steps: [{ by: attachments.id, type: 'uuid', direction: 'ASC' }] },
    })
    const withId = oneBy(messages, id, { id, at }, { name: 'message_and_id_of_this_test' })
    const request = { size: 50, fromEnd: false, after: null, before: null }
    const answer = await answering(async (context, rows) => {
      const lists = await Promise.all(
        [rows[0]?.conversationId, rows[0]?.ticketId].map((parent) => ofAnyTicket(context, parent as string, request)),
      )
      const found = await Promise.all(lists.flatMap((list) => list.rows).map((row) => withId(context, row.id)))
      const pages = await Promise.all(found.map((row) => namesOf(context, row?.id as string, request)))
      return pages.map((page) => page.rows.map(({ name }) => name))
    })
    const first = await answer()
    expect(first.flat().length).toBeGreaterThan(0)
    for (let time = 0; time < often + 3; time++) expect(await answer()).toEqual(first)
  })

  test('are read with those that hold lists of their keys', async () => {
    // Of an even message none, else one that is there and one that is not.
    const others = sql<string[]>`case when sequence % 2 = 0 then '{}' else array[id, conversation_id] end`.as('others')
    const columns = { id, others }
    const listed = manyBy(messages, messages.conversationId, columns, { name: 'messages_with_lists_of_this_test' })
    const otherOf = oneBy(messages, id, { at }, { name: 'message_in_a_list_of_this_test' })
    const answer = await answering(async (context, rows) => {
      const lists = await listed(context, rows[0]?.conversationId as string)
      return Promise.all(lists.map((row) => allOf(row.others.map((other) => otherOf(context, other)))))
    })
    expect(await joinedText(answer)).toContain('unnest(')
    const found = (await answer()).map((all) => all.map((other) => other?.at))
    expect(found).toContainEqual([])
    expect(found).toContainEqual([expect.any(Date), undefined])
  })

  test('are found apart from it where the name of a column would be taken for another', async () => {
    const inDisguise = async (context: LoadContext, rows: Rows) =>
      detailsOf(context, await ofConversationInDisguise(context, rows[0]?.conversationId as string))
    const text = await joinedText(await answering(inDisguise))
    expect(timesRead(text)).toBe(3) // the messages, those in disguise, and the details
  })

  test('are read alone where they cannot be read with the others', async () => {
    const answer = await answering(async (context, rows) =>
      (await Promise.all(rows.map(({ id }) => fragile(context, id)))).map((row) => row?.fine),
    )
    const rounds: { result: unknown[]; statements: unknown[] }[] = []
    for (let time = 0; time < often + 5; time++) rounds.push(await during(answer))
    for (const { result } of rounds) expect(result).toEqual(rounds[0]?.result.map(() => 1))
    expect(rounds.map(({ statements }) => statements.length)).toContain(3)
    expect(rounds.at(-1)?.statements).toHaveLength(2)
  })

  test('are read alone by all who asked together, and soon with the others by none', async () => {
    const answer = await answering(async (context, rows) =>
      (await Promise.all(rows.map(({ id }) => fragile(context, id)))).map((row) => row?.fine),
    )
    const first = await answer()
    while ((await during(answer)).statements.length < 3);
    const rounds: { result: unknown[]; statements: { text: string }[] }[] = []
    for (let time = 0; time < 4; time++)
      rounds.push(await during(() => Promise.all(Array.from({ length: 6 }, () => answer()))))
    for (const { result } of rounds) expect(result).toEqual(result.map(() => first))
    const isJoined = ({ text }: { text: string }) => text.startsWith('with statement0')
    expect(rounds[0]?.statements.some(isJoined)).toBe(true)
    expect(rounds.at(-1)?.statements.some(isJoined)).toBe(false)
  })
})

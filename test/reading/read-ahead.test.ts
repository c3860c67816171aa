/** What a query asks for next is read along with its rows: nobody may notice but by the number of statements. */
import { describe, expect, test } from 'vitest'
import { openCompanies } from '../access/company.ts'

const { during, alpha, bravo, answerOf } = await openCompanies()
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

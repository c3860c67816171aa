// Whatever text, number and JSON a client can put on the wire: it is taken and kept, or refused in words; never a 500.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { openTestGateway } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const { url, headers } = await openTestGateway(db)

const reading = `query ($text: String!, $id: ID!, $json: JSON, $json2: JSON!) {
  search(query: $text, first: 2) { nodes { highlights { snippet } } }
  contacts(query: $text, first: 2) { totalCount nodes { id } }
  tags(query: $text) { totalCount }
  byWords: tickets(filter: { keywords: $text }) { totalCount nodes { id } }
  bySubject: tickets(filter: { subjectContains: $text, rawStatus: [$text] }) { totalCount nodes { id } }
  byField: tickets(filter: { customFields: [{ key: $text, eq: $json }, { key: "a", contains: $text }, { key: "b", in: [$json2], gte: $json }] }) { totalCount }
  contactByRef(ref: { email: $text }) { id }
  detectLanguage(text: $text) { __typename }
  ticket(id: $id) { id }
  node(id: $id) { id }
}`
// One at a time: a refusal of one field at the root would hide what becomes of the others.
const fields = reading.match(/^ {2}(?:\w+: )?\w+\(.*$/gm) ?? []
const documents = fields.map((field) => {
  const declared = { $text: 'String!', $id: 'ID!', $json: 'JSON', $json2: 'JSON!' }
  const used = Object.entries(declared).filter(([name]) => new RegExp(`\\${name}\\b`).test(field))
  return `query (${used.map(([name, type]) => `${name}: ${type}`)}) { ${field} }`
})
const saving = `mutation ($text: String!, $json: JSON) { viewSave(input: {
  name: $text, icon: $text, clientMutationId: $text, filter: { keywords: $text, customFields: [{ key: $text, eq: $json }] }
}) { clientMutationId view { name icon filter } errors { code path } } }`

/** Drawn alike every time: a failure can be looked at. */
const SEED = 7

// biome-ignore format: one list
const odd = ['', '\0', 'a\0b', '\ud800', 'a\udfff', '😀\u200d', '\u202eabc', '\ufeff', 'ﷺ', '%_\\', "';--", '$1', '{0}', '(a+)+$',
  'a & | ! <-> :*', "'a':*", '\\', '"', '__proto__', '1e400', '-0', '9'.repeat(400), 'x'.repeat(20_000), 'İıſ']
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(...odd),
  fc.string({ unit: fc.constantFrom(...odd.slice(0, 18)), maxLength: 6 }),
)
/** As they stand on the wire: no value of ours becomes these. */
const rawNumber = fc.constantFrom('1e400', '-1e400', '-0', '123456789012345678901234567890', '1e-400', '0.1e1')
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  rawNumber,
  text.map((value) => JSON.stringify({ [value]: value })),
  rawNumber.map((number) => `{"__proto__": {"a": ${number}}, "constructor": {"prototype": [${number}]}}`),
)

async function send(query: string, variables: Record<string, string>) {
  const given = Object.entries(variables).filter(([name]) => query.includes(`$${name}`))
  const body = `{"query":${JSON.stringify(query)},"variables":{${given.map(([name, value]) => `"${name}":${value}`)}}}`
  const response = await fetch(url, { method: 'POST', headers, body })
  const answer = (await response.json()) as {
    data?: unknown
    errors?: { message: string; extensions: { code: string } }[]
  }
  expect([200, 400], `${response.status} ${body.slice(0, 300)}`).toContain(response.status)
  for (const { message, extensions } of answer.errors ?? []) {
    expect(extensions.code, `${message} ${body.slice(0, 300)}`).toMatch(/^(BAD_USER_INPUT|LIMIT_EXCEEDED)$/)
    expect(message).not.toMatch(/select |insert |syntax|invalid byte|tsquery|\/src\//i)
  }
  return answer
}

type Saved = { viewSave: { view: { name: string } | null; errors: { code: string; path: string[] }[] } }

test('any text and any JSON in an argument of a read is looked for, or refused as bad input', async () => {
  const asked = fc.asyncProperty(fc.constantFrom(...documents), text, json, async (document, text, json) => {
    const quoted = JSON.stringify(text)
    await send(document, { text: quoted, id: quoted, json, json2: json === 'null' ? '1' : json })
  })
  for (const document of documents) {
    const { errors } = await send(document, { text: '"ab"', id: '"ab"', json: '1', json2: '1' })
    expect(errors, document).toBeUndefined()
  }
  await fc.assert(asked, { numRuns: 60, seed: SEED })
  for (const [index, each] of odd.entries()) {
    const [quoted, object] = [JSON.stringify(each), JSON.stringify({ a: each })]
    await send(documents[index % documents.length] as string, { text: quoted, id: quoted, json: quoted, json2: object })
  }
})

test('what a mutation takes comes back as it was; what it cannot keep is an error with a path', async () => {
  let kept = 0
  const saved = fc.asyncProperty(text, json, async (text, json) => {
    const { data, errors } = await send(saving, { text: JSON.stringify(text), json })
    if (errors) return
    const { view, errors: problems } = (data as Saved).viewSave
    if (view) kept += 1
    if (view) expect(view.name).toBe(text.replace(/\s+/g, ' ').trim())
    else
      expect(problems[0]).toMatchObject({
        code: expect.stringMatching(/^(VALIDATION_FAILED|REQUIRED|LIMIT_EXCEEDED|CONFLICT|IDEMPOTENCY_KEY_REUSED)$/),
      })
  })
  await fc.assert(saved, { numRuns: 40, seed: SEED })
  expect(kept).toBeGreaterThan(5)
})

test('keys such as __proto__ are keys like others, and change nothing for anybody else', async () => {
  const variables = '{"__proto__": {"text": "polluted"}, "constructor": {"prototype": {"polluted": true}}, "text": "a"}'
  const body = `{"query": "query ($text: String!) { tags(query: $text) { totalCount } }", "variables": ${variables}, "__proto__": {"query": "{ a }"}}`
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBeLessThan(500)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

/** What can be learned of the schema, and which documents run at all. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getIntrospectionQuery } from 'graphql'
import { expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { readManifest } from '#platform/limits/manifest.ts'
import { openPersisted } from '#platform/limits/persisted.ts'
import { temporaryFolder } from '../start/command-line.ts'
import { createTestDatabase } from '../support/database.ts'
import { deskFor } from './desk.ts'

const { db } = await createTestDatabase()

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const known = 'query Known($n: Int) { tickets(first: $n) { totalCount } }'
const unknown = 'query Unknown { viewer { role } }'
const documents = new Map([[hash(known), known]])

test('without introspection the schema cannot be asked, by whatever way, and no error suggests a name', async () => {
  const { askAs } = await deskFor(db, { introspection: false })
  const asked = [
    getIntrospectionQuery(),
    '{ __type(name: "Ticket") { name } }',
    '{ ...F } fragment F on Query { ... { a: __schema { queryType { name } } } }',
  ]
  for (const document of asked)
    expect(await askAs('ADMIN', document)).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringContaining('Introspection'), extensions: { code: 'FORBIDDEN' } }],
    })
  expect((await askAs('ADMIN', '{ __typename viewer { __typename } }')).data).toEqual({
    __typename: 'Query',
    viewer: { __typename: 'Viewer' },
  })

  const mistaken: [document: string, variables?: object][] = [
    ['{ ticket { id } tickts { id } }'],
    ['{ tickets(frist: 1) { totalCount } }'],
    ['{ tickets { nodes { ... on Tickt { id } } } }'],
    ['{ ticketGroups(by: STATS) { key } }'],
    ['{ tickets(filter: { statuss: [NEW] }) { totalCount } }'],
    ['query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }', { f: { statuss: ['NEW'] } }],
    ['query ($f: TicketFilter) { tickets(filter: $f) { totalCount } }', { f: { status: ['NWE'] } }],
    ['query ($o: [TicketOrder!]) { tickets(orderBy: $o) { totalCount } }', { o: [{ field: 'NUMBR' }] }],
  ]
  for (const [document, variables] of mistaken) {
    const { errors, ...rest } = await askAs('ADMIN', document, variables)
    expect(errors?.length, document).toBeGreaterThan(0)
    expect(JSON.stringify({ errors, ...rest }), document).not.toMatch(/did you mean/i)
  }
})

test('with introspection names are suggested, and only the first mistakes are told', async () => {
  const { askAs } = await deskFor(db)
  expect((await askAs('ADMIN', '{ tickts { id } }')).errors?.[0]?.message).toContain('Did you mean')
  const { errors } = await askAs('ADMIN', `{ ${Array.from({ length: 100 }, (_, index) => `x${index}`).join(' ')} }`)
  expect(errors?.length).toBe(4) // the last says that there are more
})

test('a known document runs by its id, in the words of every client', async () => {
  const { post } = await deskFor(db, { persisted: openPersisted({ mode: 'only', documents, log: { info() {} } }) })
  const id = hash(known)
  for (const body of [
    { documentId: `sha256:${id}` },
    { documentId: id },
    { doc_id: id },
    { id },
    { extensions: { persistedQuery: { version: 1, sha256Hash: id } } },
    { query: known },
  ]) {
    const { status, data } = await post(JSON.stringify({ ...body, variables: { n: 3 } }))
    expect({ status, data }).toEqual({ status: 200, data: { tickets: { totalCount: 0 } } })
  }
})

test('with an allow-list nothing else runs', async () => {
  const { post, askAs, url } = await deskFor(db, {
    persisted: openPersisted({ mode: 'only', documents, log: { info() {} } }),
  })
  for (const document of [unknown, `${known} `, getIntrospectionQuery(), '{ __typename }'])
    expect(await askAs('ADMIN', document)).toMatchObject({
      status: 403,
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    })
  for (const id of [hash(unknown), '', '__proto__', 'constructor', 7, { toString: 1 }, null])
    expect(await post(JSON.stringify({ documentId: id })), JSON.stringify(id)).toMatchObject({ errors: [{}] })
  // Nothing but a text is ever taken for one.
  for (const query of [[unknown], { toString: unknown }, 7, ''])
    expect((await post(JSON.stringify({ query }))).data, JSON.stringify(query)).toBeUndefined()
  const asked = new URLSearchParams({ query: unknown, extensions: '{}' })
  for (const search of [asked, `query=${known}&${asked}`, `${asked}&query=${known}`, `query[]=${unknown}`]) {
    const answer = await fetch(`${url}?${search}`, { headers: { authorization: 'Bearer ADMIN' } })
    expect(await answer.text(), String(search)).not.toContain('"role"')
  }
  // An id beside a text: the text is what would run.
  expect((await post(JSON.stringify({ documentId: hash(known), query: unknown }))).status).toBe(403)
})

test('an audit runs everything, and logs what is not known once, without its words', async () => {
  const lines: object[] = []
  const log = { info: (line: object) => void lines.push(line) } as never
  const { askAs } = await deskFor(db, { persisted: openPersisted({ mode: 'audit', documents, log }) })
  for (const document of [known, unknown, unknown]) expect((await askAs('ADMIN', document)).status).toBe(200)
  expect(lines).toEqual([{ documentId: hash(unknown), unknownDocuments: 1 }])
})

test('manifests are read as Apollo and Relay write them, and folders of documents', () => {
  const folder = temporaryFolder()
  const file = (name: string, content: unknown) => {
    const path = join(folder, name)
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const apollo = {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: 'a', name: 'Known', type: 'query', body: known }],
  }
  expect(readManifest(file('apollo.json', apollo))).toEqual(new Map([['a', known]]))
  expect(readManifest(file('relay.json', { b: known }))).toEqual(new Map([['b', known]]))
  mkdirSync(join(folder, 'more'))
  file('more/Known.graphql', known)
  expect([...readManifest(folder).keys()].sort()).toEqual(['Known', 'a', 'b', hash(known)].sort())
  expect(() => readManifest(file('broken.json', '{'))).toThrow('broken.json: expected JSON')
  expect(() => readManifest(file('numbers.json', { a: 1 }))).toThrow('expected ids with the text of a document')
})

test('production closes GraphiQL and introspection, each can be opened by itself, and an allow-list closes both', () => {
  const folder = temporaryFolder()
  const shown = (config: object, environment: Record<string, string> = {}) => {
    const file = join(folder, 'deskgraph.json')
    writeFileSync(file, JSON.stringify(config))
    const { config: read, problems } = readConfig({ config: file }, environment)
    return read ? [read.server.graphiql, read.server.introspection] : problems
  }
  expect(shown({})).toEqual([true, true])
  expect(shown({ server: { production: true } })).toEqual([false, false])
  expect(shown({}, { NODE_ENV: 'production' })).toEqual([false, false])
  expect(shown({ server: { production: false } }, { NODE_ENV: 'production' })).toEqual([true, true])
  expect(shown({ server: { production: true, introspection: true } })).toEqual([false, true])
  expect(shown({ server: { introspection: false, graphiql: true } })).toEqual([false, false])
  expect(shown({ persisted: { mode: 'only', documents: 'manifest.json' }, server: { introspection: true } })).toEqual([
    false,
    false,
  ])
  expect(shown({ persisted: { mode: 'only' } })).toEqual([expect.stringContaining('persisted: expected documents')])
})

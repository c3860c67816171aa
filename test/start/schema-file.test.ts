import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql'
import { expect, test } from 'vitest'
import { schemaFile } from '#start/schema-file.ts'
import { run, runHere } from './command-line.ts'

test('the schema is printed in a stable order, and a stale schema.graphql is told from a fresh one', async () => {
  const printed = await run(['schema'])
  const checked = await runHere(async () => schemaFile({ check: true }))
  expect(printed).toMatchObject({ code: 0, stderr: '' })
  const withoutCosts = printed.stdout.replaceAll(/ @cost\(weight: \d+\)/g, '')
  expect(withoutCosts).not.toBe(printed.stdout)
  const withoutScopes = withoutCosts.replaceAll(/ @requiresScopes\(scopes: \[[A-Z_, ]+\]\)/g, '')
  expect(withoutScopes).not.toBe(withoutCosts)
  expect(`${printSchema(lexicographicSortSchema(buildSchema(printed.stdout)))}\n`).toBe(withoutScopes)

  const file = join(import.meta.dirname, '../../schema.graphql')
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === printed.stdout
  const stale = {
    code: 1,
    stdout: '',
    stderr: 'deskgraph: schema.graphql is stale: run `npm run schema:print` and commit it\n',
  }
  expect(checked).toEqual(isFresh ? { code: 0, stdout: '', stderr: '' } : stale)
})

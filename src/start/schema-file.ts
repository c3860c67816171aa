import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { StartError } from '#errors.ts'
import { printedSchema } from '#platform/graphql/print-schema.ts'
import { schema } from '#schema.ts'

const file = fileURLToPath(new URL('../../schema.graphql', import.meta.url))

/** Prints the schema, writes it to `schema.graphql`, or says whether that is still it. */
export function schemaFile({ write = false, check = false }: { write?: boolean; check?: boolean }) {
  const printed = printedSchema(schema)
  if (write) writeFileSync(file, printed)
  else if (!check) process.stdout.write(printed)
  else if (printed !== written()) {
    throw new StartError('schema.graphql is stale: run `npm run schema:print` and commit it')
  }
}

function written(): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

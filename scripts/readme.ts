/**
 * Writes into README.md the tables of settings, from the schemas that check them, and the recipes, from the modules that
 * the tests run. `--check`: exit code 1 when they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { vendors } from '#connectors/registry.ts'
import { configFileShape } from '#start/config-shape.ts'

const file = new URL('../README.md', import.meta.url)

type Field = {
  description?: string
  default?: unknown
  properties?: Record<string, Field>
  items?: Field
  required?: string[]
  oneOf?: Field[]
  anyOf?: Field[]
  const?: unknown
}

function table(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Field
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows(properties, required, '')].join('\n')
}

function rows(properties: Record<string, Field>, required: string[], prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const row = `| \`${prefix}${name}\` | ${defaultOf(field, required.includes(name))} | ${cell(field.description ?? '')} |`
    const inner = field.properties ?? field.items?.properties
    const nested = inner
      ? rows(
          inner,
          (field.properties ? field : field.items)?.required ?? [],
          `${prefix}${name}${field.items ? '[]' : ''}.`,
        )
      : []
    return field.description || nested.length === 0 ? [row, ...nested] : nested
  })
}

function defaultOf(field: Field, isRequired: boolean): string {
  if (isRequired) return '**required**'
  return field.default === undefined || JSON.stringify(field.default) === '{}'
    ? '–'
    : `\`${JSON.stringify(field.default)}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ')
}

function recipe(name: string): [string, string] {
  const source = readFileSync(new URL(`../test/recipes/${name}.ts`, import.meta.url), 'utf8')
  return [`recipe:${name}`, `\`\`\`ts\n// ${name}.ts\n${source}\`\`\``]
}

const parts = new Map([
  ['settings:configuration', table(configFileShape)],
  ...vendors.map(({ connector }): [string, string] => [`settings:${connector.key}`, table(connector.settings)]),
  ...['live', 'sockets', 'urql', 'apollo', 'relay', 'event-source'].map(recipe),
])

const before = readFileSync(file, 'utf8')
const after = before.replace(
  /(<!-- ((?:settings|recipe):[\w-]+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
  (_all, start: string, name: string, end: string) => `${start}${parts.get(name)}${end}`,
)
for (const name of parts.keys()) {
  if (!before.includes(`<!-- ${name} -->`)) throw new Error(`README.md has no place for ${name}`)
}
if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('README.md does not show the settings and recipes as they are: run `npm run readme`.')
    process.exitCode = 1
  }
} else if (before !== after) {
  writeFileSync(file, after)
}

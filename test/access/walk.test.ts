/** Every field of every type and every mutation, asked by every role and by tokens that lack a scope, against what was decided. */
import { isDeepStrictEqual } from 'node:util'
import {
  type GraphQLObjectType,
  getNamedType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { expect, test } from 'vitest'
import { type Scope, scopes } from '#platform/graphql/scopes.ts'
import { schema } from '../../src/schema.ts'
import type { Answer } from '../support/gateway.ts'
import { openCompanies } from './company.ts'
import { decisions, forContacts, mutations } from './decisions.ts'
import { leastInput } from './inputs.ts'
import { metByMutationsOnly } from './paths.ts'

const { alpha, answerOf } = await openCompanies()
const words = (text = '') => text.split(' ').filter(Boolean)
const fieldsOf = (typeName: string) => (schema.getType(typeName) as GraphQLObjectType).getFields()
const typeNames = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !isIntrospectionType(type) && type.name !== 'Mutation')
  .map(({ name }) => name)

test('every field is decided on, once, and nothing is decided that is not there', () => {
  const there = typeNames.flatMap((name) => Object.keys(fieldsOf(name)).map((field) => `${name}.${field}`))
  const decided = Object.entries(decisions).flatMap(([type, { needs: _, ...groups }]) =>
    Object.values(groups).flatMap((fields) => words(fields).map((field) => `${type}.${field}`)),
  )
  expect(decided.toSorted()).toEqual(there.toSorted())
  const mutationNames = Object.keys(schema.getMutationType()?.getFields() ?? {})
  expect(Object.values(mutations).flatMap(words).toSorted()).toEqual(mutationNames.toSorted())
})

// ------------------------------------------------------------------ fields

const { paths } = alpha

test('every type that can be read is met', () => {
  const unmet = typeNames.filter((name) => !paths[name] && !metByMutationsOnly.test(name))
  expect(unmet).toEqual([])
})

type Group = { name: string; needs: Scope[] }
function groupOf(typeName: string, field: string): Group {
  const found = Object.entries(decisions[typeName] ?? {}).find(
    ([name, all]) => name !== 'needs' && words(all).includes(field),
  )
  const name = found?.[0] ?? ''
  return { name, needs: words(name).filter((scope): scope is Scope => scope in scopes) }
}

/** With those of the type it gives, but for what its own type needed already. */
function needsOf(typeName: string, field: string): Scope[] {
  const given = fieldsOf(typeName)[field]
  const ofType = given ? words(decisions[getNamedType(given.type).name]?.needs) : []
  const before = words(decisions[typeName]?.needs)
  return [...groupOf(typeName, field).needs, ...(ofType as Scope[])].filter((scope) => !before.includes(scope))
}

/** Scopes that the way to the objects takes. */
function neededOn(path: string): Set<string> {
  const needed = new Set<string>()
  const types = new TypeInfo(schema)
  visit(
    parse(path.replace('*', '__typename')),
    visitWithTypeInfo(types, {
      Field({ name }) {
        const given = types.getType()
        const parent = types.getParentType()
        if (parent && given && parent.name in decisions)
          for (const scope of needsOf(parent.name, name.value)) needed.add(scope)
      },
      InlineFragment({ typeCondition }) {
        for (const scope of words(decisions[typeCondition?.name.value ?? '']?.needs)) needed.add(scope)
      },
    }),
  )
  return needed
}

const requiredArguments: Record<string, string> = { 'Backend.capability': '(name: NOTE_PRIVATE)' }
function selection(typeName: string, fields: string[]): string {
  const asked = fields.map((name) => {
    const field = fieldsOf(typeName)[name]
    const isLeaf = field && isLeafType(getNamedType(field.type))
    return `${name}${requiredArguments[`${typeName}.${name}`] ?? ''}${isLeaf ? '' : ' { __typename }'}`
  })
  return `here: __typename ${asked.join(' ')}`
}

const isKnown = (typeName: string, field: string) => /^known/.test(groupOf(typeName, field).name)

type Met = Record<string, unknown>
function met(value: unknown): Met[] {
  if (typeof value !== 'object' || value === null) return []
  return 'here' in value ? [value as Met] : Object.values(value).flatMap(met)
}

const looks = new Map<string, ReturnType<typeof lookAnew>>()
function look(token: string, typeName: string, fields: string[]) {
  const document = (paths[typeName] as string).replace('*', selection(typeName, fields))
  const known = looks.get(token + document) ?? lookAnew(token, document)
  looks.set(token + document, known)
  return known
}

async function lookAnew(token: string, document: string) {
  const answer = await answerOf(token, document)
  return { answer, objects: met(answer.data) }
}

const isRefused = ({ errors }: Pick<Answer, 'errors'>, scope: string) =>
  errors?.some(
    ({ extensions }) => extensions?.code === 'FORBIDDEN' && (extensions.missingScopes as string[]).includes(scope),
  )
const nothing = [null, [], false, true, 0, '', 'OK', 'LIVE', 'NONE', 'UNKNOWN']
const isNothing = (value: unknown) => nothing.some((neutral) => isDeepStrictEqual(neutral, value))

const readers: Record<string, { token: string; lacks: (scope: Scope) => boolean }> = {
  ...Object.fromEntries(
    (['CONTACT', 'AGENT', 'INTEGRATION'] as const).map((role) => {
      const owned = alpha.scopesOf(role)
      return [role, { token: alpha.viewer(role), lacks: (scope: Scope) => !owned.has(scope) }]
    }),
  ),
  ...Object.fromEntries(
    (Object.keys(scopes) as Scope[])
      .filter((scope) => /READ$/.test(scope))
      .map((without) => [
        `without ${without}`,
        { token: alpha.viewer('ADMIN', { without }), lacks: (scope: Scope) => scope === without },
      ]),
  ),
}

test.each(Object.entries(readers))('%s sees of every type what was decided', async (reader, { token, lacks }) => {
  const wrong: string[] = []
  const check = async (typeName: string) => {
    const all = Object.keys(fieldsOf(typeName))
    const missing = [...neededOn(paths[typeName] as string)].filter((scope) => lacks(scope as Scope))
    if (missing[0]) {
      const { answer, objects } = await look(token, typeName, ['__typename'].slice(1))
      if (objects.length > 0 || !missing.some((scope) => isRefused(answer, scope)))
        wrong.push(`${typeName}: expected FORBIDDEN for ${missing}, got ${JSON.stringify(answer).slice(0, 200)}`)
      return
    }
    for (const name of all) {
      const needs = needsOf(typeName, name).filter(lacks)
      if (needs.length === 0) continue
      const { answer, objects } = await look(token, typeName, [name])
      const isReached = objects.length > 0 || (answer.errors?.length ?? 0) > 0
      if (isReached && (!isRefused(answer, needs[0] as string) || objects.some((row) => row[name] != null)))
        wrong.push(`${typeName}.${name}: expected FORBIDDEN, got ${JSON.stringify(answer).slice(0, 200)}`)
    }
    const isStranger = reader !== 'CONTACT' && lacks('CONTACTS_READ')
    for (const name of all.filter((field) => isStranger && isKnown(typeName, field))) {
      const { answer, objects } = await look(token, typeName, [name])
      if (
        !objects.every((row) => isNothing(row[name])) ||
        (objects.length === 0 && answer.errors?.[0]?.extensions?.code !== 'FORBIDDEN')
      )
        wrong.push(`${typeName}.${name}: expected nothing of a stranger, got ${JSON.stringify(answer).slice(0, 200)}`)
    }
    const open = all.filter((name) => !needsOf(typeName, name).some(lacks) && !(isStranger && isKnown(typeName, name)))
    const [{ answer, objects }, whole] = await Promise.all([
      look(token, typeName, open),
      look(alpha.admin, typeName, open),
    ])
    const secrets = reader === 'CONTACT' ? /psst|hush|zoe/i : lacks('NOTES_READ') ? /hush/ : null
    const secret = secrets && JSON.stringify(answer).match(secrets)
    if (secret) wrong.push(`${typeName}: ${secret[0]} shows in ${JSON.stringify(answer).slice(0, 300)}`)
    if (answer.errors) wrong.push(`${typeName}: ${JSON.stringify(answer.errors).slice(0, 300)}`)
    if (whole.objects.length === 0) wrong.push(`${typeName}: nobody meets one`)
    for (const name of open) {
      const group = groupOf(typeName, name).name
      const seen = objects.map((row) => row[name])
      const theirs = whole.objects.map((row) => row[name])
      if (group === 'own') continue
      const isHidden =
        (reader === 'CONTACT' && ['agents', 'noteReaders', 'knownToAgents'].includes(group)) ||
        (lacks('NOTES_READ') && group === 'noteReaders')
      if (isHidden) {
        if (!seen.every(isNothing))
          wrong.push(`${typeName}.${name}: expected nothing, got ${JSON.stringify(seen).slice(0, 200)}`)
      } else if (objects.length > 0 && !isDeepStrictEqual(seen, theirs))
        wrong.push(
          `${typeName}.${name}: expected what the others see, ${JSON.stringify(theirs).slice(0, 150)}, got ${JSON.stringify(seen).slice(0, 150)}`,
        )
    }
  }
  // Not all at once: a gateway takes them all in, and a busy machine has no connections for so many.
  const types = Object.keys(paths)
  while (types.length > 0) await Promise.all(types.splice(0, 12).map(check))
  expect(wrong).toEqual([])
})

// ------------------------------------------------------------------ mutations

type Refused = { errors: { __typename: string; path: string[] | null; missingScopes?: string[] }[] } | null

async function attempt(token: string, name: string): Promise<Refused> {
  const field = schema.getMutationType()?.getFields()[name]
  const input = field?.args[0]
  if (!field || !input) throw new Error(`${name} takes no input`)
  const document = `mutation ($input: ${input.type}) { ${name}(input: $input) { errors { __typename path ... on ForbiddenError { missingScopes } } } }`
  const { data, errors } = await answerOf(token, document, { input: leastInput(input.type) })
  if (errors) throw new Error(`${name}: ${JSON.stringify(errors)}`)
  return Object.values(data as object)[0]
}

test('a mutation without its scopes is refused and says which; so is one that is not for customers', async () => {
  const wrong: string[] = []
  const expected = async (token: string, name: string, missingScopes: string[] | null, who: string) => {
    const refusal = (await attempt(token, name))?.errors.find(
      // One of a field of the input is about that.
      ({ __typename, path }) => __typename === 'ForbiddenError' && (path?.length ?? 0) < 2,
    )
    const came = refusal?.missingScopes ?? null
    if (!isDeepStrictEqual(came, missingScopes)) wrong.push(`${name} by ${who}: expected ${missingScopes}, got ${came}`)
  }
  for (const [needs, names] of Object.entries(mutations))
    for (const name of words(names)) {
      const lacking = words(needs).map((scope) =>
        expected(alpha.viewer('ADMIN', { without: scope as Scope }), name, [scope], `who lacks ${scope}`),
      )
      const lackedBy = (role: 'CONTACT' | 'AGENT') => {
        const lacked = words(needs).filter((scope) => !alpha.scopesOf(role).has(scope as Scope))
        return lacked.length > 0 ? lacked : null
      }
      const byContact = lackedBy('CONTACT') ?? (words(forContacts).includes(name) ? null : [])
      await Promise.all([
        ...lacking,
        expected(alpha.viewer('CONTACT'), name, byContact, 'a customer'),
        expected(alpha.viewer('AGENT', { actorId: alpha.bobId }), name, lackedBy('AGENT'), 'an agent'),
        expected(alpha.viewer('ADMIN', { actorId: alpha.bobId }), name, null, 'an administrator'),
      ])
    }
  expect(wrong).toEqual([])
})

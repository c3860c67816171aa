// Where uploads are kept, as the configuration says it.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '#config.ts'
import { temporaryFolder } from '../start/command-line.ts'

const bucket = { bucket: 'files', endpoint: 'https://s3.example.com' }

function read(storage: object | undefined, environment: NodeJS.ProcessEnv = {}) {
  const file = join(temporaryFolder(), 'deskgraph.yaml')
  writeFileSync(file, JSON.stringify({ storage }))
  const { config, problems } = readConfig({ config: file }, { DESKGRAPH_HOME: '/srv/desk', ...environment })
  return { storage: config?.storage, problems: problems.map((problem) => problem.replace(`${file}: `, '')) }
}

test('without a word it is a folder beside the database, for 40 MiB each', () => {
  const wanted = { maxBytes: 40 * 1024 * 1024, folder: '/srv/desk/uploads', s3: null }
  expect(read(undefined).storage).toEqual(wanted)
  expect(readConfig({}, {}).config?.storage.folder).toBe(resolve('.deskgraph/uploads'))
})

test('it can be another folder, or a bucket whose credentials come from the environment', () => {
  expect(read({ folder: '/mnt/files', maxBytes: 5 }).storage).toMatchObject({ folder: '/mnt/files', maxBytes: 5 })
  const given = { ...bucket, region: 'auto', accessKeyId: `\${KEY_ID}`, secretAccessKey: `\${KEY}` }
  const { storage, problems } = read({ s3: given }, { KEY_ID: 'id', KEY: 'hush' })
  expect(problems).toEqual([])
  expect(storage?.s3).toEqual({
    ...{ ...bucket, region: 'auto', forcePathStyle: true },
    credentials: { accessKeyId: 'id', secretAccessKey: 'hush' },
  })
})

test('AWS itself needs no address, and its SDK may find the credentials', () => {
  expect(read({ s3: { bucket: 'files' } }).storage?.s3).toEqual({
    ...{ bucket: 'files', endpoint: null, region: 'us-east-1', forcePathStyle: false, credentials: null },
  })
})

test('what does not fit is a line each, and shows no secret', () => {
  expect(read({ folder: '/mnt', s3: bucket }).problems).toEqual(['storage: expected either folder or s3'])
  expect(read({ s3: { ...bucket, secretAccessKey: 'hush' } }).problems).toEqual([
    'storage.s3: expected accessKeyId and secretAccessKey, or neither',
  ])
  const { problems } = read({
    ...{ maxBytes: 0, foldr: '/mnt' },
    s3: { endpoint: 'ftp://example.com', secretAccessKey: ['hush'], accessKeyId: 'id', forcePathStyle: 'maybe' },
  })
  expect(problems.toSorted()).toEqual([
    'storage.foldr: not known here, did you mean folder?',
    'storage.maxBytes: expected at least 1, got 0',
    'storage.s3.bucket: expected a text, got nothing',
    expect.stringMatching(/^storage\.s3\.endpoint: expected a URL/),
    'storage.s3.forcePathStyle: expected true or false, got "maybe"',
    'storage.s3.secretAccessKey: expected a text, got a list',
  ])
})

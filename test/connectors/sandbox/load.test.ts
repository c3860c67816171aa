import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeskTicket } from '#connectors/sandbox/desk.ts'
import { vendorKeys } from '#connectors/sandbox/expressible.ts'
import { type Loaded, loadDesks } from '#connectors/sandbox/load.ts'

const now = new Date('2026-03-01T00:00:00Z')
const odd = '  Grüße 👋\u2028second line\ttab\u0000\r\n"quoted" \\ end  '
const chat = (id: string, messages: object[], more: object = {}) =>
  JSON.stringify({ source: 'own', id, language: 'en', channel: 'chat', messages, ...more })
const lines = [
  chat(
    'ties',
    ['one', 'two', 'three'].map((text) => ({ role: 'customer', author: 'pat', at: '2024-05-01T10:00:00Z', text })),
  ),
  chat(
    'backwards',
    [
      { role: 'customer', author: 'kim', at: '2024-05-01T12:00:00Z', text: 'later first' },
      { role: 'agent', author: 'a1', at: '2024-05-01T11:00:00Z', text: 'earlier second' },
      { role: 'agent', author: 'a2', at: '2024-05-01T12:30:00Z', text: 'another agent' },
    ],
    { subject: 'Given subject' },
  ),
  chat('odd', [{ role: 'customer', author: 'customer', text: odd }]).replaceAll('\\u2028', '\u2028'),
  '{"source": "own", "id": broken',
  chat('bad-role', [{ role: 'wizard', text: 'x' }]),
  '',
  ...Array.from({ length: 30 }, (_, index) =>
    chat(
      `note-${index}`,
      [
        { role: 'customer', author: 'customer', text: `Where is order ${index}?` },
        { role: 'note', author: 'system', text: 'secret: customer is a difficult one' },
        { role: 'bot', author: 'bot', text: 'One moment.' },
      ],
      { tags: ['order'] },
    ),
  ),
  ...Array.from({ length: 60 }, (_, index) =>
    chat(`plain-${index}`, [
      { role: 'customer', author: 'customer', text: `Plain question ${index}` },
      { role: 'agent', author: 'agent', text: 'Plain answer' },
    ]),
  ),
]

let folder = ''
let loaded: Loaded
const warnings: string[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-load-'))
  await writeFile(join(folder, 'small.jsonl'), lines.join('\n'))
  await writeFile(join(folder, 'small.jsonl.gz'), gzipSync(lines.join('\n')))
  loaded = await loadDesks(join(folder, 'small.jsonl'), {
    now,
    log: { info: () => {}, warn: (_, message) => warnings.push(message) },
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const all = () =>
  vendorKeys.flatMap((vendor) => [...loaded.desks[vendor].tickets.values()].map((ticket) => ({ vendor, ticket })))
const withText = (text: string): DeskTicket => {
  const found = all().find(({ ticket }) => ticket.messages.some((message) => message.text === text))
  if (!found) throw new Error(`Expected a message ${text}`)
  return found.ticket
}

describe('loading conversations', () => {
  it('keeps the order of messages that tie or run backwards, with times that ascend', () => {
    for (const text of ['one', 'later first']) {
      const { messages } = withText(text)
      for (const [index, message] of messages.entries()) {
        const before = messages[index - 1]
        if (before) expect(message.at.getTime() - before.at.getTime()).toBeGreaterThanOrEqual(1000)
      }
    }
    expect(withText('one').messages.map((message) => message.text)).toEqual(['one', 'two', 'three'])
    expect(withText('later first').messages.map((message) => message.at.toISOString())).toEqual([
      '2024-05-01T12:00:00.000Z',
      '2024-05-01T12:00:01.000Z',
      '2024-05-01T12:30:00.000Z',
    ])
  })

  it('keeps texts as they are', () => {
    expect(withText(odd).messages).toHaveLength(1)
  })

  it('takes the given subject, else the first words', () => {
    expect(withText('later first').subject).toBe('Given subject')
    expect(withText('one').subject).toBe('one')
  })

  it('gives different agents different people', () => {
    const [, first, second] = withText('later first').messages
    expect(first?.author).toMatchObject({ type: 'AGENT' })
    expect(first?.author.id).not.toBe(second?.author.id)
  })

  it('skips a bad line with one line that says which and why', () => {
    expect(loaded.skipped).toBe(2)
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toMatch(/^line 4 skipped: expected a JSON object/)
    expect(warnings[1]).toMatch(/^line 5 skipped: messages\.0\.role: /)
  })

  it('deals evenly, and private notes only to vendors that have them', () => {
    for (const vendor of vendorKeys) expect(loaded.desks[vendor].tickets.size).toBeGreaterThanOrEqual(18)
    for (const vendor of vendorKeys) expect(loaded.desks[vendor].tickets.size).toBeLessThanOrEqual(19)
    const withNote = all().filter(({ ticket }) => ticket.messages.some((message) => message.text.startsWith('secret')))
    expect(withNote).toHaveLength(30)
    for (const { vendor, ticket } of withNote) {
      expect(['comm100', 'chatwoot', 'deskhero']).toContain(vendor)
      expect(ticket.messages.map((message) => message.type)).toEqual([
        'REPLY_INBOUND',
        'NOTE_PRIVATE',
        'REPLY_OUTBOUND',
      ])
      expect(ticket.messages[1]?.author.type).toBe('AGENT')
      expect(ticket.messages[2]?.author.type).toBe(vendor === 'deskhero' ? 'AGENT' : 'CHATBOT')
    }
  })

  it('makes the same from the gzipped file, times included', async () => {
    const again = await loadDesks(join(folder, 'small.jsonl.gz'), { now })
    for (const vendor of vendorKeys)
      expect([...again.desks[vendor].tickets.values()]).toEqual([...loaded.desks[vendor].tickets.values()])
  })

  it('rejects a file that is not there or no gzip', async () => {
    await expect(loadDesks(join(folder, 'none.jsonl.gz'))).rejects.toThrow(/ENOENT/)
    await writeFile(join(folder, 'text.gz'), 'not gzip')
    await expect(loadDesks(join(folder, 'text.gz'))).rejects.toThrow(/header/)
  })
})

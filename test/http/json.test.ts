/** Answers are written by hand where that pays, as `JSON.stringify` writes them. */
import { expect, test } from 'vitest'
import { jsonOf } from '#platform/http/json-bytes.ts'

const texts = [
  '',
  'plain',
  '"quoted" \\ and \n',
  'Grüße',
  '你好',
  '😀',
  '\ud800',
  '\u0000\u001f\u007f\u2028',
  'x'.repeat(5000),
  'é'.repeat(5000),
]
const leaves = [...texts, 0, -1.5, 1e21, true, false, null, undefined]

const drawn = <Item>(items: readonly Item[]) => items[Math.floor(Math.random() * items.length)] as Item

function anything(depth: number): unknown {
  const kind = depth === 0 ? 0 : Math.floor(Math.random() * 3)
  const some = () => Array.from({ length: Math.floor(Math.random() * 6) }, () => anything(depth - 1))
  if (kind === 0) return drawn(leaves)
  return kind === 1
    ? some()
    : Object.fromEntries(some().map((value, index) => [`${drawn(texts).slice(0, 9)}${index}`, value]))
}

test('any answer is written as JSON.stringify writes it', () => {
  for (let time = 0; time < 2000; time++) {
    const answer = { data: anything(5), extensions: { cost: 1 } }
    expect(Buffer.from(jsonOf(answer)).toString()).toBe(Buffer.from(JSON.stringify(answer)).toString())
  }
})

test('an answer may be larger than there is room for at once, and leaves nothing to the next one', () => {
  const large = {
    data: {
      nodes: Array.from({ length: 300 }, (_, number) => ({ number, text: texts[number % texts.length]?.repeat(3) })),
    },
  }
  const huge = { data: { nodes: Array.from({ length: 40 }, () => ({ text: '你'.repeat(20_000) })) } }
  const small = { data: { nodes: [] } }
  for (const answer of [large, huge, small, huge, large])
    expect(Buffer.from(jsonOf(answer)).equals(Buffer.from(JSON.stringify(answer)))).toBe(true)
})

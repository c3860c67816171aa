/**
 * Made-up prose for message bodies: 200 to 2000 characters, most of them short, the same on every machine. Real words and
 * sentences are strewn in, each into a known share of the texts, for the benchmark of the search to look for.
 */

/** A word, and of how many texts one has it; `place` tells which of those. */
export const strewn = {
  third: { words: 'refund', every: 3, place: 0 },
  /** Meets the first only where both are strewn in by `meeting`. */
  otherThird: { words: 'invoice', every: 3, place: 1 },
  meeting: { words: 'refund invoice', every: 2500, place: 2 },
  hundredth: { words: 'warranty', every: 100, place: 7 },
  rare: { words: 'zeppelin', every: 5000, place: 11 },
  chinese: { words: '您好，我想申请退款，订单还没有发货。', every: 20, place: 3 },
  german: { words: 'Leider ist die Lieferung beschädigt angekommen.', every: 25, place: 4 },
  russian: { words: 'Здравствуйте, мой заказ ещё не доставлен.', every: 25, place: 5 },
  portuguese: { words: 'O pagamento foi cobrado duas vezes no cartão.', every: 25, place: 8 },
  indonesian: { words: 'Pesanan saya belum dikirim sampai sekarang.', every: 25, place: 9 },
} as const

const vocabularySize = 3000
const syllables = 'ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu an el in or us'.split(' ')

export function texts(count: number): string[] {
  const chance = chanceFrom(20_261_121)
  const vocabulary = Array.from({ length: vocabularySize }, () => wordOf(chance))
  return Array.from({ length: count }, (_, number) =>
    strewnInto(number, textOf(200 + Math.floor(1800 * chance() ** 3), vocabulary, chance), chance),
  )
}

function strewnInto(number: number, text: string, chance: () => number): string {
  const words = text.split(' ')
  for (const { words: added, every, place } of Object.values(strewn))
    if (number % every === place) words.splice(1 + Math.floor(chance() * words.length), 0, added)
  return words.join(' ')
}

/** A seeded stream of numbers from 0 to 1 (mulberry32). */
export function chanceFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function textOf(length: number, vocabulary: string[], chance: () => number): string {
  let text = ''
  for (let place = 0; text.length < length; place++) {
    // Cubed: a few words are common and most are rare, as in a language, which is what a text index meets.
    const word = vocabulary[Math.floor(chance() ** 3 * vocabulary.length)] ?? ''
    const end = chance() < 0.1 ? '. ' : chance() < 0.02 ? '.\n\n' : ' '
    text += (place === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word) + end
  }
  return text.trim()
}

function wordOf(chance: () => number): string {
  const length = 1 + Math.floor(chance() * 4)
  return Array.from({ length }, () => syllables[Math.floor(chance() * syllables.length)]).join('')
}

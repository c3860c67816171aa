/**
 * What somebody types, as words to look for. Postgres keeps the words of a text as they are written, without accents and in
 * small letters (`search_words` of the migrations); so a word is looked for in the forms it may be written in: its stems by
 * the rules of several languages, as beginnings of words. Chinese and its like have no spaces: a text is kept as pairs of
 * characters there, and looked for by them.
 */
import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as indonesian } from '@orama/stemmers/indonesian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as russian } from '@orama/stemmers/russian'
import { badInput } from '#platform/graphql/bad-input.ts'
import { stopWords } from './stop-words.ts'

/** One way a word may be written: a whole word, or the beginning of one. */
export type Form = { text: string; isPrefix: boolean }
export type Word = { text: string; forms: Form[] }
export type SearchText = {
  /** In the order typed, each once. */
  words: Word[]
  /** What stood in quotes, word by word: has to stand just so. */
  phrases: string[][]
  /** The whole text, cleaned up: for numbers, addresses and keys. */
  whole: string
}

const maxLength = 500
/** More are left out: nobody types so many to find less. */
const maxWords = 24
/** Just as long as Postgres keeps them. */
const maxWordLength = 40

/** The scripts without spaces between words; also in the migrations. */
const unspaced = '\u0e00-\u0eff\u2e80-\u2fff\u3005-\u9fff\uf900-\ufaff'
const letter = '\\p{Lu}\\p{Ll}\\p{Lt}\\p{Lo}\\p{N}'
/** Accents and the like only behind a letter: Postgres keeps nothing of them, and nothing is the beginning of every word. */
export const runs = new RegExp(
  `[${unspaced}]+|(?![${unspaced}])[${letter}](?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])*`,
  'gu',
)
const isUnspaced = new RegExp(`^[${unspaced}]`)
/** Whether a word is of a script without spaces. */
export const hasNoSpaces = (word: string) => isUnspaced.test(word)
const quoted = /["“”„«»]([^"“”„«»]+)["“”„«»]/g

/** @throws a bad input, named by the argument, when there is nothing to look for in it or too much. */
export function searchTextOf(argument: string, typed: string): SearchText {
  if (typed.length > maxLength)
    throw badInput(argument, `expected at most ${maxLength} characters, got ${typed.length}`)
  const text = typed.toWellFormed().replaceAll('\0', ' ').normalize('NFKC')
  const whole = text.trim().replace(/\s+/g, ' ')
  const phrases = [...text.matchAll(quoted)].map(([, phrase = '']) => runsOf(phrase)).filter(({ length }) => length > 0)
  const isTypedOn = /[\p{L}\p{N}\p{M}]$/u.test(text)
  const loose = runsOf(text.replace(quoted, ' ')).flatMap((run, index, all) =>
    wordsOfRun(run, isTypedOn && index === all.length - 1),
  )
  const bound = phrases.flat().flatMap((run) => exactWordsOf(run))
  return {
    words: distinct([...bound, ...withoutStopWords(loose, bound.length > 0)]).slice(0, maxWords),
    phrases,
    whole,
  }
}

/** Whether it is too short to look for: one letter stands in everything, one Chinese character is a word. */
export function isTooShort({ words, whole }: SearchText): boolean {
  return [...whole].length < 2 && !words.some(({ text }) => isUnspaced.test(text))
}

/** What stood in quotes, as patterns of LIKE for what `search_plain` makes of a text; null when nothing did. */
export function patternsOf({ phrases }: SearchText): string[] | null {
  return phrases.length > 0 ? phrases.map(patternOf) : null
}

/** A number as people quote it, with and without the sign before it. */
export function numbersIn(whole: string): string[] {
  const bare = whole.replace(/^(?:#|№|nr\.?|no\.?)\s*/i, '')
  return [...new Set([whole, bare, bare.toUpperCase(), bare.toLowerCase()])]
}

/** The words of a text without marks, in small letters. */
export function runsOf(text: string): string[] {
  return (text.toLowerCase().match(runs) ?? []).map((run) => [...run].slice(0, 500).join(''))
}

/** Words in a row; between Chinese characters there is nothing. */
function patternOf(phrase: string[]): string {
  const text = phrase.join(' ').normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC').replaceAll('ß', 'ss')
  const isSpaced = /^[\p{Script=Latin}\p{Script=Cyrillic}\p{N}]/u.test(text)
  return isSpaced ? `% ${text} %` : `%${text}%`
}

/** Pairs of characters where there are no spaces; a single character begins some. */
function wordsOfRun(run: string, isLast: boolean): Word[] {
  if (isUnspaced.test(run)) return pairsOf(run)
  const text = asKept(run)
  return [{ text, forms: formsOf(text, isLast) }]
}

function exactWordsOf(run: string): Word[] {
  const text = asKept(run)
  return isUnspaced.test(run) ? pairsOf(run) : [{ text, forms: [{ text, isPrefix: false }] }]
}

const asKept = (run: string) => [...run].slice(0, maxWordLength).join('')

function pairsOf(run: string): Word[] {
  const characters = [...run]
  if (characters.length === 1) return [{ text: run, forms: [{ text: run, isPrefix: true }] }]
  return characters.slice(1).map((character, index) => {
    const text = `${characters[index]}${character}`
    return { text, forms: [{ text, isPrefix: false }] }
  })
}

/** Words that stand everywhere only count when there are no others. */
function withoutStopWords(words: Word[], areOthers: boolean): Word[] {
  const telling = words.filter(({ text }) => !stopWords.has(text))
  return telling.length > 0 || areOthers ? telling : words
}

function distinct(words: Word[]): Word[] {
  return [...new Map(words.map((word) => [word.text, word])).values()]
}

/** Shorter beginnings fit too many words that mean something else. */
const minPrefixLength = 4
const shortEndings = { latin: ['s', 'es', 'e', 'en', 'er', 'n'], cyrillic: [...'ауыиеяюь', 'ом', 'ов', 'ой', 'ам'] }

function formsOf(text: string, isLast: boolean): Form[] {
  const whole: Form = { text, isPrefix: isLast && text.length >= 3 }
  if (/\p{N}/u.test(text)) return [{ text, isPrefix: isLast && text.length >= 2 }]
  const isCyrillic = /^\p{Script=Cyrillic}/u.test(text)
  if (!isCyrillic && !/^\p{Script=Latin}/u.test(text)) return [whole]
  const stems = isCyrillic ? [russian(text)] : latinStemsOf(text)
  const leastLength = Math.max(minPrefixLength, Math.ceil(text.length / 2))
  const forms = [...new Set([text, ...stems].filter((stem) => stem.length >= leastLength))].map(
    (stem): Form => ({ text: stem, isPrefix: true }),
  )
  const short = [text, stems[0] ?? text].filter((stem) => stem.length < minPrefixLength)
  const written = short.flatMap((stem) => withEndings(stem, isCyrillic ? 'cyrillic' : 'latin'))
  return withoutCovered([
    whole,
    ...forms.flatMap(umlautsOf),
    ...written,
    ...(isCyrillic ? [] : indonesianRootsOf(text)),
  ])
}

function latinStemsOf(text: string): string[] {
  const stem = english(text)
  // The English rules write y as i where an ending may follow: delivery, deliveries.
  const withY = stem.endsWith('i') ? [`${stem.slice(0, -1)}y`] : []
  return [stem, ...withY, german(text), portuguese(text), text.replace(/(?:nya|kan|an|i)$/, '')]
}

/** Too short to be a beginning: the words it may be. */
function withEndings(stem: string, script: keyof typeof shortEndings): Form[] {
  return ['', ...shortEndings[script]].map((ending) => ({ text: stem + ending, isPrefix: false }))
}

/** Without an umlaut on the keyboard people write ae; kept is ä as a. */
function umlautsOf(form: Form): Form[] {
  const spelled = form.text.replace(/[äöü]/g, (letter) => `${letter.normalize('NFD').charAt(0)}e`)
  const plain = form.text.length < 6 ? form.text : form.text.replace(/(?<=[^aeiouq])([aou])e(?=[^aeiou])/g, '$1')
  return [form, ...[spelled, plain].filter((text) => text !== form.text).map((text) => ({ ...form, text }))]
}

/** Indonesian words begin differently too (bayar, membayar, pembayaran): their roots are kept beside them, marked. */
function indonesianRootsOf(text: string): Form[] {
  if (text.length < minPrefixLength) return []
  const root = indonesian(text)
  // Behind me- and pe- these letters are left out: kirim, mengirim.
  const lost = /^[kpst][aiueo]/.test(root) ? [root.slice(1)] : []
  return [root, ...lost].map((each) => ({ text: `!${each}`, isPrefix: false }))
}

function withoutCovered(forms: Form[]): Form[] {
  const covers = (wide: Form, form: Form) =>
    wide !== form && (wide.isPrefix ? form.text.startsWith(wide.text) : !form.isPrefix && form.text === wide.text)
  return forms.filter(
    (form, index) => !forms.some((wide, place) => covers(wide, form) && (!covers(form, wide) || place < index)),
  )
}

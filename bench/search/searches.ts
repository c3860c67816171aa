/** What the benchmark searches for. The words are those of `data/texts.ts`, the people and tickets those of `data/rows.ts`. */
import { strewn } from '../data/texts.ts'

export type Search = { title: string; query: string; filter?: object; types?: string[] }

/** `name` and `number` are of a contact and a ticket that there are. */
export function searchesFor({ name, number }: { name: string; number: string }): Search[] {
  return [
    { title: 'a rare word', query: strewn.rare.words },
    { title: 'a word of 1 %', query: strewn.hundredth.words },
    { title: 'a word of a third', query: strewn.third.words },
    { title: 'two words of a third that seldom meet', query: strewn.meeting.words },
    { title: 'a word of a third and a rare one', query: `${strewn.third.words} ${strewn.rare.words}` },
    { title: 'an unfinished word', query: strewn.third.words.slice(0, 3) },
    { title: 'a word of a third, of new tickets', query: strewn.third.words, filter: { status: ['NEW'] } },
    { title: 'a name with two letters swapped', query: misspelled(name) },
    { title: 'Chinese', query: '申请退款' },
    { title: 'a ticket number', query: number },
    { title: 'nothing there is', query: 'xylophonquartett' },
  ]
}

function misspelled(name: string): string {
  const word = name.split(' ').reduce((longest, next) => (next.length > longest.length ? next : longest), '')
  const middle = Math.floor(word.length / 2)
  return `${word.slice(0, middle)}${word[middle + 1] ?? ''}${word[middle]}${word.slice(middle + 2)}`
}

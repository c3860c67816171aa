import { type Spread, spreadOf } from '../statistics.ts'

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

/** The median of a ratio, and in brackets the lowest and the highest. */
export function ratioText(ratio: Spread | null, digits = 2): string {
  if (!ratio) return '–'
  const { min, median, max } = ratio
  return `**${median.toFixed(digits)}** (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

export function medianOf<Item>(items: Item[], of: (item: Item) => number): number {
  return spreadOf(items.map(of)).median
}

export function perSecond(count: number, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en')
}

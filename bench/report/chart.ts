/** The speeds as a picture (SVG), in colours for light and dark: requests per second as shares of the bare server's. */
import type { Measurement } from '../load/measure.ts'
import { type QueryResult, ratioOf } from '../load/read-bench.ts'
import type { Spread } from '../statistics.ts'
import { medianOf } from './markdown.ts'
import { connectionsText, type Reading } from './reading.ts'

type Panel = { title: string; results: QueryResult[] }
type Bar = { kind: 'ours' | 'postgraphile'; share: Spread; perSecond: number }

const panelWidth = 470
const panelsPerRow = 2
/** Of the title and the legend. */
const leastWidth = 680
const margin = 20
const headHeight = 76
const titleHeight = 44
const barHeight = 15
const rowHeight = 46
const namesWidth = 78
const plotWidth = panelWidth - namesWidth - margin - 128
/** Of the widest plot; what is beyond is cut, its number is not. */
const mostShare = 1.25

const style = `
  text { font: 13px system-ui, sans-serif; fill: var(--text) }
  .title { font-size: 18px; font-weight: 600 } .panel { font-size: 14px; font-weight: 600 } .faint { fill: var(--faint) }
  .ours { fill: var(--ours) } .postgraphile { fill: var(--postgraphile) }
  .bare { stroke: var(--faint); stroke-width: 2 } .spread { stroke: var(--text); stroke-width: 1.5 }
  svg { --page: #fff; --text: #1f2937; --faint: #6b7280; --ours: #2563eb; --postgraphile: #d97706 }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --text: #e5e7eb; --faint: #9ca3af; --ours: #3b82f6; --postgraphile: #b45309 }
  }`

export function chartOf(readings: Reading[]): string {
  const panels = readings.flatMap(panelsOf)
  const panelHeight = titleHeight + rowHeight * Math.max(...panels.map(({ results }) => results.length))
  const width = Math.max(leastWidth, panelWidth * Math.min(panels.length, panelsPerRow) + margin)
  const height = headHeight + panelHeight * Math.ceil(panels.length / panelsPerRow) + margin
  const drawn = panels.map((panel, index) => {
    const [column, row] = [index % panelsPerRow, Math.floor(index / panelsPerRow)]
    return `<g transform="translate(${margin + column * panelWidth} ${headHeight + row * panelHeight})">${panelSvg(panel)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Requests per second as shares of the bare server's</title>
<style>${style}
</style>
<rect width="${width}" height="${height}" rx="8" style="fill: var(--page)"/>
<text x="${margin}" y="32" class="title">Requests per second, as shares of the bare server's</text>
${legend()}
${drawn.join('\n')}
</svg>
`
}

function panelsOf({ ticketCount, results }: Reading): Panel[] {
  const connections = [...new Set(results.map((result) => result.connections))].sort((one, other) => one - other)
  return connections.map((count) => ({
    title: `${ticketCount.toLocaleString('en')} tickets, ${connectionsText(count).toLowerCase()}`,
    results: results.filter((result) => result.connections === count),
  }))
}

function legend(): string {
  const entry = (x: number, mark: string, text: string) => `${mark}<text x="${x}" y="57">${text}</text>`
  const box = (x: number, kind: string) => `<rect x="${x}" y="46" width="12" height="12" rx="2" class="${kind}"/>`
  return [
    entry(margin + 18, box(margin, 'ours'), 'ours, as shipped'),
    entry(margin + 158, box(margin + 140, 'postgraphile'), 'PostGraphile 5'),
    entry(margin + 288, `<path d="M${margin + 276} 45v14" class="bare"/>`, 'bare node:http + pg'),
    entry(margin + 474, `<path d="M${margin + 442} 52h24" class="spread"/>`, 'lowest to highest round'),
  ].join('')
}

function panelSvg({ title, results }: Panel): string {
  const rows = results.map((result, index) => {
    const y = titleHeight + index * rowHeight
    const bars = barsOf(result).map((bar, place) => barSvg(bar, y + place * (barHeight + 2)))
    return `<text x="0" y="${y + 21}">${result.query.name}</text>${bars.join('')}`
  })
  const bareX = namesWidth + xOf(1)
  const bottom = titleHeight + results.length * rowHeight - 8
  return `<text y="24" class="panel">${title}</text>
${rows.join('\n')}
<path d="M${bareX} ${titleHeight - 6}V${bottom}" class="bare"/>`
}

function barsOf(result: QueryResult): Bar[] {
  const perSecond = ({ requestsPerSecond }: Measurement) => requestsPerSecond
  return (['ours', 'postgraphile'] as const).flatMap((kind) => {
    const share = ratioOf(result, [kind, 'bare'], perSecond)
    return share ? [{ kind, share, perSecond: medianOf(result.rounds[kind], perSecond) }] : []
  })
}

function barSvg({ kind, share, perSecond }: Bar, y: number): string {
  const [low, high] = [namesWidth + xOf(share.min), namesWidth + xOf(share.max)]
  const middle = y + barHeight / 2
  const label = `${share.median.toFixed(2)}<tspan class="faint"> · ${Math.round(perSecond).toLocaleString('en')}/s</tspan>`
  return `<rect x="${namesWidth}" y="${y}" width="${xOf(share.median)}" height="${barHeight}" rx="2" class="${kind}"/>
<path d="M${low} ${middle}H${high}" class="spread"/>
<text x="${namesWidth + plotWidth + 10}" y="${y + 12}">${label}</text>`
}

function xOf(share: number): number {
  return Math.round((Math.min(share, mostShare) / mostShare) * plotWidth)
}

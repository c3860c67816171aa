/**
 * The hand-written conversations in `scripts/<language>.txt`. A script starts with `# subject`, then come `tags:`,
 * `channel:`, `category:`, then one turn a line: who speaks (c customer, a agent, n note for colleagues, b bot), a colon, the
 * text; `+file: name type bytes` adds a file to the turn before. `{…}` is filled by `fill`.
 */
import { readFileSync } from 'node:fs'
import type { ChannelType } from '#vocabulary.ts'

const scriptLanguages = ['en', 'id', 'zh', 'de', 'pt', 'ru'] as const

export type Script = {
  language: string
  subject: string
  tags: string[]
  channel: ChannelType
  category: string
  turns: Turn[]
}
export type Turn = { role: 'c' | 'a' | 'n' | 'b'; text: string; files: ScriptFile[] }
export type ScriptFile = { name: string; contentType: string; sizeBytes: number }

export function readScripts(): Script[] {
  return scriptLanguages.flatMap((language) => {
    const text = readFileSync(new URL(`./scripts/${language}.txt`, import.meta.url), 'utf8')
    return text
      .split(/^# /m)
      .slice(1)
      .map((block) => scriptFrom(language, block))
  })
}

/** Replaces each `{name}`; throws for one that has no value. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`Expected a value for {${name}} in: ${text}`)
    return value
  })
}

function scriptFrom(language: string, block: string): Script {
  const [subject = '', ...lines] = block.trim().split('\n')
  const script: Script = { language, subject, tags: [], channel: 'OTHER', category: '', turns: [] }
  for (const line of lines) {
    const [, head = '', rest = ''] = /^(\+?\w+): (.*)$/.exec(line) ?? []
    if (head === 'tags') script.tags = rest.split(', ')
    else if (head === 'channel') script.channel = rest as ChannelType
    else if (head === 'category') script.category = rest
    else if (head === '+file') script.turns.at(-1)?.files.push(fileFrom(rest))
    else if (head === 'c' || head === 'a' || head === 'n' || head === 'b')
      script.turns.push({ role: head, text: rest, files: [] })
    else throw new Error(`Expected a line of a script, got: ${line}`)
  }
  return script
}

function fileFrom(text: string): ScriptFile {
  const [name = '', contentType = '', size = '0'] = text.split(' ')
  return { name, contentType, sizeBytes: Number(size) }
}

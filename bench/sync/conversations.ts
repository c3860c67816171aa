/** A file of made-up conversations for the sandboxes, in the format of `#connectors/sandbox/load.ts`. */
import { writeFileSync } from 'node:fs'
import { messagesPerTicket } from '../data/rows.ts'
import { texts } from '../data/texts.ts'

export function writeConversations(file: string, count: number): void {
  const bodies = texts(2000)
  const bodyAt = (index: number) => bodies[index % bodies.length] ?? ''
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      source: 'bench',
      id: `bench-${index}`,
      language: 'en',
      subject: bodyAt(index).slice(0, 50),
      // Every customer comes back about four times.
      messages: Array.from({ length: messagesPerTicket }, (_, place) => ({
        role: place % 2 === 0 ? 'customer' : 'agent',
        author: place % 2 === 0 ? `customer-${index % Math.ceil(count / 4)}` : `agent-${index % 20}`,
        text: `${index}.${place} ${bodyAt(index * 7 + place)}`,
      })),
    }),
  )
  writeFileSync(file, `${lines.join('\n')}\n`)
}

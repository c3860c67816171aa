/** Conversations for sandboxes that need few of them, as a file that `--data` takes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Each of the five gets a fifth of them; three messages each. */
export function conversationsFile(folder: string, count: number): string {
  const line = (index: number) =>
    JSON.stringify({
      ...{ source: 'own', id: `conversation-${index}`, channel: 'email', subject: `Order ${index}` },
      messages: [
        { role: 'customer', author: 'customer', text: `Where is order ${index}?` },
        { role: 'agent', author: 'agent', text: 'One moment, please.' },
        { role: 'customer', author: 'customer', text: 'Thank you.' },
      ],
    })
  const file = join(folder, 'conversations.jsonl')
  writeFileSync(file, Array.from({ length: count }, (_, index) => `${line(index)}\n`).join(''))
  return file
}

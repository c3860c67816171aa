/** Records with as little as a test has to say, and a connector whose answers are data. */
import {
  type Connector,
  type ConversationRecord,
  type Cursor,
  type MessageRecord,
  type Page,
  type Records,
  records,
  type Session,
  type TicketRecord,
} from '#connectors/contract.ts'

const START = Date.UTC(2026, 0, 1)

/** Minutes after the start of 2026. */
export function minute(count: number): Date {
  return new Date(START + count * 60_000)
}

export function ticket(externalId: string, said: Partial<TicketRecord> = {}): TicketRecord {
  return {
    ...{ externalId, number: externalId, subject: `Ticket ${externalId}`, status: 'PENDING_INTERNAL' },
    statusDetail: { raw: 'open', label: 'Open' },
    requester: { type: 'CONTACT', externalId: '1', name: 'Ann' },
    ...{ createdAt: minute(0), updatedAt: minute(1), raw: { id: externalId } },
    conversations: [],
    ...said,
  }
}

export function conversation(
  externalId: string,
  messages: MessageRecord[] = [],
  said: Partial<ConversationRecord> = {},
): ConversationRecord {
  return { externalId, createdAt: minute(0), messages, ...said }
}

export function message(externalId: string, said: Partial<MessageRecord> = {}): MessageRecord {
  const number = Number(externalId.replace(/\D/g, '')) || 0
  return {
    ...{
      externalId,
      sequence: number,
      type: 'REPLY_INBOUND',
      direction: 'INBOUND',
      contentType: 'TEXT',
      isInternal: false,
    },
    body: { text: `Message ${externalId}` },
    sender: { type: 'CONTACT', externalId: '1', name: 'Ann' },
    ...{ at: minute(number), createdAt: minute(number), raw: { id: externalId } },
    ...said,
  }
}

export function answer(externalId: string, said: Partial<MessageRecord> = {}): MessageRecord {
  const sender = { type: 'AGENT', externalId: '7', name: 'Bob' } as const
  return message(externalId, { type: 'REPLY_OUTBOUND', direction: 'OUTBOUND', sender, ...said })
}

/** One ticket with one conversation, `c` and the ticket's id. */
export function thread(externalId: string, messages: MessageRecord[], said: Partial<TicketRecord> = {}): TicketRecord {
  return ticket(externalId, { conversations: [conversation(`c${externalId}`, messages)], ...said })
}

/** `n` tickets with `each` messages: ids ascend, every second message is an answer. */
export function manyThreads(first: number, n: number, each: number): TicketRecord[] {
  return Array.from({ length: n }, (_, index) => {
    const id = String(first + index)
    const contact = String((first + index) % 5000)
    const sender = {
      type: 'CONTACT',
      externalId: contact,
      name: `Contact ${contact}`,
      email: `${contact}@example.org`,
    } as const
    const messages = Array.from({ length: each }, (_, place) => {
      const said = {
        sequence: place,
        at: minute(place),
        body: { text: `Dear team, this is message ${place} of ${id}. `.repeat(5) },
      }
      return place % 2 === 0 ? message(`${id}-${place}`, { ...said, sender }) : answer(`${id}-${place}`, said)
    })
    return thread(id, messages, { requester: sender })
  })
}

export type Script = {
  /** What `pull` answers to a position: `null` as the key `start`, else the cursor's `at`. */
  pages: Record<string, Page | (() => Page | Promise<Page>)>
  /** What `ticket` answers; others are gone. */
  tickets?: Record<string, Records | (() => Records)>
  /** Fails when it is to fail. */
  check?: () => Promise<void>
}

/** A connector that plays a script; the script may be changed between pulls. */
export function scripted(script: Script): Connector & { pulls: string[]; lookups: string[] } {
  const pulls: string[] = []
  const lookups: string[] = []
  const session: Session = {
    check: async () => script.check?.(),
    async pull(cursor) {
      const at = String(cursor?.at ?? 'start')
      pulls.push(at)
      const page = script.pages[at]
      if (!page) throw new Error(`the script has no page ${at}`)
      return typeof page === 'function' ? page() : page
    },
    operations: {},
    async ticket(externalId) {
      lookups.push(externalId)
      const found = script.tickets?.[externalId] ?? null
      return typeof found === 'function' ? found() : found
    },
  }
  return {
    ...{ key: 'scripted', name: 'Scripted', pulls, lookups, settings: {} as never, capabilities: {} as never },
    writing: {} as never,
    connect: () => session,
  }
}

/** A page whose cursor names the next one. */
export function page(said: Partial<Records>, next: string, hasMore = false): Page {
  return { records: records(said), cursor: { at: next } satisfies Cursor, hasMore }
}

/** A sandbox as its own people see it: what it really has, what it is told to do wrong, who writes there. */
import type { ShownMessage } from '#connectors/sandbox/control.ts'
import type { FaultKind, FaultOptions } from '#connectors/sandbox/faults.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'

export type Desk = ReturnType<typeof deskOf>

type Rate = Omit<FaultOptions, 'path' | 'count'> & { kind: FaultKind; probability: number; seed: number }

export function deskOf({ settings }: SandboxBackend) {
  // A help desk of several hosts has the same desk and the same faults behind each: the first will do.
  const address = Object.values(settings).find((value) => typeof value === 'string' && URL.canParse(value))
  const { origin } = new URL(String(address))

  async function call(name: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${origin}/__sandbox/${name}`, body && { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${origin}: ${name} answered ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }

  const messages = async () => (await call('messages')) as ShownMessage[]

  return {
    /** Everything that is said there, ticket by ticket in its order. */
    messages,
    /** How often this text is there. */
    count: async (text: string) => (await messages()).filter((message) => message.text.includes(text)).length,
    /** The next requests that change something fail this way. */
    failNext: (kind: FaultKind, options: Omit<FaultOptions, 'path'> = {}) =>
      call('faults', { kind, isWrite: true, ...options }),
    /** From now on a share of all requests does. */
    fail: (rate: Rate) => call('faults', rate),
    behave: () => call('faults', { clear: true }),
    /** How many faults were shown so far, by what they were. */
    shown: async () => (await call('faults')) as Record<string, number>,
    customerWrites: (ticketId: number, text: string) => call('message', { ticketId, text }),
  }
}

/** A served sandbox as its own people see it: what it has, what it is told to do wrong, who writes there. */
import type { ShownMessage } from '#connectors/sandbox/control.ts'
import type { FaultKind, FaultOptions } from '#connectors/sandbox/faults.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'

export type Desk = ReturnType<typeof deskOf>

export function deskOf({ settings }: SandboxBackend) {
  const address = Object.values(settings).find((value) => typeof value === 'string' && URL.canParse(value))
  const { origin } = new URL(String(address))

  async function call(name: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${origin}/__sandbox/${name}`, body && { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${name} answered ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }

  return {
    messages: async () => (await call('messages')) as ShownMessage[],
    /** How often this text is there. */
    async count(text: string) {
      return ((await call('messages')) as ShownMessage[]).filter((message) => message.text.includes(text)).length
    },
    /** The next requests that change something fail this way. */
    failNext: (kind: FaultKind, options: Omit<FaultOptions, 'path'> = {}) =>
      call('faults', { kind, isWrite: true, ...options }),
    behave: () => call('faults', { clear: true }),
    customerWrites: (ticketId: number, text: string) => call('message', { ticketId, text }),
  }
}

/** The sandboxes as a judge sees them: what they really have, and how they are to misbehave. */
import type { ShownMessage } from '#connectors/sandbox/control.ts'
import type { FaultKind } from '#connectors/sandbox/faults.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'

export type Desks = {
  misbehave(seed: number): Promise<void>
  behave(): Promise<void>
  /** How many faults were shown so far, by what they were. */
  shown(): Promise<Record<string, number>>
  /** Everything that is said at one of them, ticket by ticket in its order. */
  messages(vendor: string): Promise<ShownMessage[]>
}

type Fault = { kind: FaultKind; probability: number; isCarriedOut?: boolean; carriedOutAfterMs?: number }

/** About a third of all changes go wrong in one way or another, half of these after they were done. */
const writing: Fault[] = [
  { kind: 'time-out', probability: 0.05, isCarriedOut: true },
  { kind: 'time-out', probability: 0.03, isCarriedOut: true, carriedOutAfterMs: 600 },
  { kind: 'time-out', probability: 0.03 },
  { kind: '500', probability: 0.05, isCarriedOut: true },
  { kind: '500', probability: 0.03 },
  { kind: 'reset', probability: 0.04, isCarriedOut: true },
  { kind: 'reset', probability: 0.04 },
  { kind: '502', probability: 0.02, isCarriedOut: true },
  { kind: '502', probability: 0.02 },
  { kind: '429', probability: 0.04 },
  { kind: 'cut', probability: 0.02 },
]
const reading: Fault[] = [
  { kind: 'time-out', probability: 0.005 },
  { kind: '500', probability: 0.02 },
  { kind: 'reset', probability: 0.02 },
  { kind: '429-bare', probability: 0.01 },
  { kind: 'cut', probability: 0.01 },
]

export function desksOf(backends: SandboxBackend[]): Desks {
  const origins = new Map(backends.map(({ vendor, settings }) => [vendor, originIn(settings)]))

  async function tell(orders: object[]) {
    for (const origin of origins.values()) {
      for (const order of orders) await call(origin, 'faults', order)
    }
  }

  return {
    async misbehave(seed) {
      const orders = [
        ...writing.map((fault) => ({ ...fault, isWrite: true })),
        ...reading.map((fault) => ({ ...fault, isWrite: false })),
      ]
      await tell(orders.map((order, index) => ({ ...order, seed: seed * 1000 + index })))
    },
    behave: () => tell([{ clear: true }]),
    async shown() {
      const sum: Record<string, number> = {}
      for (const origin of origins.values()) {
        const counts = (await call(origin, 'faults')) as Record<string, number>
        for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
      }
      return sum
    },
    messages: async (vendor) => (await call(origins.get(vendor) ?? '', 'messages')) as ShownMessage[],
  }
}

/** A help desk of several hosts has the same desk and the same faults behind each: the first will do. */
function originIn(settings: Record<string, unknown>): string {
  const address = Object.values(settings).find((value) => typeof value === 'string' && URL.canParse(value))
  return new URL(String(address)).origin
}

async function call(origin: string, name: string, body?: object): Promise<unknown> {
  const sent = body && { method: 'POST', body: JSON.stringify(body) }
  const answer = await fetch(`${origin}/__sandbox/${name}`, sent)
  if (!answer.ok) throw new Error(`${origin}: ${name} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

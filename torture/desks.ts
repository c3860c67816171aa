/** All sandboxes, and how badly they behave. */
import type { FaultKind } from '#connectors/sandbox/faults.ts'
import type { SandboxBackend } from '#connectors/sandbox/start.ts'
import { type Desk, deskOf } from './desk.ts'

/** By vendor. */
export type Desks = Map<string, Desk>

export function desksOf(backends: SandboxBackend[]): Desks {
  return new Map(backends.map((backend) => [backend.vendor, deskOf(backend)]))
}

type Fault = { kind: FaultKind; probability: number; isCarriedOut?: boolean; carriedOutAfterMs?: number }

/** About a third of all changes go wrong in one way or another, half of these after they were done. */
const writing: Fault[] = [
  { kind: 'time-out', probability: 0.05, isCarriedOut: true },
  { kind: 'time-out', probability: 0.03, isCarriedOut: true, carriedOutAfterMs: 2200 },
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

export async function misbehave(desks: Desks, seed: number): Promise<void> {
  const faults = [
    ...writing.map((fault) => ({ ...fault, isWrite: true })),
    ...reading.map((fault) => ({ ...fault, isWrite: false })),
  ]
  for (const [place, desk] of [...desks.values()].entries()) {
    // Each its own sequence, or all would fail at the same places.
    for (const [index, fault] of faults.entries())
      await desk.fail({ ...fault, seed: (seed * 100 + place) * 100 + index })
  }
}

export async function behave(desks: Desks): Promise<void> {
  for (const desk of desks.values()) await desk.behave()
}

export async function shownBy(desks: Desks): Promise<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const desk of desks.values()) {
    for (const [name, count] of Object.entries(await desk.shown())) sum[name] = (sum[name] ?? 0) + count
  }
  return sum
}

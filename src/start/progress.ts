import { setTimeout as sleep } from 'node:timers/promises'
import { MultiBar, type SingleBar } from 'cli-progress'
import type { BackendState } from './backend-states.ts'
import { amount, print } from './output.ts'

export type ProgressOptions = {
  read(): Promise<BackendState[]>
  /** Whether there is nothing more to wait for. */
  isOver(state: BackendState): boolean
  /** How many tickets the copy holds in the end. */
  count(state: BackendState): Promise<number>
  signal: AbortSignal
}

const READ_EVERY_MS = 200
const PLAIN_LINE_EVERY_MS = 3000

/** Shows how far the copies are until all are over: a bar for each on a terminal, else now and then a line. */
export async function showProgress({ read, isOver, count, signal }: ProgressOptions): Promise<BackendState[]> {
  const display = process.stdout.isTTY ? bars() : lines()
  const isDone = new Set<string>()
  try {
    while (true) {
      const states = await read().catch(() => null) // Postgres may be away for a moment
      for (const state of states ?? []) {
        if (isDone.has(state.id)) continue
        const tickets = isOver(state) ? await count(state).catch(() => null) : null
        if (tickets === null) display.update(state)
        else {
          isDone.add(state.id)
          display.done(state, tickets)
        }
      }
      if (signal.aborted || (states && isDone.size === states.length)) return states ?? []
      await sleep(READ_EVERY_MS)
    }
  } finally {
    display.end()
  }
}

type Display = {
  update(state: BackendState): void
  done(state: BackendState, tickets: number): void
  end(): void
}

function bars(): Display {
  const all = new MultiBar({
    format: '  {name} {bar} {text}',
    stream: process.stdout,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    gracefulExit: false, // signals are ours
    emptyOnZero: true,
  })
  const byId = new Map<string, SingleBar>()
  function show(state: BackendState, text: string, [done, total]: [number, number]) {
    const bar = byId.get(state.id) ?? all.create(1, 0, { name: state.name.padEnd(20), text: '' })
    byId.set(state.id, bar)
    bar.setTotal(total)
    bar.update(done, { text })
  }
  return {
    update: (state) => show(state, progressText(state), [state.progressDone, state.progressTotal ?? 0]),
    done: (state, tickets) => show(state, outcomeText(state, tickets), state.error ? [0, 1] : [1, 1]),
    end: () => all.stop(),
  }
}

function lines(): Display {
  const shownAt = new Map<string, number>()
  return {
    update(state) {
      const now = Date.now()
      if (!shownAt.has(state.id)) shownAt.set(state.id, now)
      if (now - (shownAt.get(state.id) ?? now) < PLAIN_LINE_EVERY_MS) return
      shownAt.set(state.id, now)
      print(`  ${state.name}: ${progressText(state)}`)
    },
    done: (state, tickets) => print(`  ${state.name}: ${outcomeText(state, tickets)}`),
    end: () => {},
  }
}

function progressText({ progressDone, progressTotal }: BackendState): string {
  if (progressTotal === null) return progressDone === 0 ? 'starting' : amount(progressDone, 'ticket')
  return `${progressDone.toLocaleString('en')} of ${amount(progressTotal, 'ticket')}`
}

function outcomeText({ error }: BackendState, tickets: number): string {
  return error ? `failed, and is tried again later: ${error}` : `${amount(tickets, 'ticket')} copied`
}

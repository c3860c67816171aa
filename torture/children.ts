/** Processes of the real command line: they can be killed, stopped and started again without their help desks noticing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

export type Child = {
  name: string
  process: ChildProcess
  /** Waits until it has printed this. @throws Error when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  exited: Promise<void>
  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
}

const main = join(import.meta.dirname, '../src/main.ts')

type ChildOptions = {
  /** Gets a log for each name, that of a successor goes on in the same file. */
  folder: string
  /** Whether it can be looked into, see `inside.ts`. */
  isInspected?: boolean
}

export function startChild(name: string, args: string[], { folder, isInspected = false }: ChildOptions): Child {
  const environment = Object.entries(process.env).filter(
    ([key]) => !/^(DESKGRAPH_|DATABASE_URL$|HOST$|PORT$|LOG_LEVEL$)/.test(key),
  )
  const child = spawn(process.execPath, [...(isInspected ? ['--inspect=127.0.0.1:0'] : []), main, ...args], {
    // As if npm had started it: it ends by itself when we are gone.
    env: { ...Object.fromEntries(environment), LOG_LEVEL: 'info', npm_lifecycle_event: 'torture' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  const said = new EventTarget()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      if (printed.length < 100_000) printed += text
      appendFileSync(join(folder, `${name}.log`), text)
      said.dispatchEvent(new Event('more'))
    })
  }
  let hasExited = false
  const exited = once(child, 'exit').then(() => {
    hasExited = true
    said.dispatchEvent(new Event('more'))
  })
  return {
    name,
    ...{ process: child, exited },
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(printed)
        if (found) return found
        if (hasExited) throw new Error(`${name} ended before it said ${pattern}:\n${printed}`)
        await once(said, 'more')
      }
    },
    async kill(signal) {
      if (!hasExited) child.kill(signal)
      await exited
    },
  }
}

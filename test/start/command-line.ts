// Runs the real command line in a process of its own; or only the function of a command, which takes a tenth of the time.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, vi } from 'vitest'
import { StartError } from '#errors.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

type Environment = Record<string, string>

export type Started = {
  process: ChildProcess
  pid: number
  /** What it wrote so far, stdout and stderr together. */
  output(): string
  /** Waits until the output matches; fails when the process ends before. */
  says(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export type Finished = { code: number | null; stdout: string; stderr: string }

/** A new folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskgraph start '))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Runs a command to its end. */
export async function run(args: string[], environment: Environment = {}): Promise<Finished> {
  const child = spawnMain(args, environment)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (text) => {
    stdout += text
  })
  child.stderr?.on('data', (text) => {
    stderr += text
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

/** Runs the function of a command here, one at a time: for what does not depend on the process. */
export async function runHere(command: () => Promise<unknown>, environment: Environment = {}): Promise<Finished> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  let stdout = ''
  const printing = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  try {
    await command()
    return { code: Number(process.exitCode ?? 0), stdout, stderr: '' }
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    return { code: 1, stdout, stderr: `deskgraph: ${error.message}\n` }
  } finally {
    process.exitCode = undefined
    printing.mockRestore()
    vi.unstubAllEnvs()
  }
}

/** Starts a command that goes on; killed after the test if it is still there. */
export function start(args: string[], environment: Environment = {}): Started {
  const child = spawnMain(args, environment)
  let text = ''
  child.stdout?.on('data', (more) => {
    text += more
  })
  child.stderr?.on('data', (more) => {
    text += more
  })
  let hasExited = false
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      hasExited = true
      resolve({ code, signal })
    })
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  return {
    process: child,
    pid: child.pid ?? 0,
    exit,
    output: () => text,
    async says(pattern, deadlineMs = 30_000) {
      const deadline = Date.now() + deadlineMs
      while (true) {
        const found = pattern.exec(text)
        if (found) return found
        if (hasExited || Date.now() > deadline) throw new Error(`expected ${pattern}, got:\n${text}`)
        await sleep(20)
      }
    },
  }
}

/** Pids of all processes below this one, also of those in sessions of their own. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]))
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, above]) => above === parent).flatMap(([child]) => [child, ...below(child)])
  return below(pid)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function spawnMain(args: string[], environment: Environment): ChildProcess {
  const known = Object.entries(process.env).filter(
    ([name]) => !/^(DESKGRAPH_|DATABASE_URL$|HOST$|PORT$|LOG_LEVEL$)/.test(name),
  )
  return spawn(process.execPath, [main, ...args], {
    cwd: tmpdir(),
    env: { ...Object.fromEntries(known), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What the numbers were measured on. */
export type Machine = {
  date: string
  commit: string
  cpu: string
  cores: number
  memoryGb: number
  os: string
  /** Mean number of busy processes in the last minute. */
  load: string
  versions: string
}

export function describeMachine(postgresVersion: string): Machine {
  const [cpu] = cpus()
  const packages = ['graphql', 'graphql-yoga', 'drizzle-orm', 'pg'].map((name) => `${name} ${versionOf(name)}`)
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: outputOf('git', 'describe', '--always', '--dirty'),
    cpu: cpu?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    load: (loadavg()[0] ?? 0).toFixed(1),
    versions: `Node ${process.versions.node}, Postgres ${postgresVersion}, ${packages.join(', ')}, PostGraphile ${postgraphileVersion()}`,
  }
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
}

function postgraphileVersion(): string {
  const { dependencies } = JSON.parse(readFileSync(new URL('./postgraphile/package.json', import.meta.url), 'utf8'))
  return dependencies.postgraphile
}

function outputOf(command: string, ...args: string[]): string {
  return spawnSync(command, args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout?.trim() || 'unknown'
}

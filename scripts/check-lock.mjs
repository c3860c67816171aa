// A registry mirror that lacks a platform's package makes npm write a lock file without it, and `npm ci` then refuses
// on that platform. This finds every optional package that the lock names but does not resolve.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))

/** Node's own look-up: the nearest node_modules, from the dependent package upwards. */
function resolvedFrom(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`]
    if (found) return found
    if (folder === '') return undefined
  }
}

const problems = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }).flatMap((name) => {
    const found = resolvedFrom(path, name)
    const isComplete = found?.version && (found.link || found.inBundle || found.integrity)
    return isComplete ? [] : [`${name}, wanted by ${path || 'package.json'}`]
  }),
)

if (problems.length > 0) {
  console.error(`package-lock.json is incomplete, npm ci would refuse it on some platform:\n  ${problems.join('\n  ')}`)
  process.exit(1)
}
console.log(`package-lock.json is complete: ${Object.keys(packages).length - 1} packages.`)

/**
 * What `babel-plugin-relay` does when an application is built: puts in place of each document of a module what
 * `relay-compiler` has made of it (`npm run recipes`), and refuses one that has changed since.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { parse, print } from 'graphql'

const tagged = /graphql`(?:query|subscription) (\w+)[^`]*`/g

export function useCompiledDocuments(): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith('/recipes/relay.ts')) return loaded
      const source = String(loaded.source).replace(tagged, (document, name) => compiled(url, name, document))
      return { ...loaded, source: `import { createRequire } from 'node:module'; ${source}` }
    },
  })
}

function compiled(url: string, name: string, document: string): string {
  const file = new URL(`__generated__/${name}.graphql.ts`, url)
  const hash = createHash('md5')
    .update(print(parse(document.slice('graphql`'.length, -1))))
    .digest('hex')
  if (!readFileSync(file, 'utf8').includes(hash)) throw new Error(`${name} has changed: run \`npm run recipes\`.`)
  return `createRequire(import.meta.url)(${JSON.stringify(`./__generated__/${name}.graphql.ts`)}).default`
}

/** GraphiQL as one page from our own origin: nothing of it comes from the internet. */
import { gzipSync } from 'node:zlib'

export type GraphiqlPage = { gzipped: Buffer; plain: Buffer }

/**
 * The page with its tabs. A token is put into the headers of every tab: only for a start that nobody else can reach.
 * Loaded and rendered when first asked for, because it is 9 MB.
 */
export function graphiqlPage({ token, tabs }: { token: string | null; tabs: string[] }): () => Promise<GraphiqlPage> {
  let page: GraphiqlPage | undefined
  return async () => {
    if (!page) {
      const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
      const headers = JSON.stringify({ authorization: `Bearer ${token ?? '<your token>'}` }, null, 2)
      const html = renderGraphiQL({
        title: 'deskgraph',
        headers,
        defaultTabs: tabs.map((query) => ({ query, headers })),
        defaultEditorToolsVisibility: token ? 'variables' : 'headers',
        shouldPersistHeaders: false,
      })
      const plain = Buffer.from(html)
      page = { plain, gzipped: gzipSync(plain) }
    }
    return page
  }
}

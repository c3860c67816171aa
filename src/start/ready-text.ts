const QUERY = '{ tickets(first: 3) { totalCount nodes { number subject status backend { name } } } }'

/** Where everything is, and one line that works as pasted. `token` null: the reader has to put in a configured one. */
export function readyText({ url, token, graphiql }: { url: string; token: string | null; graphiql: boolean }): string {
  const bearer = token ?? '$TOKEN'
  const quote = token === null ? '"' : "'" // double quotes let the shell put the variable in
  const curl = [
    `curl -s ${url}`,
    `-H ${quote}authorization: Bearer ${bearer}${quote}`,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify({ query: QUERY })}'`,
  ].join(' ')
  return `
deskgraph is ready.

  GraphQL  ${url}${graphiql ? '  (GraphiQL in a browser)' : ''}
  Token    ${token ?? 'one of those you configured'}
  Try      ${curl}

Ctrl-C stops it.`
}

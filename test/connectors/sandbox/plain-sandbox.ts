/** The smallest sandbox there can be, for what all of them share: it lists the ids of its tickets. */
import type { Sandbox } from '#connectors/sandbox/sandbox.ts'

export const plainSandbox: Sandbox = {
  vendor: 'plain',
  hosts: ['api', 'login'],
  open: (desk, { origins }) => ({
    settings: { baseUrl: origins.api, loginUrl: origins.login },
    handle(host, request) {
      if (request.path === '/boom') throw new Error('boom')
      if (request.path === '/echo') {
        const { method, path, query, body } = request
        return {
          status: 200,
          body: { host, method, path, query: Object.fromEntries(query), body: body.toString('utf8') },
        }
      }
      if (request.path === '/bytes')
        return { status: 200, headers: { 'content-type': 'image/png' }, body: Buffer.from([1, 2, 3]) }
      return { status: 200, body: { tickets: [...desk.tickets.keys()] } }
    },
  }),
}

import { afterEach, describe, expect, it, vi } from 'vitest'
import { addMessage, addTicket, emptyDesk } from '#connectors/sandbox/build.ts'
import { type ServedSandbox, serveSandbox } from '#connectors/sandbox/server.ts'
import { plainSandbox } from './plain-sandbox.ts'

let served: ServedSandbox | undefined
afterEach(async () => {
  await served?.close()
  served = undefined
})

async function open() {
  const desk = emptyDesk({ now: () => new Date('2026-03-01T10:00:00Z') })
  const ticket = addTicket(desk, { subject: 'Where is my parcel?' })
  addMessage(desk, { ticketId: ticket.id, text: 'It should be here.' })
  served = await serveSandbox(plainSandbox, desk)
  const base = served.origins.api
  const post = (path: string, body: unknown) => fetch(base + path, { method: 'POST', body: JSON.stringify(body) })
  return { desk, ticket, served, base, post }
}

describe('a served sandbox', () => {
  it('gives each host its own port and its settings the origins', async () => {
    const { served, base } = await open()
    expect(served.settings).toEqual({ baseUrl: served.origins.api, loginUrl: served.origins.login })
    expect(await (await fetch(`${served.origins.login}/echo`)).json()).toMatchObject({ host: 'login' })
    const answer = await fetch(`${base}/echo?a=1&b=%20x`.replace('echo', 'ech%6f'), { method: 'PUT', body: '{"x":1}' })
    expect(await answer.json()).toEqual({
      host: 'api',
      method: 'PUT',
      path: '/echo',
      query: { a: '1', b: ' x' },
      body: '{"x":1}',
    })
  })

  it('sends bytes as they are', async () => {
    const { base } = await open()
    const answer = await fetch(`${base}/bytes`)
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect([...(await answer.bytes())]).toEqual([1, 2, 3])
  })

  it('answers 500 when the vendor part throws, and says so on stderr', async () => {
    const { base } = await open()
    const lines = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    expect((await fetch(`${base}/boom`)).status).toBe(500)
    expect(String(lines.mock.calls[0]?.[0])).toContain('sandbox plain/api: GET /boom: Error: boom')
    lines.mockRestore()
  })

  it('ends at once although a request waits for an answer', async () => {
    const { served, base } = await open()
    served.faults.next('time-out')
    const waiting = fetch(`${base}/tickets`).catch((error) => error)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const started = performance.now()
    await served.close()
    expect(performance.now() - started).toBeLessThan(500)
    expect(await waiting).toBeInstanceOf(Error)
  })

  it('counts its desk and takes a message over HTTP', async () => {
    const { base, post, ticket } = await open()
    expect(await (await fetch(`${base}/__sandbox/counts`)).json()).toMatchObject({
      tickets: 1,
      messages: 1,
      contacts: 1,
    })
    expect((await post('/__sandbox/message', { ticketId: ticket.id, text: 'Hello?' })).status).toBe(200)
    expect(ticket.messages.at(-1)?.text).toBe('Hello?')
    expect(ticket).toMatchObject({ isReadByAgent: false, unreadCount: 2 })
  })
})

describe('faults', () => {
  it('come in the order asked for, as often as asked for, then end', async () => {
    const { served, base } = await open()
    served.faults.next('429', { count: 2 })
    served.faults.next('429-bare')
    served.faults.next('500')
    served.faults.next('502')
    const seen: unknown[] = []
    for (let call = 0; call < 6; call += 1) {
      const answer = await fetch(`${base}/tickets`)
      seen.push([answer.status, answer.headers.get('retry-after')])
    }
    expect(seen).toEqual([
      [429, '1'],
      [429, '1'],
      [429, null],
      [500, null],
      [502, null],
      [200, null],
    ])
  })

  it('hit only the paths named', async () => {
    const { base, post } = await open()
    await post('/__sandbox/faults', { kind: '500', path: '^/echo' })
    expect((await fetch(`${base}/tickets`)).status).toBe(200)
    expect((await fetch(`${base}/echo`)).status).toBe(500)
  })

  it('reset and cut break the connection', async () => {
    const { served, base } = await open()
    served.faults.next('reset')
    await expect(fetch(`${base}/tickets`)).rejects.toThrow()
    served.faults.next('cut')
    const answer = await fetch(`${base}/tickets`)
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10)
    await expect(answer.text()).rejects.toThrow()
  })

  it('malformed and html answer 200 with what is no JSON', async () => {
    const { served, base } = await open()
    for (const kind of ['malformed', 'html'] as const) {
      served.faults.next(kind)
      const answer = await fetch(`${base}/tickets`)
      expect(answer.status).toBe(200)
      await expect(answer.json()).rejects.toThrow(SyntaxError)
    }
  })

  it('slow answers right, but late', async () => {
    const { served, base } = await open()
    served.faults.next('slow', { delayMs: 120 })
    const started = performance.now()
    expect((await fetch(`${base}/tickets`)).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(110)
  })

  it('a rate hits about its share, the same way for the same seed, until it is cleared', async () => {
    const { served, base } = await open()
    const run = async () => {
      served.faults.rate('500', 0.3, 7)
      const seen: number[] = []
      for (let call = 0; call < 60; call += 1) seen.push((await fetch(`${base}/tickets`)).status)
      return seen
    }
    const first = await run()
    expect(await run()).toEqual(first)
    expect(first.filter((status) => status === 500).length).toBeGreaterThan(8)
    expect(first.filter((status) => status === 500).length).toBeLessThan(30)
    served.faults.clear()
    expect((await fetch(`${base}/tickets`)).status).toBe(200)
  })

  it('an unknown kind is refused with the list of kinds', async () => {
    const { post } = await open()
    const answer = await post('/__sandbox/faults', { kind: 'fire' })
    expect(answer.status).toBe(400)
  })
})

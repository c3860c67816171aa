/** The request under way: its id, where it came from, and what is noted of it for the one line it leaves in the log. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { BlockList, isIP } from 'node:net'

export type RequestFacts = {
  /** The client's own where it sent a well-formed one, so that it can be followed through several programs. */
  id: string
  /** Null: the connection was gone before anybody looked. */
  clientAddress: string | null
  startedAtMs: number
  /** What is filled in on the way, as far as it gets. */
  path: string | null
  tokenName: string | null
  operation: string | null
  cost: number | null
}

const underWay = new AsyncLocalStorage<RequestFacts>()

/** Runs `work` as a request: whatever it causes knows of it. */
export function inRequest<Result>(facts: RequestFacts, work: () => Result): Result {
  return underWay.run(facts, work)
}

export function requestNow(): RequestFacts | undefined {
  return underWay.getStore()
}

/** For each line of the log. */
export function requestIdNow(): { requestId?: string } {
  const facts = underWay.getStore()
  return facts ? { requestId: facts.id } : {}
}

/** Takes a request's id or makes one, and sends it with the answer. */
export function requestFacts(
  request: IncomingMessage,
  response: Pick<ServerResponse, 'setHeader'>,
  isProxy: (address: string) => boolean,
): RequestFacts {
  const given = request.headers['x-request-id']
  const id = typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID()
  response.setHeader('x-request-id', id)
  const clientAddress = clientAddressOf(request, isProxy)
  return { id, clientAddress, startedAtMs: performance.now(), path: null, tokenName: null, operation: null, cost: null }
}

const WELL_FORMED = /^[\w.:=-]{8,128}$/

/** Whether an address is one of these: addresses, or networks such as `10.0.0.0/8`. */
export function openProxies(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', length] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (length === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(length), family)
  }
  return (address) => isIP(address) > 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Anybody can write `X-Forwarded-For`: it counts from its end on, as far as proxies of ours wrote it. */
function clientAddressOf(request: IncomingMessage, isProxy: (address: string) => boolean): string | null {
  const { remoteAddress } = request.socket
  if (remoteAddress === undefined) return null
  let address = plain(remoteAddress)
  const forwarded = request.headers['x-forwarded-for']
  if (forwarded === undefined) return address
  const hops = String(forwarded)
    .split(',')
    .map((hop) => plain(hop.trim()))
  while (isProxy(address)) {
    const before = hops.pop()
    if (before === undefined || isIP(before) === 0) break
    address = before
  }
  return address
}

/** An IPv4 address as such, however a socket for both kinds writes it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

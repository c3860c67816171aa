/**
 * How far a call may go. Addresses come from two kinds of people: the operator, whose word may well lead into the own
 * network, and help desks and their customers, whose word must not.
 */
import dns from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** `configured`: the operator named this host, wherever it lies. `public`: somebody else did, so only the internet is called. */
export type Reach = 'configured' | 'public'

/** An address that leads inside, or nowhere; it was not called. */
export class InsideError extends Error {
  override name = 'InsideError'
}

/** IPv6 is given out from here only; what else looks like unicast is old (`::127.0.0.1`) or not in use. */
const givenOut = ipaddr.parseCIDR('2000::/3')
/** The metadata service of Azure, the one that has an address of the internet. */
const azureInside = '168.63.129.16'

/** Whether an IP address is one machine's on the internet; one that carries an IPv4 address inside counts as that. */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address) || address.includes('%')) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast' || address === azureInside) return false
  return parsed.kind() === 'ipv4' || parsed.match(givenOut as never)
}

/** @throws InsideError for a host that is no name but the address of a machine inside; those are never looked up. */
export function checkHost({ hostname }: URL): void {
  const address = hostname.replace(/^\[|\]$/g, '')
  if (isIP(address) && !isPublicAddress(address)) throw new InsideError(`${hostname} is no address on the internet`)
}

/**
 * Looks a name up and gives what was checked to the connection, so that a second answer of the name server changes nothing.
 * A name with even one address inside leads nowhere.
 */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  dns.lookup(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, [])
    const inside = found.find(({ address }) => !isPublicAddress(address))
    const [first] = found
    if (inside || !first) return done(new InsideError(`${hostname} is no host on the internet`), [])
    if (options.all) return done(null, found)
    done(null, first.address, first.family)
  })
}

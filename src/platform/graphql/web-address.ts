/**
 * An address of the web as somebody else's data has it; null for any other, such as `javascript:`, which clients would put into a
 * link or a picture.
 */
export function webAddress(address: string | null): string | null {
  if (address === null || plainAddress.test(address)) return address
  const url = URL.parse(address)
  return url && /^https?:$/.test(url.protocol) ? address : null
}

/** What is one at a glance, as most pictures of people have it: in a third of the time that parsing takes. */
const plainAddress = /^https?:\/\/(?:[a-z\d]+\.)+[a-z]+\/[\w./-]*$/

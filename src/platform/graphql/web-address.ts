/**
 * An address of the web as somebody else's data has it; null for any other, such as `javascript:`, which clients would put into a
 * link or a picture.
 */
export function webAddress(address: string | null): string | null {
  const url = address === null ? null : URL.parse(address)
  return url && /^https?:$/.test(url.protocol) ? address : null
}

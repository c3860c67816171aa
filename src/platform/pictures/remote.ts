/**
 * Pictures that lie somewhere on the web, such as those in mails: fetched by this gateway when somebody wants to see them, so
 * that whoever put them there learns neither who reads nor from where. Their addresses are signed: nobody can have
 * anything else fetched.
 */
import { partsOfSigned, signedPath } from '#platform/http/signed-address.ts'

export const remotePicturePath = '/pictures/'

/** For an hour the address stays the same, so that browsers keep what they have. */
const stepMs = 60 * 60_000
const lifeMs = 2 * stepMs
/** The longest address that is worth a try; ours is a third longer, and browsers and proxies end at 8,000. */
const longestAddress = 2_000

type Signer = { origin: string; now: Date; downloadKey: string | null }

/** Where this gateway gives the picture at `address`; null where it does not. */
export function remotePictureUrlOf(address: string, { origin, now, downloadKey }: Signer): string | null {
  const url = URL.parse(address)
  if (downloadKey === null || !url || !isFetchable(url) || url.href.length > longestAddress) return null
  const expiresAt = new Date(Math.floor(now.getTime() / stepMs) * stepMs + lifeMs)
  return `${origin}${signedPath(remotePicturePath, [url.href], { expiresAt, key: downloadKey })}`
}

/** Which picture a path stands for; null when it is not ours, was changed, or is too old. */
export function remotePictureOf(path: string, signer: { now: Date; key: string }): URL | null {
  const [address] = partsOfSigned(remotePicturePath, path, signer) ?? []
  return address === undefined ? null : URL.parse(address)
}

/** Of the web and at its usual ports: services that are no web servers hear nothing of us. */
export function isFetchable({ protocol, port, username, password }: URL): boolean {
  return /^https?:$/.test(protocol) && port === '' && username === '' && password === ''
}

/** As the policy of `richtext` writes them: the address is the first attribute, its signs escaped. */
const heldBack = /<img data-original="([^"<>]*)"/g

/** How many pictures of the web are held back in HTML that was cleaned. */
export function countRemotePictures(cleanHtml: string): number {
  return [...cleanHtml.matchAll(heldBack)].length
}

/** Clean HTML whose pictures of the web are shown, through this gateway; those it does not fetch stay held back. */
export function withRemotePictures(cleanHtml: string, signer: Signer): string {
  return cleanHtml.replace(heldBack, (tag, address: string) => {
    const ours = remotePictureUrlOf(unescaped(address), signer)
    return ours === null ? tag : `${tag} src="${ours}" loading="lazy" referrerpolicy="no-referrer"`
  })
}

const signs: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' }

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => signs[entity] ?? entity)
}

/**
 * What is a secret in what others send us, told by its name or its form, and how it is cut out: before anything is stored,
 * shown or logged. Pure, and linear in the length of the text.
 */

const CENSOR = '[secret]'

/** Nothing shorter is looked for by its value: it would be found in ordinary words. */
const LEAST_LENGTH = 6

const ENDING =
  'password|passwd|passphrase|passcode|secret|token|api[_-]?key|private[_-]?key|secret[_-]?key|access[_-]?key|access[_-]?key[_-]?secret|signing[_-]?key|auth[_-]?key|authorization|credential|cookie|jwt|hmac|session[_-]?id'
const SECRET_NAME = new RegExp(`(?:(?:${ENDING})s?|^pwd|^otp|^hmac[_-]?identifier|^identifier[_-]?hash)$`, 'i')
const namesKnown = new Map<string, boolean>()
const MOST_NAMES = 5000

/** Whether a field of this name holds a secret: `password`, `pageAccessToken`, `x-api-key`; not `tokenName`, `accessKeyId`. */
export function isSecretName(name: string): boolean {
  const known = namesKnown.get(name)
  if (known !== undefined) return known
  const isSecret = name.length <= 80 && SECRET_NAME.test(name)
  if (namesKnown.size < MOST_NAMES) namesKnown.set(name, isSecret)
  return isSecret
}

/** Of Amazon, Google, Alibaba, Azure and CloudFront, and whatever is called like a secret. */
const PARAMETER = `(?:x-(?:amz|goog|oss)-(?:signature|credential|security-token)|signature|sig|(?:[a-z]{1,20}[_-])?(?:${ENDING}|key))`
const SIGNED_QUERY = new RegExp(`[?&;]${PARAMETER}=`, 'i')
const LINK = /^https?:\/\/\S+$/i
const USER_IN_LINK = /^(https?:\/\/)[^/?#@]*@/i

/** A link without its query when that opens something to whoever has it, and without a password before the host. */
export function linkWithoutSecrets(link: string): string {
  const at = link.indexOf('?')
  const open = at >= 0 && SIGNED_QUERY.test(link) ? link.slice(0, at) : link
  return USER_IN_LINK.test(open) ? open.replace(USER_IN_LINK, '$1') : open
}

const isLink = (text: string) => text.length < 5000 && LINK.test(text)

/** What people wrote is kept to the letter, even when it is nothing but a link. */
const WRITTEN = /^(content|body|text|html|message|description|subject|processed_message_content|full|reply|quoted)$/i

/**
 * A vendor's JSON without fields named like secrets, unless they are only said to be there (true, false, null), with links
 * that open nothing any more, and without values that `conceal` knows. What holds none of them is not copied.
 */
export function jsonWithoutSecrets<Value>(value: Value, conceal: Conceal = asItIs, key = ''): Value {
  if (typeof value === 'string') {
    const open = value.startsWith('http') && isLink(value) && !WRITTEN.test(key) ? linkWithoutSecrets(value) : value
    return conceal(open) as Value
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (const [index, item] of value.entries()) {
      const clean = jsonWithoutSecrets(item, conceal, key)
      if (clean === item) continue
      copy ??= [...value]
      copy[index] = clean
    }
    return (copy ?? value) as Value
  }
  const object = value as Record<string, unknown>
  let copy: Record<string, unknown> | null = null
  for (const name of Object.keys(object)) {
    const item = object[name]
    if (item !== null && typeof item !== 'boolean' && isSecretName(name) && !isCount(name, item)) {
      copy ??= { ...object }
      delete copy[name]
      continue
    }
    const clean = jsonWithoutSecrets(item, conceal, name)
    if (clean === item) continue
    copy ??= { ...object }
    copy[name] = clean
  }
  return (copy ?? value) as Value
}

/** `max_tokens: 500` counts them. A secret that is a number is one: `otp`, `passcode`. */
function isCount(name: string, value: unknown): boolean {
  return typeof value === 'number' && /s$/i.test(name)
}

// ------------------------------------------------------------------ in running text

const QUOTE = String.raw`\\{0,3}["']`
const REST = String.raw`(?!\[secret\])[^"'\\\s&,;<>)}\]]{1,4000}`
const PATTERNS: [RegExp, string][] = [
  // "Bearer eyJ…"; words without a digit are words: "Bearer authentication is required".
  [/\b(bearer|basic|token|auth-key)\s{1,3}(?=[\w.~+/=:-]{0,200}\d)[\w.~+/=:-]{8,4000}/gi, `$1 ${CENSOR}`],
  [/\beyJ[\w-]{8,4000}\.[\w-]{8,4000}(?:\.[\w-]{0,4000})?/g, CENSOR],
  // password=…, "password":"…", X-Amz-Signature=…
  [
    new RegExp(
      `((?:${ENDING}|signature|[?&]sig|[?&]key)(?:\\s{0,3}=\\s{0,3}(?:${QUOTE})?|${QUOTE}\\s{0,3}:\\s{0,3}${QUOTE}))${REST}`,
      'gi',
    ),
    `$1${CENSOR}`,
  ],
  // token: 0123abcd…; "token: it is not accepted" are words.
  [
    new RegExp(`((?:${ENDING})(?:${QUOTE})?\\s{0,3}:\\s{0,3})(?=[\\w.~+/=-]{0,200}\\d)[\\w.~+/=-]{8,4000}`, 'gi'),
    `$1${CENSOR}`,
  ],
  [/(\w:\/\/)[^\s/@"'\\]{1,300}@/g, `$1${CENSOR}@`],
]
const SUSPICIOUS = new RegExp(`bearer|basic|eyJ|://|sig=|[?&]key=|signature|${ENDING}`, 'i')

/** For messages of failures and lines of logs: what looks like a credential is cut out, the words stay. */
export function textWithoutSecrets(text: string): string {
  if (!SUSPICIOUS.test(text)) return text
  return PATTERNS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text)
}

// ------------------------------------------------------------------ known ones

export type Conceal = (text: string) => string

const asItIs: Conceal = (text) => text

/** Cuts out exactly these values, wherever they stand in a text, also as JSON and addresses write them. */
export function concealing(secrets: Iterable<string>, mark = CENSOR): Conceal {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < LEAST_LENGTH) continue
    forms.add(secret).add(JSON.stringify(secret).slice(1, -1)).add(encodeURIComponent(secret.toWellFormed()))
  }
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  const shortest = longestFirst.at(-1)?.length
  if (shortest === undefined) return asItIs
  return (text) => {
    if (text.length < shortest) return text
    let clean = text
    for (const form of longestFirst) if (clean.includes(form)) clean = clean.replaceAll(form, () => mark)
    return clean
  }
}

/** The same error with the words of its message, stack and causes concealed; in place, since its kind says what happens next. */
export function concealIn(error: unknown, conceal: Conceal, depth = 0): void {
  if (!(error instanceof Error) || depth > 4) return
  const message = conceal(error.message)
  if (message !== error.message) {
    error.stack = error.stack?.replace(error.message, message) ?? ''
    error.message = message
  }
  if (error.stack) error.stack = conceal(error.stack)
  concealIn(error.cause, conceal, depth + 1)
}

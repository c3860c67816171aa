import EmailReplyParser from 'email-reply-parser'

/** Without one of these nothing is quoted, and the parser's sixty patterns per line can be spared. */
const QUOTE_MARKER =
  /^\s{0,20}>|^\s{0,20}(?:From|Von|De|Da|Van)\s?:|wrote:|schrieb|écrit|escribió|scritto|escreveu|schreef|pisze:|napisał|skrev|kirjoitti|写道|작성:|メッセージ:|original message|oprindelig besked|message d'origine|ursprüngliche nachricht/im

/** Some of the parser's patterns take quadratic time. */
const MAX_TEXT_LENGTH = 20_000

export function hasQuoteMarker(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && QUOTE_MARKER.test(text)
}

/** The part of a mail that repeats earlier ones; null when there is none. Can be slow: runs in a worker thread. */
export function quotedTextOf(text: string): string | null {
  if (!hasQuoteMarker(text)) return null
  return new EmailReplyParser().parseReplied(text).trim() || null
}

/** What the writer of a mail wrote, without what it repeats. Can be slow: runs in a worker thread. */
export function unquotedTextOf(text: string): string {
  return hasQuoteMarker(text) ? new EmailReplyParser().parseReply(text) : text
}

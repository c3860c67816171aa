/** What clients say of a file they want to upload, made safe to keep and to show. */
import { MIMEType } from 'node:util'
import type { AttachmentKind } from '#vocabulary.ts'

/** Control characters, line ends, and those that turn the direction of writing: with them `gpj.exe` reads as `exe.jpg`. */
const unwritable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** The name without folders, whichever system wrote it, and without what cannot be seen; may be empty. */
export function fileName(given: string): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  // Windows drops dots and blanks at the end, and would then see another extension than we.
  return withoutEnd(last.replace(unwritable, '').replace(/\s+/g, ' ')).trimStart()
}

/** A pattern would take quadratic time: minutes for a name of some hundred kilobytes of dots and blanks. */
function withoutEnd(name: string): string {
  let end = name.length
  while (name[end - 1] === '.' || name[end - 1] === ' ') end--
  return name.slice(0, end)
}

/** `type/subtype` with its parameters, in the one way to write it; null when it is none. Any type is taken. */
export function mediaType(given: string): string | null {
  try {
    return new MIMEType(given).toString()
  } catch {
    return null
  }
}

export function kindOfType(contentType: string): AttachmentKind {
  const [family] = contentType.split('/', 1)
  if (family === 'image') return 'IMAGE'
  if (family === 'audio') return 'AUDIO'
  return family === 'video' ? 'VIDEO' : 'FILE'
}

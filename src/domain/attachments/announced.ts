/** What clients say of a file they want to upload, made safe to keep and to show. */
import { MIMEType } from 'node:util'
import type { AttachmentKind } from '#vocabulary.ts'

/** Control characters, line ends, and those that turn the direction of writing: with them `gpj.exe` reads as `exe.jpg`. */
const unwritable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** The name without folders, whichever system wrote it, and without what cannot be seen; may be empty. */
export function fileName(given: string): string {
  if (given.length <= longestShown && plain.test(given) && !ofDevice.test(given)) return given
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  // Windows drops dots and blanks at the end, and would then see another extension than we.
  const name = withoutEnd(last.replace(unwritable, '').replace(/\s+/g, ' ')).trimStart()
  return ofDevice.test(name) ? `_${name}` : name
}

/** What comes back as it is, as most names do: in 100 ns instead of 1,500, for each file of a list. */
const plain = /^[\w-]+(?:[ .][\w-]+)*$/

/** Names that Windows takes for a device, whatever their extension. */
const ofDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

const longestShown = 255
const longestExtension = 20

/** The same of a name that a help desk gives, never empty, and short enough for a header and a list. */
export function shownFileName(given: string): string {
  const name = fileName(given) || 'file'
  if (name.length <= longestShown) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= longestExtension ? name.slice(dot) : ''
  return `${name.slice(0, longestShown - extension.length - 1)}…${extension}`.toWellFormed()
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

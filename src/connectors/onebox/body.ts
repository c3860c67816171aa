/** The body of a message, its parts kept. */
import type { BodyPart, BodyRecord, Json } from '#connectors/contract.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import type { MessageContentType } from '#vocabulary.ts'
import type { Content, Message } from './types.ts'

const plain = 'text/plain'

/**
 * Chosen in this order: `Contents` (a list), `Content` (text), `Content` (an object). Where `Content` and `Contents`
 * differ (SEEN: a character is missing) `Contents` is right. More than one part: joined by an empty line.
 */
export function bodyFrom(message: Message): {
  body: BodyRecord
  contentType: MessageContentType | null
  mediaType: string
} {
  const contents = contentsOf(message)
  const first = contents[0]
  const mediaType = first ? mediaTypeOf(first) : plain
  const contentType = contentTypeOf(mediaType)
  const bodies = contents.map((content) => asText(content.Body)).filter((text) => text !== null)
  const texts = contents.map((content) => plainTextOf(content))
  const text = texts.every((item) => item !== null) && texts.length > 0 ? texts.join('\n\n') : null

  const body: BodyRecord = { parts: contents.map(partFrom) }
  if (contentType === 'HTML') {
    body.html = bodies.join('\n\n')
    // An empty BodyText beside a body with something in it says nothing.
    if (text !== null && (text !== '' || body.html === '')) body.text = text
  } else if (contentType === 'MARKDOWN') {
    body.markdown = bodies.join('\n\n')
    body.text = text ?? body.markdown
  } else {
    body.text = text ?? bodies.join('\n\n')
  }
  if (body.parts?.length === 0) delete body.parts
  return { body, contentType, mediaType }
}

function contentsOf(message: Message): Content[] {
  const list = Array.isArray(message.Contents) ? message.Contents : message.Contents ? [message.Contents] : []
  const contents = list
    .map(objectOf)
    .filter((content) => content !== null && Object.keys(content).length > 0) as Content[]
  if (contents.some((content) => asText(content.Body) !== null || asText(content.BodyText) !== null)) return contents
  if (typeof message.Content === 'string')
    return [{ Id: message.Id ?? null, Body: message.Content, ContentType: plain }]
  const object = objectOf(message.Content)
  return object && Object.keys(object).length > 0 ? [object as Content] : contents
}

function partFrom(content: Content, index: number): BodyPart {
  const id = idOf(content.Id) ?? 'part'
  return {
    id: index === 0 ? id : `${id}:${index + 1}`,
    contentType: mediaTypeOf(content),
    encoding: textOf(content.Encoding),
    body: asText(content.Body) ?? '',
    text: asText(content.BodyText),
    templateId: idOf(content.TemplateId),
    meta: content.Meta ?? null,
  }
}

function plainTextOf(content: Content): string | null {
  if (mediaTypeOf(content) === 'text/html') return asText(content.BodyText)
  return asText(content.Body) ?? asText(content.BodyText)
}

/** Lower case, without parameters such as a charset. Nothing: plain text. */
function mediaTypeOf(content: Content): string {
  return textOf(content.ContentType)?.split(';')[0]?.trim().toLowerCase() || plain
}

function contentTypeOf(mediaType: string): MessageContentType | null {
  const known: Record<string, MessageContentType> = {
    [plain]: 'TEXT',
    'text/html': 'HTML',
    'text/markdown': 'MARKDOWN',
  }
  const family: Record<string, MessageContentType> = { image: 'IMAGE', audio: 'AUDIO', video: 'VIDEO' }
  return known[mediaType] ?? family[mediaType.split('/')[0] ?? ''] ?? null
}

/** Text exactly as it came, the empty one too. */
function asText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : textOf(value)
}

/** By what OneBox finds the thread an answer belongs to. */
import { idOf, wordOf } from '#connectors/reading.ts'
import type { Settings } from './settings.ts'
import type { Message } from './types.ts'
import { mediaOfCode } from './words.ts'

export type Route = {
  isMail: boolean
  /** The answer has to name the customer. */
  isMention: boolean
  methodId: string | null
  conversationId: string | null
  previousId: string | null
}

/**
 * `PreviousId` where everybody can read along and for e-mails, `ConversationId` where only the contact can (SEEN).
 * There `PreviousId` goes along: the reference's own example of a direct message has it instead of the other (SEEN for
 * Twitter), and threads may have no ConversationId (SEEN on WhatsApp).
 */
export function routeOf(answered: Message, { channelMap }: Settings): Route {
  const mediaId = idOf(answered.MediaId)
  const channel = wordOf(channelMap, mediaId) ?? wordOf(mediaOfCode, mediaId)?.type
  const isMail = channel === 'EMAIL'
  const given = idOf(answered.MethodId)
  // `POST` would publish a new post on our own page; a post is answered by a comment or a mention (INFERRED).
  const methodId = given?.toUpperCase() === 'POST' ? (channel === 'TWITTER' ? 'MENTION' : 'COMMENT') : given
  const isPublic = isMail || methodId?.toUpperCase() === 'COMMENT' || methodId?.toUpperCase() === 'MENTION'
  return {
    isMail,
    isMention: channel === 'TWITTER' && methodId?.toUpperCase() === 'MENTION',
    methodId,
    conversationId: isPublic ? null : idOf(answered.ConversationId),
    previousId: idOf(answered.Id),
  }
}

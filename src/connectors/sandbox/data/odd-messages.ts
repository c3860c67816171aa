/** The rare kinds of messages: bots, failed deliveries, forwards, block editors, mentions, files. See `oddities.ts`. */
import type { EmailAddressDirection } from '#vocabulary.ts'
import type { addMessage, NewMessage } from '../build.ts'
import type { Desk, DeskAgent, DeskContact, DeskTicket } from '../desk.ts'
import { can, expressible, type VendorKey } from '../expressible.ts'
import { tagNamed } from './furniture.ts'

/** A ticket just opened, and how to say something in it. */
export type OddTicket = {
  ticket: DeskTicket
  requester: DeskContact
  agent: DeskAgent
  say: (message: Omit<NewMessage, 'ticketId'>) => ReturnType<typeof addMessage>
}
/** What the functions work with. */
export type OddityTools = {
  vendor: VendorKey
  desk: Desk
  end: number
  open: (subject: string, partial?: Partial<DeskTicket>, person?: Partial<DeskContact>) => OddTicket
}

export function chats({ vendor, desk, open }: OddityTools): void {
  const { actors, deliveries } = expressible[vendor]
  if (can(vendor, 'systemLines')) {
    const { say, agent, requester } = open('Handed over twice')
    say({ text: 'I was told somebody from billing would take over?' })
    say({ isSystemLine: true, type: 'REPLY_OUTBOUND', text: `Assigned to ${agent.name} by ${desk.agents[0]?.name}` })
    say({ type: 'REPLY_OUTBOUND', text: `Hello ${requester.name}, that is me. What can I do for you?` })
    say({ isSystemLine: true, type: 'REPLY_OUTBOUND', text: `${agent.name} set the priority to high` })
    say({ text: 'My March invoice has my old company on it.' })
  }
  if (actors.includes('CHATBOT')) {
    const { say } = open('Opening times', { assigneeId: desk.bots[0]?.id ?? null, status: 'NEW' })
    say({ text: 'when do you open tomorrow' })
    say({
      type: 'REPLY_OUTBOUND',
      author: { id: desk.bots[0]?.id ?? null },
      text: 'Tomorrow we are open from 9:00 to 18:00. Did that answer your question?',
    })
    say({ text: 'yes thx' })
  }
  if (actors.includes('CHANNEL_ACCOUNT')) {
    const { say, ticket } = open('Comment below our spring post')
    const account = desk.channels.find((channel) => channel.type === 'FACEBOOK')?.account
    say({
      type: 'REPLY_OUTBOUND',
      author: { type: 'CHANNEL_ACCOUNT', id: account?.id ?? null, name: account?.name ?? null },
      text: 'Our spring collection is here!',
    })
    say({ text: 'Do you have the green one in XL?' })
    ticket.channelId = desk.channels.find((channel) => channel.type === 'FACEBOOK')?.id ?? ticket.channelId
  }
  if (actors.includes('OUTREACH_CAMPAIGN')) {
    const { say } = open('How was your stay?')
    say({
      type: 'REPLY_OUTBOUND',
      author: { type: 'OUTREACH_CAMPAIGN', id: 77, name: 'After the stay' },
      text: 'You stayed with us last week. Would you tell us how it was?',
    })
    say({ text: 'Lovely, only the shower was a bit cold in the mornings.' })
  }
  if (deliveries.includes('FAILED')) {
    const { say, requester } = open('Message could not be delivered')
    say({ text: 'please text me the code again' })
    say({
      type: 'REPLY_OUTBOUND',
      text: 'Here is your code once more.',
      delivery: { status: 'FAILED', failReason: 'Recipient is not reachable (code 131026)', retryCount: 3 },
    })
    for (const status of deliveries.filter((word) => word !== 'FAILED')) {
      say({
        type: 'REPLY_OUTBOUND',
        text: `${deliveryTexts[status] ?? ''} ${requester.phone ?? ''}`.trim(),
        delivery: { status, failReason: null, retryCount: status === 'SENDING' ? 1 : 0 },
      })
    }
  }
  if (can(vendor, 'deletedMessages')) {
    const { say } = open('Sent to the wrong person')
    say({ text: 'Hello?' })
    say({ type: 'REPLY_OUTBOUND', text: 'This message was deleted', isDeleted: true })
    const question = say({ type: 'REPLY_OUTBOUND', text: 'Sorry, that was meant for somebody else. How can I help?' })
    say({ text: 'ha, no worries. my parcel is fine, thanks', inReplyToId: question.id })
  }
  if (can(vendor, 'translation')) {
    const { say } = open('Schlüssel im Zimmer vergessen', { language: 'de' })
    say({
      text: 'Ich habe meinen Schlüsselbund im Zimmer 214 liegen lassen.',
      translation: { locale: 'en', text: 'I left my bunch of keys in room 214.' },
    })
    say({
      type: 'REPLY_OUTBOUND',
      text: 'Wir haben ihn gefunden und schicken ihn Ihnen zu.',
      translation: { locale: 'en', text: 'We have found it and will send it to you.' },
    })
  }
}

const deliveryTexts: Record<string, string> = {
  QUEUED: 'We will call you this afternoon at',
  SENDING: 'Another attempt goes to',
  SENT: 'Sent again to',
  DELIVERED: 'It should be on',
  READ: 'Thanks for confirming',
}

export function mails({ vendor, desk, open }: OddityTools): void {
  if (expressible[vendor].directions.length === 0) return
  const channel = desk.channels.find((candidate) => candidate.type === 'EMAIL')
  if (!channel) return
  const { say, requester } = open('Minutes of the meeting with all of you', { channelId: channel.id })
  const email = requester.email ?? 'someone@example.org'
  const address = (direction: EmailAddressDirection, mailbox = email, name: string | null = requester.name) => ({
    email: mailbox,
    name,
    direction,
  })
  const desks = address('TO', channel.account.address ?? 'support@example.com', channel.account.name)
  const hostile =
    '<div>Hello,<br>the <b>minutes</b> are <a href="https://files.example.org/minutes">here</a>.<script>alert(document.cookie)</script>' +
    '<img src="https://track.example.net/pixel.gif?m=1" width="1" height="1" onerror="alert(1)"><style>body{display:none}</style></div>'
  say({
    text: 'Hello,\nthe minutes are here.',
    html: hostile,
    subject: 'Minutes of the meeting with all of you',
    sourceId: '<minutes-1@example.org>',
    addresses: [
      address('FROM'),
      desks,
      address('CC', 'ceo@example.org', 'Doyle, Rory'),
      address('CC', 'legal@example.org', null),
      address('BCC', 'silent@example.net', null),
    ],
  })
  say({
    type: 'REPLY_OUTBOUND',
    text: 'Received, thank you all.',
    html: '<p>Received, thank you all.</p>',
    subject: 'Re: Minutes of the meeting with all of you',
    addresses: [{ ...desks, direction: 'FROM' }, address('TO'), address('CC', 'ceo@example.org', 'Doyle, Rory')],
  })

  const { directions } = expressible[vendor]
  if (directions.includes('RESENT_FROM')) {
    const all = open('Passed on by three people', { channelId: channel.id })
    all.say({
      text: 'See below, I think this belongs to you.',
      subject: 'Fwd: Passed on by three people',
      addresses: directions.map((direction, index) =>
        address(
          direction,
          `${direction.toLowerCase().replace('_', '-')}@example.org`,
          index % 2 === 0 ? null : 'Hannah Fairchild',
        ),
      ),
    })
  }
}

export function deskHeroKinds({ vendor, open, end }: OddityTools): void {
  const { conversationTypes } = expressible[vendor]
  if (conversationTypes.includes('FORWARD')) {
    const { say, agent } = open('Warranty question for the manufacturer')
    say({ text: 'Is the battery covered by the warranty after 14 months?' })
    say({
      type: 'FORWARD',
      text: 'Dear colleagues, could you answer this one? The device was bought 14 months ago.',
      author: { id: agent.id },
      addresses: [
        { email: 'support@deskhero.example.com', name: 'Support', direction: 'FROM' },
        { email: 'warranty@maker.example.net', name: 'Warranty', direction: 'FORWARDED_TO' },
      ],
    })
    say({ type: 'NOTE_PUBLIC', text: 'We have asked the manufacturer and answer by Thursday.' })
    say({
      type: 'UNKNOWN',
      text: 'Imported from the old system: "battery 24 months acc. to contract".',
      author: { type: 'AGENT', id: agent.id, name: agent.name },
    })
    say({
      type: 'SUGGESTED_REPLY',
      text: 'Good news: batteries are covered for 24 months. Please send us the serial number.',
    })
  }
  if (can(vendor, 'editorjs')) {
    const { say } = open('Written with the block editor')
    say({ text: 'How do I reset the thermostat?' })
    say({
      type: 'REPLY_OUTBOUND',
      text: 'Three steps\nHold both buttons.\nWait for the beep.\nLet go.',
      editorjs: {
        time: end - 60 * 3_600_000,
        version: '2.30.6',
        blocks: [
          { id: 'h7Xa', type: 'header', data: { text: 'Three steps', level: '3' } },
          { id: 'p1Qz', type: 'paragraph', data: { text: 'Hold both buttons.' } },
          { id: 'p2Rk', type: 'paragraph', data: { text: 'Wait for the beep.' } },
          { id: 'p3Lm', type: 'paragraph', data: { text: 'Let go.' } },
        ],
      },
    })
  }
}

export function notes({ vendor, desk, open }: OddityTools): void {
  const [first, second] = desk.agents
  if (expressible[vendor].conversationTypes.includes('NOTE_PRIVATE') && first && second) {
    const { say } = open('Complaint about the driver')
    say({ text: 'The driver threw the box over the fence. I have it on video.' })
    say({
      type: 'NOTE_PRIVATE',
      text: `@${first.name} @${second.name} please look at the video before anybody answers.`,
      ...(can(vendor, 'mentions') ? { mentionedAgentIds: [first.id, second.id] } : {}),
    })
    say({
      type: 'NOTE_PRIVATE',
      author: { id: second.id },
      text: `Seen, that is bad. @${first.name} shall we refund?`,
      ...(can(vendor, 'mentions') ? { mentionedAgentIds: [first.id], isMentionRead: true } : {}),
    })
  }
  if (can(vendor, 'drafts')) {
    const { ticket, say, agent } = open('Price for a group of 40')
    say({ text: 'What would a guided tour for 40 people cost?' })
    ticket.draft = {
      id: desk.nextId(),
      text: 'Dear Ms Larkin,\nfor 40 people we would',
      html: '<p>Dear Ms Larkin,</p><p>for 40 people we would</p>',
      subject: 'Re: Price for a group of 40',
      cc: ['tours@example.com'],
      quote: 'What would a guided tour for 40 people cost?',
      authorId: agent.id,
      updatedAt: ticket.updatedAt,
    }
  }
}

export function files({ vendor, desk, open }: OddityTools): void {
  const { attachmentStatuses } = expressible[vendor]
  if (attachmentStatuses.length === 0) return
  const only = open('Photo without a word')
  only.say({
    text: '',
    attachments: [{ name: 'IMG_20260214_0931.jpg', contentType: 'image/jpeg', sizeBytes: 204_800 }],
  })
  only.say({ type: 'REPLY_OUTBOUND', text: 'Thank you for the picture. What would you like us to look at?' })

  const kinds = open('Noise in the engine, recording attached')
  kinds.say({
    text: 'I recorded it, filmed it and took a picture. The last file is the service book.',
    attachments: [
      { name: 'noise.ogg', contentType: 'audio/ogg', sizeBytes: 65_536 },
      { name: 'engine.mp4', contentType: 'video/mp4', sizeBytes: 1_048_576 },
      { name: 'engine bay (größer).png', contentType: 'image/png', sizeBytes: 99_999, isInline: true },
      { name: 'service-book.pdf', contentType: 'application/pdf', sizeBytes: 30_720 },
      { name: '资料.zip', contentType: 'application/zip', sizeBytes: 4096 },
    ],
  })
  if (attachmentStatuses.length > 1) {
    const { say } = open('Files in every state')
    say({
      text: 'I have attached everything I have.',
      attachments: attachmentStatuses.map((status) => ({
        name: `${status.toLowerCase()}.pdf`,
        contentType: 'application/pdf',
        status,
        statusMessage: statusMessages[status] ?? null,
        sizeBytes: 10_240,
      })),
    })
  }
  if (can(vendor, 'tags')) tagNamed(desk, 'never used')
}

const statusMessages: Record<string, string> = {
  WARNING: 'The virus scanner could not open this file',
  ERROR: 'The file is damaged',
  UNAVAILABLE: 'Being processed',
}

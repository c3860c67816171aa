/** The rare things every desk has some of: each ticket here shows one or a few of them, where the vendor can show them. */
import { addContact, addMessage, addTicket, type NewMessage } from '../build.ts'
import { pick } from '../chance.ts'
import { mergeTicket, recycleTicket } from '../changes.ts'
import type { Desk, DeskAgent, DeskContact, DeskTicket } from '../desk.ts'
import { can, expressible, type VendorKey } from '../expressible.ts'
import { chats, deskHeroKinds, files, mails, notes, type OddityTools, type OddTicket } from './odd-messages.ts'
import { addPerson } from './people.ts'

const hourMs = 3_600_000

/** Adds them in the last days before `end`. */
export function addOddities(
  vendor: VendorKey,
  desk: Desk,
  { end, chance }: { end: number; chance: () => number },
): void {
  let place = 0
  const open = (subject: string, partial: Partial<DeskTicket> = {}, person: Partial<DeskContact> = {}): OddTicket => {
    place += 1
    const language = partial.language ?? 'en'
    const createdAt = new Date(end - 72 * hourMs + place * hourMs)
    const requester = addPerson(desk, { chance, language, number: 800 + place, createdAt, with: person })
    const agent = desk.agents[place % desk.agents.length] as DeskAgent
    const ticket = addTicket(desk, {
      subject,
      language,
      createdAt,
      requesterId: requester.id,
      assigneeId: agent.id,
      departmentId: agent.departmentId,
      channelId: pick(desk.channels, chance).id,
      priority: pick(expressible[vendor].priorities, chance),
      status: 'PENDING_INTERNAL',
      ...partial,
    })
    let at = createdAt.getTime()
    const say = (message: Omit<NewMessage, 'ticketId'>) => {
      at += 90_000 + Math.floor(chance() * 600_000)
      return addMessage(desk, { at: new Date(at), ...message, ticketId: ticket.id })
    }
    return { ticket, requester, agent, say }
  }
  for (const add of [everywhere, people, chats, mails, deskHeroKinds, states, notes, files])
    add({ vendor, desk, end, open })
}

function everywhere({ open, end }: OddityTools): void {
  const emoji = open('🎂 cake order for Saturday 🎉')
  emoji.say({ text: 'Hiii 👋 can I get the 🍓🍰 with "Happy 40th Sam 👩🏽‍🚀" on it? 😍😍' })
  emoji.say({ type: 'REPLY_OUTBOUND', text: 'Of course! 🎂 Pink or white icing?' })
  emoji.say({ text: '🩷' })

  const arabic = open('استفسار عن موعد التسليم', { language: 'ar' })
  arabic.say({ text: 'مرحبًا، متى يصل طلبي رقم 48-2231؟ دفعت المبلغ كاملًا يوم الأحد.' })
  arabic.say({ type: 'REPLY_OUTBOUND', text: 'أهلًا بك. الطلب في الطريق (Order 48-2231) وسيصل غدًا قبل الساعة 14:00.' })
  arabic.say({ text: 'شكرًا جزيلًا، بارك الله فيكم 🌷' })
  const hebrew = open('החזר כספי על הזמנה', { language: 'he' })
  hebrew.say({ text: 'שלום, ביטלתי את ההזמנה ABC-991 ועדיין לא קיבלתי זיכוי.' })
  hebrew.say({ type: 'REPLY_OUTBOUND', text: 'שלום, הזיכוי אושר ויופיע בחשבון תוך 3 ימי עסקים.' })

  const nothing = open('What does "null" on my receipt mean?')
  nothing.say({ text: 'null' })
  nothing.say({ type: 'REPLY_OUTBOUND', text: 'Hello! Did you mean to send us just this word?' })
  nothing.say({ text: 'Yes, that is all that is printed under "cashier". Is it a name?' })

  const log = open('Installation stops at step 3, log below')
  log.say({ text: `The installer stops every time. This is the whole log, sorry for the length:\n${installerLog()}` })
  log.say({
    type: 'REPLY_OUTBOUND',
    text: 'Thank you, the long log helped: line 212 says that the disk is mounted read-only.',
  })

  const spaces = open('  Subject   with\tspaces & <tags> ')
  spaces.say({ text: '  two leading blanks, a tab\t, a no-break space , and\n\nan empty line.  ' })
  spaces.say({
    text: 'Is 3 < 5 && 5 > 3? Then <b>this is not bold</b> &amp; this is no ampersand. \u2028 Line separator above.',
  })

  // Several tickets changed in the same second: whoever asks "changed since" must see all of them.
  const sameTime = new Date(end - 2 * hourMs)
  for (const [subject, text] of [
    ['Newsletter: please take me off', 'Please take me off the newsletter, I never read it.'],
    ['Opening hours on the 1st?', 'Are you open on the 1st? It is a holiday here.'],
    ['Gift wrapping', 'Can you wrap it as a gift and leave out the invoice?'],
    ['Lost my loyalty card', 'I lost my loyalty card, do the points stay?'],
  ] as const) {
    const { ticket, say } = open(subject)
    say({ text, at: sameTime })
    ticket.updatedAt = sameTime
  }
  const twin = open('Answered within the same second')
  twin.say({ text: 'Ping?', at: new Date(end - 20 * hourMs) })
  twin.say({ type: 'REPLY_OUTBOUND', text: 'Pong.', at: new Date(end - 20 * hourMs) })
  twin.say({ text: 'That was fast.', at: new Date(end - 20 * hourMs) })
}

function people({ vendor, desk, open }: OddityTools): void {
  const nameless = open('(no name given)', {}, { name: null })
  nameless.say({ text: 'do you ship to the Faroe Islands?' })
  nameless.say({ type: 'REPLY_OUTBOUND', text: 'We do, it takes about nine days.' })

  open('Since the beginning of time', {}, { createdAt: new Date(0), name: 'Ottilie Baumgärtner' }).say({
    text: 'I have been your customer since before you had computers.',
  })
  if (can(vendor, 'blocked')) {
    const blocked = open('LAST WARNING', { isMuted: true }, { isBlocked: true, name: 'Rex Thornbury' })
    blocked.say({ text: 'I have written eleven times. I will go on until somebody rings me.' })
    blocked.ticket.canReply = false
  }
  if (expressible[vendor].actors.includes('VISITOR')) {
    const visitor = open(
      'Question from the website',
      {},
      { type: 'VISITOR', name: 'Visitor 4471', email: null, phone: null, identifier: null },
    )
    visitor.say({ text: 'just looking around, is there a student discount?' })
    visitor.say({ type: 'REPLY_OUTBOUND', text: 'There is: 15 % with a valid student card.' })
  }
  const fields = open(
    'Contract with extra fields',
    { customFields: { contract_number: 'V-2207', region: 'Süd', renewal: '2027-01-31' } },
    { customFields: { tier: 'gold', birthday: '1979-05-14' }, avatarUrl: 'https://avatars.example.com/u/17.png' },
  )
  fields.say({ text: 'Please extend the contract by a year under the same conditions.' })
  addContact(desk, {
    name: 'Never Wrote',
    email: 'never.wrote@example.net',
    createdAt: new Date(0),
    lastActivityAt: null,
  })
}

function states({ vendor, desk, open, end }: OddityTools): void {
  if (can(vendor, 'merge')) {
    const kept = open('Heating does not work')
    kept.say({ text: 'The heating in flat 12 has been cold since Friday.' })
    const merged = open('Heating AGAIN', { requesterId: kept.requester.id })
    merged.say({ text: 'Same as my other message, sorry for writing twice: flat 12, no heating.' })
    kept.say({
      type: 'REPLY_OUTBOUND',
      text: 'The plumber comes tomorrow between 8 and 10.',
      at: new Date(end - 40 * hourMs),
    })
    atTime(desk, end - 39 * hourMs, () => mergeTicket(desk, { fromId: merged.ticket.id, intoId: kept.ticket.id }))
  }
  if (can(vendor, 'recycle')) {
    const { ticket, say } = open('test test 123')
    say({ text: 'please ignore, just testing the form' })
    atTime(desk, end - 30 * hourMs, () => recycleTicket(desk, ticket.id))
  }
  if (can(vendor, 'spam')) {
    const { say } = open('You have been selected', { isSpam: true })
    say({ text: 'Congratulation dear winner, confirm you bank detail today to receive 4.500.000 USD.', isSpam: true })
  }
  if (expressible[vendor].statuses.includes('ON_HOLD')) {
    const far = open('Remind me in the next millennium')
    far.say({ text: 'Can I book a table for the year 3000?' })
    Object.assign(far.ticket, { status: 'ON_HOLD', snoozedUntil: new Date('3000-01-01T00:00:00Z') })
  }
  const reopened = open('It came back')
  reopened.say({ text: 'The tap drips again.' })
  reopened.say({ type: 'REPLY_OUTBOUND', text: 'Then the washer was not the reason. Somebody comes on Monday.' })
  Object.assign(reopened.ticket, { status: 'PENDING_INTERNAL', reopenedAt: reopened.ticket.updatedAt })
  const unread = open('Answer the customer has not seen yet', {
    description: 'Left by the form: "urgent, please ring"',
  })
  unread.say({ text: 'Which of the two sizes fits a 27 inch wheel?' })
  unread.say({ type: 'REPLY_OUTBOUND', text: 'The wider one.' })
  if (can(vendor, 'tags')) unread.ticket.tagIds = desk.tags.slice(0, 5).map((tag) => tag.id)
  const cold = open('Still unread', { assigneeId: null, status: 'NEW' })
  cold.say({ text: 'Hello, is anybody there?' })
  cold.say({ text: 'Hello??' })
}

// Changes made "then", so that their times lie in the past like everything else.
function atTime(desk: Desk, at: number, act: () => void): void {
  const { now } = desk
  desk.now = () => new Date(at)
  act()
  desk.now = now
}

function installerLog(): string {
  const steps = ['unpacking', 'checking signature of', 'copying', 'linking', 'verifying']
  const lines: string[] = []
  for (let line = 1; line <= 420; line += 1) {
    const name = `module-${String((line * 37) % 211).padStart(3, '0')}.pkg`
    lines.push(
      line === 212
        ? '00:03:32 ERROR write /opt/example/lib: read-only file system'
        : `00:0${Math.floor(line / 60)}:${String(line % 60).padStart(2, '0')} ${steps[line % steps.length]} ${name}`,
    )
  }
  return lines.join('\n')
}

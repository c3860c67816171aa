/** Whom an e-mail that is sent names. */
import type { Json, JsonObject } from '#connectors/contract.ts'
import type { DeskMessage } from '#connectors/sandbox/desk.ts'
import type { EmailAddressDirection } from '#vocabulary.ts'

/** SEEN: MSR1 sender, MSR2 recipient, MSR3 copy, MSR4 hidden copy. */
const directionOfRole: Record<string, EmailAddressDirection> = { MSR1: 'FROM', MSR2: 'TO', MSR3: 'CC', MSR4: 'BCC' }

/**
 * `Users` with all their attributes are mandatory for e-mails (SEEN). That they have to agree with `From`, `To`, `Cc`
 * and `Bcc`, which list addresses separated by commas, is INVENTED.
 */
export function mailAddresses(
  order: JsonObject,
  demand: (isRight: boolean, problem: string) => void,
): DeskMessage['addresses'] {
  demand(Array.isArray(order.Users) && order.Users.length > 0, 'Users is required')
  const addresses = (order.Users as Json[]).map((item) => {
    const { IdentityId, Name, RoleId } = Object(item) as JsonObject
    demand(typeof IdentityId === 'string' && IdentityId.includes('@'), 'IdentityId is wrong')
    demand(typeof Name === 'string' && Name !== '', 'Name is required')
    const direction = directionOfRole[String(RoleId)]
    demand(direction !== undefined, 'RoleId is wrong')
    const email = IdentityId as string
    return { email, name: Name === email ? null : (Name as string), direction: direction as EmailAddressDirection }
  })
  const named: [string, EmailAddressDirection][] = [
    ['From', 'FROM'],
    ['To', 'TO'],
    ['Cc', 'CC'],
    ['Bcc', 'BCC'],
  ]
  for (const [key, direction] of named) {
    const users = addresses.filter((address) => address.direction === direction).map(({ email }) => email)
    demand(users.join(',') === (order[key] ?? ''), `${key} and Users differ`)
  }
  return addresses
}

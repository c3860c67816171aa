/** `dgk_`, 43 random letters and digits (256 bits), and 6 that check them: found by scanners, and told from garbage at once. */

import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const PREFIX = 'dgk_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SHAPE = /^dgk_[0-9A-Za-z]{49}$/
const RANDOM_DIGITS = 43
const CHECK_DIGITS = 6
const HINT_LENGTH = PREFIX.length + 4

export function newSecret(): string {
  const random = PREFIX + inDigits(BigInt(`0x${randomBytes(32).toString('hex')}`), RANDOM_DIGITS)
  return random + checkOf(random)
}

/** Whether it can be one of ours; of what cannot, nobody needs to ask the database. */
export function looksLikeSecret(text: string): boolean {
  return SHAPE.test(text) && text.slice(-CHECK_DIGITS) === checkOf(text.slice(0, -CHECK_DIGITS))
}

export function hintOf(secret: string): string {
  return secret.slice(0, HINT_LENGTH)
}

function checkOf(random: string): string {
  return inDigits(BigInt(crc32(random)), CHECK_DIGITS)
}

function inDigits(value: bigint, length: number): string {
  const base = BigInt(DIGITS.length)
  let [rest, text] = [value, '']
  while (text.length < length) {
    text = DIGITS[Number(rest % base)] + text
    rest /= base
  }
  return text
}

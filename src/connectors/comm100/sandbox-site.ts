/** What all parts of the sandbox share: the site, its routes, and how it says no. */
import type { Desk, DeskMessage, DeskTicket } from '#connectors/sandbox/desk.ts'
import type { SandboxAnswer, SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export type Site = {
  desk: Desk
  origin: string
  /** `message <guid>` or `note <guid>` → where it is. */
  messageOwners: Map<string, MessageOwner>
  /** Files that were uploaded, by the key that was given out. */
  uploads: Map<string, UploadedFile>
}
export type MessageOwner = { ticket: DeskTicket; message: DeskMessage }
export type UploadedFile = { id: number; name: string; contentType: string; sizeBytes: number; bytes: Uint8Array }

export type Route = {
  method: string
  path: RegExp
  /** `id` is what the path's group matched. */
  answer(site: Site, request: SandboxRequest, id: string): SandboxAnswer | Promise<SandboxAnswer>
}

/** The error body is ASSUMED to be `{ code, message }`. */
export function failure(status: number, code: string, message: string): SandboxAnswer {
  return { status, body: { code, message } }
}
export const notFound = () => failure(404, 'NotFound', 'The resource does not exist.')
export const ok = (body: unknown): SandboxAnswer => ({ status: 200, body })
export const created = (body: unknown): SandboxAnswer => ({ status: 201, body })

/** Ends a request with this answer. */
export class SiteRefusal extends Error {
  override name = 'SiteRefusal'
  readonly answer: SandboxAnswer

  constructor(answer: SandboxAnswer) {
    super('refused')
    this.answer = answer
  }
}

export function refuse(message: string, code = 'BadParameter'): never {
  throw new SiteRefusal(failure(400, code, message))
}

export function missing(): never {
  throw new SiteRefusal(notFound())
}

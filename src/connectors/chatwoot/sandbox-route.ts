/** What the sandbox's endpoints have in common. */
import type { SandboxAnswer } from '#connectors/sandbox/sandbox.ts'
import type { SandboxUser } from './sandbox-gate.ts'
import type { Params } from './sandbox-params.ts'

export type Context = {
  query: URLSearchParams
  body: Buffer
  params: Params
  user: SandboxUser
  /** The numbers in the path; NaN where there is none. */
  id: number
  secondId: number
}
export type Route = { method: string; path: RegExp; answer(context: Context): SandboxAnswer }

export const ok = (body: unknown): SandboxAnswer => ({ status: 200, body })
/** `head :ok`. */
export const empty: SandboxAnswer = { status: 200 }
export const notFound: SandboxAnswer = { status: 404, body: { error: 'Resource could not be found' } }
export const unprocessable = (error: string): SandboxAnswer => ({ status: 422, body: { error } })
/** A record that is not valid. */
export const invalid = (errors: { attribute: string; message: string }[]): SandboxAnswer => ({
  status: 422,
  body: {
    message: errors.map(({ message }) => message).join(', '),
    attributes: errors.map(({ attribute }) => attribute),
  },
})
/** What nobody rescues: a word an enum does not know, a date that is none (INFERRED from the controllers). */
export const crash: SandboxAnswer = { status: 500, body: { status: 500, error: 'Internal Server Error' } }

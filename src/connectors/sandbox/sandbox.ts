/** What a vendor's folder gives so that its sandbox can be served. */
import type { Desk } from './desk.ts'

/** One vendor's sandbox: an HTTP help desk in its wire format over a `Desk`. */
export type Sandbox = {
  /** The vendor's key. */
  vendor: string
  /** The servers it needs, by role: most need only `api`; each gets its own port on loopback. */
  hosts: string[]
  /** Opens it over its share of the desk. State such as issued tokens lives in the closure. */
  open(desk: Desk, options: SandboxOptions): OpenSandbox
}

export type SandboxOptions = {
  /** Origin of each host, e.g. `{ api: 'http://127.0.0.1:40123' }`. */
  origins: Record<string, string>
  /** Calls allowed per window before it answers as the vendor does when a limit is hit; null: no limit. */
  rateLimit: { calls: number; windowMs: number } | null
  /** Life of the tokens it issues, where the vendor has such. */
  tokenLifeMs: number
}

export type OpenSandbox = {
  /** Settings with which the vendor's connector reaches this sandbox; they pass `Connector.settings`. */
  settings: Record<string, unknown>
  handle(host: string, request: SandboxRequest): SandboxAnswer | Promise<SandboxAnswer>
  /** Whether a request changes something; absent: whatever is no GET does. */
  isWrite?(request: SandboxRequest): boolean
  /** Present where the vendor posts its changes. */
  webhooks?: SandboxWebhooks
}

export type SandboxWebhooks = {
  /**
   * Changes are posted to this address from now on. It is that of the backend's webhooks; a secret that belongs into the
   * address is added here. Again the same address changes nothing.
   */
  register(address: string): void
  close(): void
}

export type SandboxRequest = {
  method: string
  /** Decoded path, without query. */
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  /** Raw body; empty when there is none. */
  body: Buffer
}

export type SandboxAnswer = {
  status: number
  headers?: Record<string, string>
  /** A string or bytes go out as they are, anything else as JSON; undefined sends no body. */
  body?: unknown
}

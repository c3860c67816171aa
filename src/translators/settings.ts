import { z } from 'zod'

/** What all translators have in common. */
export const sharedSettings = {
  timeoutMs: z.int().min(100).max(30_000).default(8_000).describe('How long one call may take, in milliseconds.'),
}

/** Every `extensions.code` of a top-level error: what a client can do about it. Expected failures of mutations have codes of their own. */
export const errorCodes = {
  BAD_USER_INPUT: 'The document, a variable or an argument is wrong. Sent again it fails again.',
  UNAUTHENTICATED: 'No token, or one that is not valid.',
  FORBIDDEN: 'The token may not ask this, or the page that asks is not on the list.',
  NOT_FOUND: 'There is no such thing, or not for this token.',
  LIMIT_EXCEEDED: 'The document or the request is larger than allowed.',
  QUERY_TOO_COMPLEX: 'The document would cost more than allowed.',
  RATE_LIMITED: 'Too much in too short a time: wait as long as `Retry-After` says.',
  OVERLOADED: 'Too many at once: wait as long as `Retry-After` says.',
  UNAVAILABLE: 'The store does not answer at the moment: wait as long as `Retry-After` says.',
  TIMEOUT: 'It took too long and was stopped. Ask for less.',
  INTERNAL_SERVER_ERROR: 'Our fault. `requestId` finds the cause in the log.',
} as const
export type ErrorCode = keyof typeof errorCodes

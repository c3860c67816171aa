import { enumOf } from './builder.ts'
import { scopes } from './scopes.ts'

export const ScopeEnum = enumOf(
  'Scope',
  'What a token may ask for. Its role says what exists for its bearer; scopes narrow that.',
  scopes,
)

/** Expected failures of commands: thrown where they are found, shown in the payload's `errors`. */
import { GraphQLError } from 'graphql'
import type { BackendRow } from '#domain/backends/loaders.ts'
import { type ErrorCode, type Invalid, notFound, type Problem, type Unsupported } from '#domain/backends/problems.ts'
import { vendorOf } from '#domain/backends/vendors.ts'
import type { Capability } from '#vocabulary.ts'
import type { Command, Outcome } from './outcome.ts'

/** The command cannot be carried out; nothing of it is kept. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly problems: Problem[]
  /** Runs after everything was taken back; what it returns is shown in the payload too. */
  afterwards: ((command: Command) => Promise<Outcome>) | null = null

  constructor(...problems: Problem[]) {
    super(problems.map(({ message }) => message).join(' '))
    this.problems = problems
  }
}

/** All of it would work; it is only asked, so nothing is kept. */
export class DryRun extends Error {
  override name = 'DryRun'
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super('a dry run')
    this.outcome = outcome
  }
}

export type Path = readonly (string | number)[]

/** `rule`: machine-readable, e.g. `maxLength=255`. */
export function invalid(
  path: Path,
  message: string,
  rule: string | null = null,
  code: ErrorCode = 'VALIDATION_FAILED',
) {
  return new CommandError({ __typename: 'ValidationError', message, code, path: textOf(path), rule } as Invalid)
}

/** What a list would refuse at the top of the answer is an expected failure of a command. */
export function usable<Result>(path: Path, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    throw invalid(path, `${error.message.replace(/\.$/, '')}.`)
  }
}

export function missing(what: string, nodeId: string | null, path: Path) {
  return new CommandError(notFound(what, nodeId, textOf(path)))
}

/** With the vendor's own explanation where its capability table has one. */
export function unsupported(backend: BackendRow, capability: Capability, path: Path, explanation?: string) {
  return new CommandError(unsupportedProblem(backend, capability, path, explanation))
}

export function unsupportedProblem(backend: BackendRow, capability: Capability, path: Path, explanation?: string) {
  const { name, capabilities } = vendorOf(backend)
  const note = explanation ?? capabilities[capability].note
  const problem: Unsupported = {
    __typename: 'UnsupportedError',
    message: note ?? `${name} cannot do this.`,
    code: 'UNSUPPORTED_BY_BACKEND',
    path: textOf(path),
    backendId: backend.id,
    capability,
  }
  return problem
}

/** The same failure, said of the fields that this input has: `names` from those of an entry. */
export function withPaths(error: unknown, names: Record<string, string>): unknown {
  if (!(error instanceof CommandError)) return error
  for (const problem of error.problems) {
    const [root, field = '', ...rest] = problem.path ?? []
    if (root === 'input' && names[field]) problem.path = [root, names[field], ...rest]
  }
  return error
}

function textOf(path: Path): string[] {
  return path.map(String)
}

/** For commands that need an answer from outside: it is waited for before the transaction, which holds rows and a connection. */
import type { GraphContext } from '#platform/graphql/builder.ts'
import { type CommonInput, carryOut } from './command.ts'
import type { Command, Outcome, Payload } from './outcome.ts'
import { refuseRole } from './permits.ts'
import { CommandError } from './problem.ts'

/** `ask` may throw a CommandError, which is shown as one of the command itself. */
export async function askFirst<Input extends CommonInput, Answer>(
  context: GraphContext,
  name: string,
  input: Input,
  ask: (context: GraphContext, input: Input) => Promise<Answer>,
  run: (command: Command, input: Input, answer: Answer) => Promise<Outcome>,
): Promise<Payload> {
  let answered: { answer: Answer } | { refusal: CommandError }
  try {
    refuseRole(context.viewer, name)
    answered = { answer: await ask(context, input) }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    answered = { refusal: error }
  }
  return carryOut(context, name, input, async (command) => {
    if ('refusal' in answered) throw answered.refusal
    return run(command, input, answered.answer)
  })
}

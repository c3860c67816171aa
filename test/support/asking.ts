/** For documents that ask for one thing. */
import type { Answer } from './gateway.ts'

type Ask = (document: string, variables?: object) => Promise<Pick<Answer, 'data' | 'errors'>>

/** Sends a document and gives its first field. @throws Error when the answer has errors. */
export function runOver(ask: Ask) {
  return async function run<Result>(document: string, variables: object = {}): Promise<Result> {
    const { data, errors } = await ask(document, variables)
    if (errors) throw new Error(JSON.stringify(errors))
    return Object.values(data as object)[0] as Result
  }
}

/** Orders that OneBox could not carry out, refused before anything is sent. */
import type { OutgoingFile } from '#connectors/operations.ts'
import { RefusedError } from '#errors.ts'
import { mostFileBytes } from './writing.ts'

export function refuseUnless(isPossible: boolean, problem: string): void {
  if (!isPossible) throw new RefusedError(problem)
}

export function checkFiles(files: OutgoingFile[], most: number): void {
  refuseUnless(files.length <= most, `OneBox takes at most ${most} files here, got ${files.length}`)
  const tooLarge = files.find(({ sizeBytes }) => sizeBytes > mostFileBytes)
  refuseUnless(!tooLarge, `${tooLarge?.name} has ${tooLarge?.sizeBytes} bytes, at most ${mostFileBytes} can be sent`)
}

/** Hands files over. */
import type { OutgoingFile } from '#connectors/operations.ts'
import { idOf } from '#connectors/reading.ts'
import { TryAgainError } from '#errors.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'
import { oneIn } from './wrapper.ts'

/**
 * Uploads one file; returns its id, which entries name in `sys_attachments` (SEEN). The call is ASSUMED: a form with one
 * file, answered with a `DTO_reference_attachment`. A file that no entry names afterwards is nobody's: repeating is harmless.
 */
export function uploadOf(client: Client, { paths, fileField, wrapperKeys }: Settings) {
  return async (file: OutgoingFile): Promise<string> => {
    const form = new FormData()
    form.set(fileField, new Blob([Uint8Array.from(await file.bytes())], { type: file.contentType }), file.name)
    const answer = await client.write({ method: 'POST', path: paths.files, body: form })
    const id = idOf(oneIn(answer, wrapperKeys, (object) => idOf(object.id) !== null)?.id)
    if (id === null) throw new TryAgainError(`POST ${paths.files}: expected the id of ${file.name} in the answer`)
    return id
  }
}

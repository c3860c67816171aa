/**
 * Brings files to the vendor's object storage: ask for a signed address, PUT the bytes there, name the object from then on
 * (SEEN). The address is as good as a key: neither it nor what the storage says of its signature gets into an error.
 */
import type { HostLog } from '#connectors/contract.ts'
import { type HttpAnswer, openHttp, retryAfterMsOf } from '#connectors/http.ts'
import type { OutgoingFile } from '#connectors/operations.ts'
import { RefusedError, TryAgainError, type VendorError } from '#errors.ts'
import { reachOf } from './download.ts'
import type { Settings } from './settings.ts'
import type { Writer } from './writer.ts'

export type Uploading = { writer: Writer; settings: Settings; log: HostLog }

/** The object keys, in the order of the files. */
export async function uploadAll(uploading: Uploading, files: readonly OutgoingFile[]): Promise<string[]> {
  const objectKeys: string[] = []
  for (const file of files) objectKeys.push(await upload(uploading, file))
  return objectKeys
}

async function upload({ writer, settings, log }: Uploading, { name, bytes }: OutgoingFile): Promise<string> {
  const { putUrl, objectKey } = await writer.uploadUrl(name)
  const url = URL.parse(putUrl)
  const reach = url && reachOf(url, settings)
  if (!reach) {
    const place = url ? `${url.protocol}//${url.host}` : 'no valid address'
    throw new RefusedError(`the file belongs on ${place}, which this backend's settings do not allow; it was not sent`)
  }
  const { uploadContentType } = settings
  const body = await bytes()
  // A megabyte a second is the least that is expected of a connection.
  const timeoutMs = settings.timeoutMs + Math.ceil(body.length / 1000)
  const storage = openHttp({ baseUrl: url.origin, reach, log, timeoutMs, retries: 1, explain: failureOfStorage })
  await storage.send({
    method: 'PUT',
    path: url.href,
    body,
    ...(uploadContentType ? { headers: { 'content-type': uploadContentType } } : {}),
    // The same bytes at the same address; until a message names them nobody sees them.
    isRead: true,
  })
  return objectKey
}

function failureOfStorage({ status, text, headers }: HttpAnswer): VendorError | null {
  if (status >= 200 && status < 300) return null
  const code = /<Code>([\w.]{1,60})<\/Code>/.exec(text)?.[1] ?? null
  const message = `the vendor's storage answered ${status} ${code ?? 'without a code'} to a file`
  const provider = { httpStatus: status, code, requestId: headers.get('x-oss-request-id') }
  const passes = status === 408 || status === 429 || status >= 500 || (status === 403 && /expired/i.test(text))
  if (passes) return new TryAgainError(message, { ...provider, retryAfterMs: retryAfterMsOf(headers) })
  const hint = code === 'SignatureDoesNotMatch' ? '; the setting uploadContentType may have to name its type' : ''
  return new RefusedError(`${message}${hint}`, provider)
}

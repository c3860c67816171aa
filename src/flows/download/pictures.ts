/** Answers addresses of pictures on the web: fetches them, and passes on what is a picture of dots. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { BulkheadRejectedError, bulkhead } from 'cockatiel'
import { type FileCall, openFile } from '#connectors/download.ts'
import type { Log } from '#platform/log.ts'
import { rasterTypeOf } from '#platform/pictures/raster-type.ts'
import { isFetchable, remotePictureOf, remotePicturePath } from '#platform/pictures/remote.ts'
import { bytesUpTo, isReading, pictureHeaders, refuse } from './answering.ts'

export type PictureOptions = {
  log: Log
  /** Signs the addresses; shared by all gateways of one installation. */
  key: string
  /** Where may be called; of the internet everything that is asked for as web pages are. */
  reachOf?: FileCall['reachOf']
}

const mostBytes = 5 * 1024 * 1024
const timeoutMs = 5_000
const mostRedirects = 3
/** Each lies in memory as a whole: only then is it known to be no larger than it may. */
const mostAtOnce = 8
const mostWaiting = 100

const onTheWeb: FileCall['reachOf'] = (url) => (isFetchable(url) ? 'public' : null)

/** What the gateway needs to serve pictures of the web. */
export function openRemotePictures({ log, key, reachOf = onTheWeb }: PictureOptions) {
  const places = bulkhead(mostAtOnce, mostWaiting)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isReading(request.method, response)) return
    const url = remotePictureOf((request.url ?? '').split('?', 1)[0] ?? '', { now: new Date(), key })
    if (!url) return refuse(response, 404, 'This address is wrong or no longer valid: ask for a new one.')
    try {
      const bytes = await places.execute(() => (response.destroyed ? null : fetched(url)))
      const type = bytes && rasterTypeOf(bytes)
      if (!bytes || !type) return refuse(response, 404, 'There is no picture that can be shown.', brieflyKept)
      response.writeHead(200, { ...pictureHeaders, 'content-type': type, 'content-length': bytes.byteLength })
      response.end(request.method === 'HEAD' ? undefined : bytes)
    } catch (error) {
      if (error instanceof BulkheadRejectedError)
        return refuse(response, 503, 'Too many pictures are being fetched at once.', { 'retry-after': '2' })
      log.debug({ err: error, host: url.host }, 'a picture of the web was not fetched')
      refuse(response, 404, 'The picture could not be fetched.', brieflyKept)
    }
  }

  async function fetched(url: URL): Promise<Uint8Array | null> {
    const headers = { accept: 'image/webp,image/png,image/jpeg,image/gif;q=0.9,image/*;q=0.1' }
    const { body } = await openFile(url, { reachOf, headersFor: () => headers, timeoutMs, mostRedirects, mostBytes })
    return bytesUpTo(Readable.fromWeb(body as never), mostBytes)
  }

  return { path: remotePicturePath, answer }
}

/** A page that is shown again does not have it tried again at once. */
const brieflyKept = { 'cache-control': 'private, max-age=60' }

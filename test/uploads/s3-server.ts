/** A small service that speaks S3: it checks the signature of every request (AWS Signature Version 4) and keeps objects. */
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

export type S3Call = {
  method: string
  path: string
  headers: IncomingMessage['headers']
  cameBytes: number
  end: 'open' | 'whole' | 'broken'
}

export async function serveS3({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) {
  const objects = new Map<string, Buffer>()
  const calls: S3Call[] = []
  /** Answers instead, where it answers. */
  const faults = { answer: (_request: IncomingMessage, _response: ServerResponse): boolean => false }

  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const [path = ''] = url.split('?')
    const call: S3Call = { method, path, headers, cameBytes: 0, end: 'open' }
    calls.push(call)
    if (faults.answer(request, response)) return
    if (!isSigned(request, accessKeyId, secretAccessKey)) return fail(response, 403, 'SignatureDoesNotMatch')
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) {
        call.cameBytes += chunk.length
        chunks.push(chunk)
      }
    } catch {
      call.end = 'broken'
      return
    }
    call.end = 'whole'
    if (method === 'PUT') objects.set(path, Buffer.concat(chunks))
    if (method === 'DELETE') objects.delete(path)
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(method === 'PUT' ? 200 : 204).end()
    const found = objects.get(path)
    if (!found) return fail(response, 404, 'NoSuchKey') // of HEAD only the status arrives
    response.writeHead(200, { 'content-length': found.length }).end(method === 'HEAD' ? undefined : found)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { endpoint, objects, calls, faults }
}

export function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
}

function isSigned({ method, url = '', headers }: IncomingMessage, accessKeyId: string, secret: string): boolean {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/
  const [, id, date = '', region = '', names = '', signature] = parts.exec(headers.authorization ?? '') ?? []
  const [path, query = ''] = url.split('?')
  const canonical = [
    ...[method, path, query.split('&').sort().join('&')],
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    ...['', names, headers['x-amz-content-sha256']],
  ].join('\n')
  const hash = createHash('sha256').update(canonical).digest('hex')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${date}/${region}/s3/aws4_request`, hash].join('\n')
  const key = [date, region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return id === accessKeyId && hmac(key, toSign).toString('hex') === signature
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Small servers that speak each translator's wire format, strictly: what the real ones refuse is refused. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

export type Asked = {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}
export type Answer = { status?: number; headers?: Record<string, string>; body: unknown }

export type Service = {
  url: string
  asked: Asked[]
  /** How many translations were made. */
  translations(): number
  /** Answers instead, until taken back; null: never answers. */
  instead: ((asked: Asked) => Answer | null) | undefined
  /** Holds every translation back until it resolves. */
  until: Promise<void> | undefined
}

/** Call it at the top level of a test file. */
async function serve(answer: (asked: Asked) => Answer): Promise<Service> {
  const service: Service = {
    ...{ url: '', asked: [], instead: undefined, until: undefined },
    translations: () => service.asked.filter(({ path }) => path.endsWith('/translate')).length,
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url ?? '/', 'http://here')
    const { method = '', headers } = request
    const asked = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.concat(chunks).toString(),
    }
    service.asked.push(asked)
    if (url.pathname.endsWith('/translate')) await service.until
    const given = service.instead ? service.instead(asked) : answer(asked)
    if (given === null) return
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers })
    response.end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return service
}

const refuse = (status: number, body: unknown): Answer => ({ status, body })

/** English, German, Chinese in both scripts, Portuguese, Indonesian; wants the key `good`. */
export const libreTranslate = (key = 'good') =>
  serve(({ method, path, headers, body }) => {
    const codes = ['en', 'de', 'id', 'pt', 'pt-BR', 'zh-Hans', 'zh-Hant']
    if (method === 'GET' && path === '/languages')
      return {
        body: codes.map((code) => ({
          code,
          name: code,
          targets: codes.filter((other) => other !== 'id' || code === 'en'),
        })),
      }
    if (method !== 'POST' || path !== '/translate') return refuse(404, { error: 'Not found' })
    if (headers['content-type'] !== 'application/json')
      return refuse(400, { error: 'Invalid request: missing q parameter' })
    const { q, source, target, format, api_key, ...rest } = JSON.parse(body)
    if (api_key !== key) return refuse(403, { error: `Invalid API key (${api_key})` })
    if (Object.keys(rest).length > 0 || typeof q !== 'string') return refuse(400, { error: 'Invalid request' })
    if (source !== 'auto' && !codes.includes(source)) return refuse(400, { error: `${source} is not supported` })
    if (!codes.includes(target)) return refuse(400, { error: `${target} is not supported` })
    if (format !== 'text' && format !== 'html') return refuse(400, { error: `${format} format is not supported` })
    const detectedLanguage = source === 'auto' ? { detectedLanguage: { confidence: 90, language: 'de' } } : {}
    return {
      body: {
        translatedText: format === 'html' ? q.replace(/>([^<]+)</g, `>${target}: $1<`) : `${target}: ${q}`,
        ...detectedLanguage,
      },
    }
  })

/** Only with the header; codes in capitals; targets of English and Portuguese with a region. */
export const deepL = (key = 'good:fx') =>
  serve(({ method, path, query, headers, body }) => {
    if (headers.authorization !== `DeepL-Auth-Key ${key}`) return refuse(403, { message: 'Authorization failed' })
    const sources = ['EN', 'DE', 'ID', 'PT', 'ZH']
    const targets = ['EN-GB', 'EN-US', 'DE', 'ID', 'PT-BR', 'PT-PT', 'ZH-HANS', 'ZH-HANT']
    if (method === 'GET' && path === '/v2/usage') return { body: { character_count: 12, character_limit: 500000 } }
    if (method === 'GET' && path === '/v2/languages') {
      const list = query.get('type') === 'target' ? targets : sources
      return { body: list.map((language) => ({ language, name: language, supports_formality: false })) }
    }
    if (method !== 'POST' || path !== '/v2/translate') return refuse(404, { message: 'Not found' })
    if (headers['content-type'] !== 'application/json') return refuse(400, { message: 'Bad content type' })
    const { text, source_lang, target_lang, tag_handling, ...rest } = JSON.parse(body)
    if (!Array.isArray(text) || Object.keys(rest).length > 0) return refuse(400, { message: 'Bad request' })
    if (!targets.includes(target_lang)) return refuse(400, { message: "Value for 'target_lang' not supported." })
    if (source_lang !== undefined && !sources.includes(source_lang))
      return refuse(400, { message: "Value for 'source_lang' not supported." })
    if (tag_handling !== undefined && tag_handling !== 'html') return refuse(400, { message: 'Bad tag_handling' })
    return {
      body: {
        translations: text.map((one) => ({
          detected_source_language: source_lang ?? 'DE',
          text: `${target_lang}: ${one}`,
        })),
      },
    }
  })

/** As version 0.11.7 answers: pairs in three-letter codes, forms, errors with an explanation. */
export const apertiumApy = () =>
  serve(({ path, headers, body }) => {
    const pairs = ['eng|spa', 'spa|eng', 'spa|eng_US', 'ind|zlm', 'zlm|ind']
    const ok = (responseData: unknown) => ({ body: { responseData, responseDetails: null, responseStatus: 200 } })
    const bad = (explanation: string) =>
      refuse(400, { status: 'error', code: 400, message: 'Bad Request', explanation })
    if (path === '/listPairs')
      return ok(pairs.map((pair) => ({ sourceLanguage: pair.split('|')[0], targetLanguage: pair.split('|')[1] })))
    if (path !== '/translate')
      return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>404: Not Found</html>' }
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') return bad('Missing argument langpair')
    const form = new URLSearchParams(body)
    if (!form.has('q')) return bad('Missing argument q')
    if (!pairs.includes(form.get('langpair') ?? '')) return bad('That pair is not installed')
    const star = form.get('markUnknown') === 'no' ? '' : '*'
    return ok({ translatedText: `${star}${form.get('langpair')} ${form.get('format')} ${form.get('q')}` })
  })

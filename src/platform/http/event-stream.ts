/**
 * Answers of a stream as Server-Sent Events. Many readers get the same answers: each is written once, for all of them, and
 * sent as one piece. Yoga's own way takes twice the CPU.
 */
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin } from 'graphql-yoga'
import type { StreamLimits } from '#platform/limits/limits.ts'
import { formatted } from './errors.ts'

const MEDIA_TYPE = 'text/event-stream'
const PING = Buffer.from(':\n\n')
const COMPLETE = Buffer.from('event: complete\ndata:\n\n')

const headers = {
  'content-type': MEDIA_TYPE,
  connection: 'keep-alive',
  'cache-control': 'no-cache, no-transform',
  // Proxies that gather answers are told not to. Source: nginx, ngx_http_proxy_module, proxy_buffering.
  'x-accel-buffering': 'no',
}

/** `pingEveryMs` keeps connections open, and finds those that are not. */
export function eventStreams({ pingEveryMs }: Pick<StreamLimits, 'pingEveryMs'>): Plugin {
  return {
    onResultProcess({ request, result, setResultProcessor }) {
      if (!isAsyncIterable(result) || !(request.headers.get('accept') ?? '').includes(MEDIA_TYPE)) return
      setResultProcessor((answers, { Response, ReadableStream }) => {
        const source = sourceOf(answers as AsyncIterable<ExecutionResult>, pingEveryMs)
        return new Response(new ReadableStream(source) as never, { headers })
      }, MEDIA_TYPE)
    },
  }
}

function sourceOf(answers: AsyncIterable<ExecutionResult>, pingEveryMs: number): UnderlyingDefaultSource<Uint8Array> {
  const iterator = answers[Symbol.asyncIterator]()
  let pinging: NodeJS.Timeout
  return {
    start(controller) {
      // Headers go out with the first bytes.
      controller.enqueue(PING)
      pinging = setInterval(() => {
        // One that does not read is not kept alive.
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(PING)
      }, pingEveryMs)
    },
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (!done) return controller.enqueue(bytesOf(value))
      clearInterval(pinging)
      controller.enqueue(COMPLETE)
      controller.close()
    },
    async cancel() {
      clearInterval(pinging)
      await iterator.return?.()
    },
  }
}

const known = new WeakMap<ExecutionResult, Uint8Array>()

function bytesOf(answer: ExecutionResult): Uint8Array {
  const bytes =
    known.get(answer) ?? Buffer.from(`event: next\ndata: ${JSON.stringify(formatted(answer))}\n${idOf(answer)}\n`)
  known.set(answer, bytes)
  return bytes
}

/** An `EventSource` that comes back says which id it saw last, and goes on from there. */
function idOf({ data }: ExecutionResult): string {
  const [event] = Object.values(data ?? {}) as ({ cursor?: unknown } | null)[]
  return typeof event?.cursor === 'string' ? `id: ${event.cursor}\n` : ''
}

import type { IncomingMessage } from 'node:http'
import { Transform } from 'node:stream'

/** The client is the reason why the body did not come. */
export class BodyProblem extends Error {
  override name = 'BodyProblem'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * A body that ends well only when exactly `sizeBytes` came without a pause of more than `idleMs`. The request itself stays
 * open when it does not, so that it can be answered.
 */
export function measured(request: IncomingMessage, { sizeBytes, idleMs }: { sizeBytes: number; idleMs: number }) {
  const ending = new AbortController()
  let problem: BodyProblem | null = null
  let cameBytes = 0
  const idle = setTimeout(() => fail(408, 'The file took too long.'), idleMs)

  const stream = new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      idle.refresh()
      cameBytes += chunk.length
      if (cameBytes > sizeBytes) return fail(413, `Expected ${sizeBytes} bytes, and more came.`)
      pass(null, chunk)
    },
    flush(pass) {
      clearTimeout(idle)
      if (cameBytes < sizeBytes) return fail(400, `Expected ${sizeBytes} bytes, got ${cameBytes}.`)
      pass()
    },
  })

  function fail(status: number, message: string) {
    problem ??= new BodyProblem(status, message)
    request.unpipe(stream)
    request.pause()
    stream.destroy(problem)
    ending.abort(problem)
  }
  const onBreak = () => {
    if (!request.complete) fail(400, 'The connection broke off.')
  }
  request.on('error', onBreak).on('close', onBreak).pipe(stream)
  stream.on('error', () => {}) // whoever reads it is told as well

  return {
    stream,
    /** Fires when there is no more to come; what waits for the storage meanwhile can stop. */
    signal: ending.signal,
    problem: () => problem,
    /** To be called when it was read, well or not. */
    end() {
      clearTimeout(idle)
      request.off('close', onBreak)
    },
  }
}

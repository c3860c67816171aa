// How long the gateway waits for a body: each door as long as it says, all others 15 s.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { Door } from '#platform/http/gateway.ts'
import { createTestDatabase } from '../support/database.ts'
import { gatewayForTest } from '../support/gateway.ts'

const { db } = await createTestDatabase()
const waiting = (path: string, bodyPatienceMs: number): Door => ({
  ...{ path, bodyPatienceMs },
  async answer(request, response) {
    for await (const _chunk of request);
    response.end('whole')
  },
})

test('a body that takes longer than its door bears is ended with 408, and that of a patient door goes on', async () => {
  const doors = [waiting('/hasty', 300), waiting('/patient', 60_000)]
  const { url } = await gatewayForTest(db, { doors })
  const [hasty, patient] = ['/hasty', '/patient'].map((path) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na`)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)).on('error', () => {}))
    return { socket, closed }
  })
  expect(await hasty?.closed).toBe('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
  patient?.socket.end('bc')
  expect(await patient?.closed).toMatch(/^HTTP\/1.1 200 OK[\s\S]*whole/)
})

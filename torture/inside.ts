/** A look into a running process through Node's inspector: what it holds, and how it is when it is busy. */
import { readdirSync } from 'node:fs'
import type { Child } from './children.ts'

export type Inside = {
  /** After a garbage collection. */
  holdings(): Promise<Holdings>
  /** Its event loop does nothing else for so long. */
  keepBusy(ms: number): Promise<void>
  close(): void
}

export type Holdings = {
  heapBytes: number
  /** Sockets, timers and whatever else keeps a process alive. */
  handles: number
  openFiles: number
  /** Of the process itself: for signals, errors and its end. */
  listeners: number
}

const HOLDINGS = `JSON.stringify({
  heapBytes: process.memoryUsage().heapUsed,
  handles: process.getActiveResourcesInfo().length,
  listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
})`

export async function lookInto(child: Child): Promise<Inside> {
  const [address] = await child.says(/ws:\/\/\S+/)
  const socket = new WebSocket(address)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const waiting = new Map<number, (answer: { result: { result?: { value?: string } } }) => void>()
  let number = 0
  socket.onmessage = ({ data }) => {
    const answer = JSON.parse(String(data))
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  }
  const call = (method: string, params: object = {}) =>
    new Promise<{ result: { result?: { value?: string } } }>((resolve) => {
      number += 1
      waiting.set(number, resolve)
      socket.send(JSON.stringify({ id: number, method, params }))
    })
  return {
    async holdings() {
      await call('HeapProfiler.collectGarbage')
      const { result } = await call('Runtime.evaluate', { expression: HOLDINGS })
      const openFiles = readdirSync(`/proc/${child.process.pid}/fd`).length
      return { ...JSON.parse(result.result?.value ?? '{}'), openFiles }
    },
    async keepBusy(ms) {
      await call('Runtime.evaluate', { expression: `for (const until = Date.now() + ${ms}; Date.now() < until; );` })
    },
    close: () => socket.close(),
  }
}

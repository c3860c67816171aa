/** Detects languages off the event loop, by a thread that starts with the first question and gives its memory back. */
import { Piscina } from 'piscina'
import type { Guess } from './guess.ts'

export type { Guess } from './guess.ts'

export type LanguageDetector = {
  detect(text: string): Promise<Guess>
  close(): Promise<void>
}

/** What the library is called in answers. */
export const DETECTOR_NAME = 'eld'

const IDLE_MS = 30_000
const HEAP_MB = 64

export function openLanguageDetector(): LanguageDetector {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'
  const pool = new Piscina<string, Guess>({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 4 },
  })
  return { detect: (text) => pool.run(text), close: () => pool.destroy() }
}

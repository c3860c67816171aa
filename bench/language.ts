/**
 * `npm run bench:language -- --data <file>`: how often, how fast and how surely languages are detected, on a file of
 * conversations in the format of `#connectors/sandbox/load.ts`. Without a file there is nothing to measure.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { Command } from 'commander'
import { openLanguageDetector } from '#platform/language/detector.ts'
import { guessLanguage } from '#platform/language/guess.ts'

const LEAST_WORDS = 8
const SHARE_WANTED = 0.9

const { data, perLanguage } = new Command('npm run bench:language --')
  .description('Detects the language of messages of known languages and counts.')
  .option('--data <file>', 'conversations (.jsonl, .jsonl.gz), each message or conversation with its language')
  .option('--per-language <count>', 'how many messages of each language at most', Number, 5_000)
  .parse()
  .opts<{ data?: string; perLanguage: number }>()

if (data === undefined) console.log('No file was named (--data), so nothing was measured.')
else await measure(data)

type Line = { language?: string; messages?: { text?: string; lang?: string }[] }
type Tally = { asked: number; right: number; sure: number; sureAndWrong: number; took: Map<string, number> }

async function measure(file: string) {
  await measureStart()
  const tallies = new Map<string, Tally>()
  let [asked, workedMs] = [0, 0]
  for await (const { language, text } of textsIn(file)) {
    const tally = tallies.get(language) ?? { asked: 0, right: 0, sure: 0, sureAndWrong: 0, took: new Map() }
    if (tally.asked >= perLanguage) continue
    const started = performance.now()
    const { locale, confidence } = guessLanguage(text)
    workedMs += performance.now() - started
    const isRight = locale === language
    const isSure = (confidence ?? 0) >= 0.9
    tally.asked += 1
    if (isRight) tally.right += 1
    else tally.took.set(String(locale), (tally.took.get(String(locale)) ?? 0) + 1)
    if (isSure) tally.sure += 1
    if (isSure && !isRight) tally.sureAndWrong += 1
    tallies.set(language, tally)
    asked += 1
  }
  console.log(`${asked} messages of ${LEAST_WORDS} words or more, ${Math.round((workedMs * 1000) / asked)} µs each`)
  for (const [language, tally] of [...tallies].sort()) print(language, tally)
  if ([...tallies.values()].some(({ asked: all, right }) => right / all < SHARE_WANTED)) process.exitCode = 1
}

/** In the thread it runs in, as it is served. */
async function measureStart() {
  const before = process.memoryUsage.rss()
  const started = performance.now()
  const detector = openLanguageDetector()
  await detector.detect('How long does the first one take?')
  const took = performance.now() - started
  const grown = process.memoryUsage.rss() - before
  await detector.close()
  console.log(`first answer after ${Math.round(took)} ms, ${Math.round(grown / 2 ** 20)} MiB while the thread lives`)
}

async function* textsIn(file: string): AsyncGenerator<{ language: string; text: string }> {
  const bytes = createReadStream(file)
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const { language, messages = [] } = JSON.parse(line) as Line
    for (const { text = '', lang } of messages) {
      const tag = lang ?? language ?? ''
      // Mixed ones, such as hi-en, have no right answer; regions are not told apart.
      if (/^[a-z]{2}(-[A-Z]{2})?$/.test(tag) && wordCount(text) >= LEAST_WORDS)
        yield { language: tag.slice(0, 2), text }
    }
  }
}

/** Chinese is counted by characters. */
function wordCount(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0
  return han > 0 ? han : text.split(/\s+/).filter(Boolean).length
}

function print(language: string, { asked, right, sure, sureAndWrong, took }: Tally) {
  const share = (part: number, of: number) => `${((100 * part) / Math.max(1, of)).toFixed(1)} %`
  const mistaken = [...took].sort(([, one], [, other]) => other - one).slice(0, 3)
  const wrong = mistaken.map(([locale, count]) => `${locale} ${count}`).join(', ')
  console.log(
    `${language}  ${share(right, asked).padStart(7)} of ${String(asked).padStart(5)} right; ` +
      `sure of ${share(sure, asked)}, wrong in ${share(sureAndWrong, sure)} of those${wrong && `; mistaken for ${wrong}`}`,
  )
}

/**
 * What a loader gives: a value that is here already, or comes with its batch. It can be awaited like any promise; but what
 * hangs on it by `then` is done at once when it is here, and with its batch when it comes, without a turn of the queue for
 * each. An inbox page (Q1) has 200 of them; promises for each were a third of its CPU.
 */

/** A promise to everybody who wants one. */
export type Loaded<Value> = Promise<Value> & {
  /** What it came to; null until then. */
  outcome: Outcome<Value> | null
  readers: ((outcome: Outcome<Value>) => void)[]
}

type Outcome<Value> = { value: Value; error: null } | { value: null; error: { reason: unknown } }

/** One that is to come: `arrive` or `failToCome` ends it. */
export function coming<Value>(): Loaded<Value> {
  return loaded<Value>(null)
}

/** One that is here. */
export function here<Value>(value: Value): Loaded<Value> {
  return loaded({ value, error: null })
}

export function arrive<Value>(loaded: Loaded<Value>, value: Value): void {
  end(loaded, { value, error: null })
}

export function failToCome<Value>(loaded: Loaded<Value>, reason: unknown): void {
  end(loaded, { value: null, error: { reason } })
}

export function isLoaded(value: unknown): value is Loaded<unknown> {
  return (value as Loaded<unknown> | null)?.then === then
}

/** All of them, in their order: at once when all are here. */
export function allOf<Value>(all: readonly Loaded<Value>[]): Promise<Value[]> {
  const values: Value[] = []
  for (const { outcome } of all) {
    if (outcome?.error !== null) return Promise.all(all)
    values.push(outcome.value as Value)
  }
  return here(values)
}

/** Calls back at once when it is here. */
export function whenHere<Value>(loaded: Loaded<Value>, read: (outcome: Outcome<Value>) => void): void {
  if (loaded.outcome) read(loaded.outcome)
  else loaded.readers.push(read)
}

const noReaders: never[] = []

function loaded<Value>(outcome: Outcome<Value> | null): Loaded<Value> {
  const made: object = { outcome, readers: outcome ? noReaders : [], then, catch: caught, finally: ended }
  return made as Loaded<Value>
}

function end<Value>(loaded: Loaded<Value>, outcome: Outcome<Value>): void {
  const { readers } = loaded
  loaded.outcome = outcome
  loaded.readers = noReaders
  for (const read of readers) read(outcome)
}

function then<Value, Next>(
  this: Loaded<Value>,
  onValue?: ((value: Value) => Next | PromiseLike<Next>) | null,
  onError?: ((reason: unknown) => Next | PromiseLike<Next>) | null,
): Loaded<Next> {
  const next = coming<Next>()
  whenHere(this, ({ value, error }) => {
    try {
      if (error === null) become(next, (onValue ? onValue(value as Value) : value) as Next)
      else if (onError) become(next, onError(error.reason))
      else failToCome(next, error.reason)
    } catch (reason) {
      failToCome(next, reason)
    }
  })
  return next
}

function become<Value>(next: Loaded<Value>, value: Value | PromiseLike<Value>): void {
  if (typeof (value as PromiseLike<Value> | null)?.then !== 'function') arrive(next, value as Value)
  else
    (value as PromiseLike<Value>).then(
      (kept) => arrive(next, kept),
      (reason) => failToCome(next, reason),
    )
}

function caught<Value>(this: Loaded<Value>, onError: (reason: unknown) => Value): Promise<Value> {
  return this.then(null, onError)
}

function ended<Value>(this: Loaded<Value>, onEnd: () => void): Promise<Value> {
  return Promise.resolve(this).finally(onEnd)
}

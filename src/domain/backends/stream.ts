/** `backendHealthChanged`: help desks that stop answering, and answer again. */
import { builder, type GraphContext } from '#platform/graphql/builder.ts'
import { forbidden } from '#platform/graphql/forbidden.ts'
import { type Streamed, streamed } from '#platform/live/iterators.ts'
import { contextAnew } from '#platform/live/moments.ts'
import { watch } from '#platform/live/watching.ts'
import { Backend } from './graphql.ts'
import { allBackends, type BackendRow } from './loaders.ts'

builder.subscriptionField('backendHealthChanged', (t) =>
  t.field({
    type: Backend,
    description:
      'How well help desks answer: first each of them as it is now, then one whenever its `health`, `healthMessage` or `isConnected` is another.',
    subscribe: (_root, _args, context) => {
      if (context.viewer.role === 'CONTACT') throw forbidden('Only agents are told how well help desks answer.')
      return oneByOne(watchBackends(context))
    },
    resolve: (backend) => backend,
  }),
)

const told = ({ health, problem, isConnected }: BackendRow) => JSON.stringify([health, problem?.message, isConnected])

function watchBackends(context: GraphContext): Streamed<BackendRow[]> {
  const { live, workspaceId } = context
  return watch(live, {
    ...{ workspaceId, topic: 'backends', key: '' },
    read: () => allBackends(contextAnew(context)),
    news: (backends) => backends.map((backend) => [backend.id, told(backend)]),
  })
}

/** Those that are otherwise than this reader was told. */
function oneByOne(all: Streamed<BackendRow[]>): Streamed<BackendRow> {
  const known = new Map<string, string>()
  let waiting: BackendRow[] = []
  return streamed({
    async next() {
      while (waiting.length === 0) {
        const step = await all.next()
        if (step.done) return undefined
        waiting = step.value.filter((backend) => known.get(backend.id) !== told(backend))
        for (const backend of waiting) known.set(backend.id, told(backend))
      }
      return waiting.shift()
    },
    close: () => void all.return?.(),
  })
}

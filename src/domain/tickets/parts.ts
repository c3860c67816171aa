/** Small types that tickets and conversations are made of. */
import { fromContacts } from '#platform/graphql/access.ts'
import { builder } from '#platform/graphql/builder.ts'
import { SlaStateEnum } from './filter.ts'
import type { TicketRow } from './loaders.ts'
import type { Label, Sla } from './table.ts'

export const BackendLabel = builder.objectRef<Label>('BackendLabel').implement({
  description: "The help desk's own word for a value of ours, with its colours.",
  fields: (t) => ({
    raw: t.exposeString('raw', { description: 'Its word or code for programs.' }),
    label: t.exposeString('label', { description: 'Its word for people.' }),
    backgroundColor: t.string({
      nullable: true,
      description: 'Colour behind the word.',
      resolve: ({ backgroundColor }) => backgroundColor,
    }),
    textColor: t.string({ nullable: true, description: 'Colour of the word.', resolve: ({ textColor }) => textColor }),
  }),
})

const SlaEvent = builder.objectRef<Sla['events'][number]>('SlaEvent').implement({
  description: 'Something that happened to a promised time of answer.',
  fields: (t) => ({
    name: t.exposeString('name', { description: "What happened, in the help desk's words." }),
    at: t.field({ type: 'DateTime', description: 'When.', resolve: ({ at }) => at }),
    detail: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What else it said.',
      resolve: ({ detail }) => detail,
    }),
  }),
})

export const SlaStatus = builder.objectRef<Sla>('SlaStatus').implement({
  description: 'How a promised time of answer stands.',
  fields: (t) => ({
    state: t.field({
      hidden: fromContacts('NONE'),
      type: SlaStateEnum,
      description: 'How it stands.',
      resolve: ({ state }) => state,
    }),
    policyName: t.string({
      hidden: fromContacts(null),
      nullable: true,
      description: 'The promise, by its name or id at the help desk.',
      resolve: ({ policyName }) => policyName,
    }),
    dueAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When an answer is due.',
      resolve: ({ dueAt }) => dueAt,
    }),
    breachedAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When it was broken.',
      resolve: ({ breachedAt }) => breachedAt,
    }),
    events: t.field({
      hidden: fromContacts([]),
      type: [SlaEvent],
      description: 'What happened to it.',
      resolve: ({ events }) => events,
    }),
  }),
})

export const TicketMetrics = builder.objectRef<TicketRow>('TicketMetrics').implement({
  description: 'How long things took, in seconds.',
  fields: (t) => ({
    responseTimeSeconds: t.exposeInt('responseTimeSeconds', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Time spent waiting for the team.',
    }),
    responseCount: t.exposeInt('responseCount', { hidden: fromContacts(0), description: 'How many answers went out.' }),
    firstResponseTimeSeconds: t.exposeInt('firstResponseTimeSeconds', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'From opening to the first answer.',
    }),
    resolutionTimeSeconds: t.exposeInt('resolutionTimeSeconds', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'From opening to resolution.',
    }),
  }),
})

import { fromContacts } from '#platform/graphql/access.ts'
import { builder, enumOf, type GraphContext } from '#platform/graphql/builder.ts'
import { idFrom } from '#platform/graphql/node-ids.ts'
import { Node, nodeIdField, registerNode } from '#platform/graphql/nodes.ts'
import {
  backendHealths,
  type Capability,
  capabilities,
  type SupportLevel,
  supportLevels,
  syncStates,
  wordsOf,
} from '#vocabulary.ts'
import { allBackends, type BackendRow, backendById, backendOf, type MisfitRow, misfitsOfBackend } from './loaders.ts'
import { type BackendFailure, problemOf, type QuotaExceeded, type Unsupported, UserError } from './problems.ts'
import { abilityOf, type VendorDescription, vendorOf } from './vendors.ts'

const CapabilityEnum = enumOf(
  'Capability',
  'Every operation or family of fields that help desks differ in.',
  capabilities,
)
const SupportLevelEnum = enumOf('SupportLevel', 'How far a capability goes on one backend.', supportLevels)
const BackendHealthEnum = enumOf('BackendHealth', 'How well a backend answers.', backendHealths)
const SyncStateEnum = enumOf('SyncState', 'How far a local copy is.', syncStates)

type Ability = { name: Capability; level: SupportLevel; note?: string }
function abilitiesOf(vendor: VendorDescription): Ability[] {
  return wordsOf(capabilities).map((name) => ({ name, ...vendor.capabilities[name] }))
}

const BackendCapability = builder.objectRef<Ability>('BackendCapability').implement({
  description: 'One thing a help desk can or cannot do.',
  fields: (t) => ({
    name: t.field({ type: CapabilityEnum, description: 'What it is about.', resolve: ({ name }) => name }),
    level: t.field({ type: SupportLevelEnum, description: 'How far it goes.', resolve: ({ level }) => level }),
    note: t.string({
      nullable: true,
      description: 'Shown to users, e.g. why it is not possible.',
      resolve: ({ note }) => note,
    }),
  }),
})

const Vendor = builder.objectRef<VendorDescription>('Vendor').implement({
  description: 'A kind of help desk the gateway can speak to. Data, not an enum: a sixth vendor changes no client.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Short name, e.g. chatwoot.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    capabilities: t.field({ type: [BackendCapability], description: 'What it can do.', resolve: abilitiesOf }),
  }),
})

const BackendQuota = builder.objectRef<QuotaExceeded>('BackendQuota').implement({
  description: 'What is known of a quota that is used up.',
  fields: (t) => ({
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it opens again.',
      resolve: ({ resetsAt }) => resetsAt,
    }),
    message: t.exposeString('message', { nullable: true, description: "The help desk's own words." }),
  }),
})

const Misfit = builder.objectRef<MisfitRow>('Misfit').implement({
  description:
    'Something in an answer of a help desk that did not fit. Nothing is thrown away: it is kept here as it came.',
  fields: (t) => ({
    isParked: t.boolean({
      description:
        'True: the whole item could not be stored. False: one value of a stored item became UNKNOWN or null.',
      resolve: ({ kind }) => kind === 'parked',
    }),
    subject: t.exposeString('subject', { description: 'What it is, e.g. message.' }),
    externalId: t.exposeString('externalId', { nullable: true, description: "The help desk's id of it." }),
    field: t.exposeString('field', { nullable: true, description: 'Which value, when it is one value.' }),
    problem: t.exposeString('problem', { description: 'What was expected and what came.' }),
    raw: t.field({
      scopes: ['RAW_READ'],
      type: 'JSON',
      nullable: true,
      description: 'What came, without live secrets.',
      resolve: ({ raw }) => raw,
    }),
    occurrences: t.exposeInt('occurrences', { description: 'How often it was met.' }),
    lastSeenAt: t.field({
      type: 'DateTime',
      description: 'When it was met last.',
      resolve: ({ lastSeenAt }) => lastSeenAt,
    }),
  }),
})

const SyncProgress = builder.objectRef<{ done: number; total: number | null }>('SyncProgress').implement({
  description: 'How far a round of copying is.',
  fields: (t) => ({
    done: t.exposeInt('done', { description: 'Tickets copied in this round.' }),
    total: t.exposeInt('total', { nullable: true, description: 'Tickets of the round, when the help desk says.' }),
  }),
})

/** What both a backend's and a ticket's state of copying answer. */
export type SyncInfoShape = {
  state: keyof typeof syncStates
  lastSyncedAt: Date | null
  nextSyncAt: Date | null
  isStale: boolean
  error: string | null
  /** Whose copy it is; the pending writes are counted by it. */
  of: { backendId: string } | { ticketId: string }
  progress: { done: number; total: number | null } | null
  misfitCount: number
  misfits: (context: GraphContext, limit: number) => Promise<MisfitRow[]> | MisfitRow[]
}

export const SyncInfo = builder.objectRef<SyncInfoShape>('SyncInfo').implement({
  description: 'State of the local copy: of a whole backend or of one ticket.',
  fields: (t) => ({
    state: t.field({
      hidden: fromContacts('LIVE'),
      type: SyncStateEnum,
      description: 'How far the copy is.',
      resolve: ({ state }) => state,
    }),
    lastSyncedAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When it was last found to agree with the help desk.',
      resolve: ({ lastSyncedAt }) => lastSyncedAt,
    }),
    nextSyncAt: t.field({
      hidden: fromContacts(null),
      type: 'DateTime',
      nullable: true,
      description: 'When it is asked next.',
      resolve: ({ nextSyncAt }) => nextSyncAt,
    }),
    isStale: t.exposeBoolean('isStale', {
      hidden: fromContacts(false),
      description: 'True when the copy is older than it should be or the last pull failed.',
    }),
    error: t.exposeString('error', {
      hidden: fromContacts(null),
      nullable: true,
      description: 'Why the last pull failed.',
    }),
    progress: t.field({
      hidden: fromContacts(null),
      type: SyncProgress,
      nullable: true,
      description: 'How far the round under way is; null between rounds and for a ticket.',
      resolve: ({ progress }) => progress,
    }),
    misfitCount: t.exposeInt('misfitCount', {
      hidden: fromContacts(0),
      description: 'How many answers, or values in answers, did not fit so far.',
    }),
    misfits: t.field({
      hidden: fromContacts([]),
      type: [Misfit],
      description: 'What did not fit, newest first.',
      args: { limit: t.arg.int({ required: true, defaultValue: 20, description: 'How many, at most 100.' }) },
      resolve: ({ misfits }, { limit }, context) => misfits(context, Math.min(Math.max(limit, 0), 100)),
    }),
  }),
})

/** Older than it should be, or the last pull failed. */
export function isStale({ sync }: BackendRow, now: Date): boolean {
  if (sync.state === 'FAILED' || sync.state === 'PAUSED' || sync.lastSyncedAt === null) return true
  return now.getTime() - sync.lastSyncedAt.getTime() > sync.freshnessSeconds * 1000
}

export const Backend = builder.objectRef<BackendRow>('Backend')
Backend.implement({
  description: 'One connected account at a help desk.',
  interfaces: [Node],
  fields: (t) => ({
    id: t.id(nodeIdField('Backend')),
    key: t.exposeString('key', { description: 'Short name in configuration.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    vendor: t.field({ type: Vendor, description: 'What kind of help desk it is.', resolve: vendorOf }),
    health: t.field({
      hidden: fromContacts('OK'),
      type: BackendHealthEnum,
      description: 'How well it answers.',
      resolve: ({ health }) => health,
    }),
    healthMessage: t.string({
      hidden: fromContacts(null),
      nullable: true,
      description: 'Why it is not well, in its own words.',
      resolve: ({ problem }) => problem?.message,
    }),
    problem: t.field({
      hidden: fromContacts(null),
      type: UserError,
      nullable: true,
      description: 'Its last failure, typed; null when it is well.',
      resolve: problemOf,
    }),
    isConnected: t.exposeBoolean('isConnected', {
      hidden: fromContacts(true),
      description: 'False: no longer configured. Its tickets stay readable.',
    }),
    sync: t.field({
      type: SyncInfo,
      description: 'State of its local copy.',
      resolve: (row, _args, context) => syncInfoOf(row, context),
    }),
    quota: t.field({
      hidden: fromContacts(null),
      type: BackendQuota,
      nullable: true,
      description: 'Its quota, while that is used up.',
      resolve: (row) => (row.problem?.kind === 'WAIT_FOR_QUOTA' ? (problemOf(row) as QuotaExceeded) : null),
    }),
    capabilities: t.field({
      type: [BackendCapability],
      description: 'What it can do.',
      resolve: (row, _args, { languages }) =>
        wordsOf(capabilities).map((name) => ({ name, ...abilityOf(row, name, languages) })),
    }),
    capability: t.field({
      type: BackendCapability,
      description: 'Whether and how it can do one thing.',
      args: { name: t.arg({ type: CapabilityEnum, required: true, description: 'What it is about.' }) },
      resolve: (row, { name }, { languages }) => ({ name, ...abilityOf(row, name, languages) }),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was connected.',
      resolve: ({ createdAt }) => createdAt,
    }),
  }),
})

function syncInfoOf(row: BackendRow, context: GraphContext): SyncInfoShape {
  const { sync } = row
  return {
    state: sync.state,
    lastSyncedAt: sync.lastSyncedAt,
    nextSyncAt: sync.nextSyncAt,
    isStale: isStale(row, context.now),
    error: sync.error,
    of: { backendId: row.id },
    progress: sync.round ? { done: sync.progressDone, total: sync.progressTotal } : null,
    misfitCount: sync.misfitCount,
    misfits: (asking, limit) => misfitsOfBackend(asking, row.id, limit),
  }
}

export const BackendError = builder.objectRef<BackendFailure>('BackendError').implement({
  description: 'A help desk failed or refused.',
  interfaces: [UserError],
  fields: (t) => ({
    backend: t.field({ type: Backend, description: 'Which one.', resolve: ({ backend }) => backend }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether trying again later can help.' }),
    retryAfter: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is worth trying again.',
      resolve: ({ retryAfter }) => retryAfter,
    }),
    providerCode: t.exposeString('providerCode', { nullable: true, description: "The help desk's own error code." }),
    providerRequestId: t.exposeString('providerRequestId', {
      nullable: true,
      description: "The help desk's own id of the request.",
    }),
  }),
})

builder.objectRef<QuotaExceeded>('QuotaExceededError').implement({
  description: 'The quota of a help desk is used up.',
  interfaces: [UserError],
  fields: (t) => ({
    backend: t.field({ type: Backend, nullable: true, description: 'Which one.', resolve: ({ backend }) => backend }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it opens again.',
      resolve: ({ resetsAt }) => resetsAt,
    }),
  }),
})

builder.objectRef<Unsupported>('UnsupportedError').implement({
  description:
    'The help desk cannot do this, and it cannot be kept here instead. `Backend.capability` says so beforehand.',
  interfaces: [UserError],
  fields: (t) => ({
    backend: t.field({
      type: Backend,
      description: 'Which one.',
      resolve: (row, _args, context) => backendOf(context, row),
    }),
    capability: t.field({
      type: CapabilityEnum,
      description: 'What it cannot do.',
      resolve: ({ capability }) => capability,
    }),
  }),
})

registerNode('Backend', backendById)

builder.queryFields((t) => ({
  backends: t.field({
    type: [Backend],
    description: 'All connected help desks, by name.',
    resolve: (_root, _args, context) => allBackends(context),
  }),
  backend: t.field({
    type: Backend,
    nullable: true,
    description: 'One connected help desk; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Its global id.' }) },
    resolve: async (_root, { id }, context) => {
      const key = idFrom(id, 'Backend')
      return key ? backendById(context, key) : null
    },
  }),
}))

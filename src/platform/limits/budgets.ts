/**
 * How much each token may still ask for in this minute. Counted here, at once, and told to the other gateways within a second:
 * no request waits for the store, and one that is away makes each gateway count for itself.
 */
import type { Viewer } from '#platform/graphql/viewer.ts'

export type Allowance = { requests: number; cost: number }
export type BudgetLimits = {
  /** A token may stand for a whole company. */
  perMinute: Allowance
  /** A contact is one person. */
  perMinuteOfContact: Allowance
}

/**
 * An inbox page costs 350 points, a long conversation 700: a hundred agents behind one token, whose consoles ask for both
 * every few seconds, and a busy integration beside them use a twentieth of it. One gateway answers hardly more than that,
 * so it takes several to need a limit; what a token may use of one is for `limits` of the configuration.
 */
export const usualBudgets: BudgetLimits = {
  perMinute: { requests: 120_000, cost: 60_000_000 },
  perMinuteOfContact: { requests: 600, cost: 300_000 },
}

/** For measurements. */
export const boundlessBudgets: BudgetLimits = {
  perMinute: { requests: 2 ** 31 - 1, cost: 2 ** 31 - 1 },
  perMinuteOfContact: { requests: 2 ** 31 - 1, cost: 2 ** 31 - 1 },
}

/** What one bearer used in one minute. */
export type Use = Allowance & { bearer: string; minute: Date }

/** Adds uses to those of all gateways; answers the sums, in the same order. */
export type ShareUses = (workspaceId: string, uses: Use[]) => Promise<Allowance[]>

export type Budget = {
  limit: number
  /** Points left in this minute. */
  remaining(): number
  resetAt(): Date
  /** Counts a request; false when there are none left, or no points. */
  admit(): boolean
  /** Counts points; false, and counts nothing, when there are not so many left. */
  spend(cost: number): boolean
}

export type Budgets = {
  of(viewer: Pick<Viewer, 'workspaceId' | 'tokenName' | 'actorId' | 'role'>): Budget
  /** Tells what is not told yet. */
  close(): Promise<void>
}

const minuteMs = 60_000
const tellEveryMs = 1_000
/** Who used so much of an allowance since it was last told is told of at once. */
const toldAtOnce = 1 / 20

type Account = {
  workspaceId: string
  bearer: string
  allowance: Allowance
  minute: number
  /** By all gateways, as last heard; ours since then is in `untold`. */
  known: Allowance
  untold: Allowance
  budget: Budget
}

/** Without `share` a gateway counts for itself. */
export function openBudgets(
  limits: BudgetLimits,
  share: ShareUses | null = null,
  onError: (error: unknown) => void = () => {},
): Budgets {
  const accounts = new Map<string, Account>()
  let timer: NodeJS.Timeout | undefined
  let telling: Promise<void> | undefined

  function accountOf({ workspaceId, tokenName, actorId, role }: Parameters<Budgets['of']>[0]): Account {
    const bearer = actorId === null ? tokenName : `${tokenName} ${actorId}`
    const key = `${workspaceId} ${bearer}`
    const minute = Math.floor(Date.now() / minuteMs) * minuteMs
    const account = accounts.get(key)
    if (account?.minute === minute) return account
    const allowance = role === 'CONTACT' ? limits.perMinuteOfContact : limits.perMinute
    const opened = { workspaceId, bearer, allowance, minute, known: none(), untold: none() }
    const fresh: Account = Object.assign(opened, { budget: budgetOf(opened) })
    accounts.set(key, fresh)
    return fresh
  }

  function budgetOf(account: Omit<Account, 'budget'>): Budget {
    const { allowance } = account
    const left = (what: keyof Allowance) => allowance[what] - account.known[what] - account.untold[what]
    return {
      limit: allowance.cost,
      remaining: () => Math.max(0, left('cost')),
      resetAt: () => new Date(account.minute + minuteMs),
      admit() {
        if (left('requests') < 1 || left('cost') < 1) return false
        count(account, { requests: 1, cost: 0 })
        return true
      },
      spend(cost) {
        if (left('cost') < cost) return false
        count(account, { requests: 0, cost })
        return true
      },
    }
  }

  function count(account: Omit<Account, 'budget'>, use: Allowance): void {
    account.untold = plus(account.untold, use, 1)
    if (!share) return
    const { untold, allowance } = account
    const isMuch = untold.requests > allowance.requests * toldAtOnce || untold.cost > allowance.cost * toldAtOnce
    if (isMuch && !telling) void tell()
    else timer ??= setTimeout(tell, tellEveryMs).unref()
  }

  function tell(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    telling ??= tellAll().finally(() => {
      telling = undefined
    })
    return telling
  }

  async function tellAll(): Promise<void> {
    const used = [...accounts.values()].filter(({ untold }) => untold.requests > 0 || untold.cost > 0)
    for (const [workspaceId, group] of Map.groupBy(used, (account) => account.workspaceId)) {
      const uses = group.map(({ bearer, minute, untold }) => ({ ...untold, bearer, minute: new Date(minute) }))
      const sums = await share?.(workspaceId, uses).catch(onError)
      group.forEach((account, index) => {
        const told = uses[index] as Use
        account.known = sums?.[index] ?? plus(account.known, told, 1)
        // Until the answer came they counted as ours.
        account.untold = plus(account.untold, told, -1)
      })
    }
    const minute = Math.floor(Date.now() / minuteMs) * minuteMs
    for (const [key, account] of accounts) if (account.minute < minute) accounts.delete(key)
  }

  return {
    of: (viewer) => accountOf(viewer).budget,
    async close() {
      await telling
      if (share) await tell()
    },
  }
}

const none = (): Allowance => ({ requests: 0, cost: 0 })

function plus(one: Allowance, other: Allowance, sign: 1 | -1): Allowance {
  return { requests: one.requests + sign * other.requests, cost: one.cost + sign * other.cost }
}

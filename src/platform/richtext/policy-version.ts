/** Raise it with every change of `policy.ts`: stored HTML names the version that cleaned it. Here, since only threads load that. */
export const POLICY_VERSION = 1

export const viewerRoles = {
  CONTACT: 'A customer: sees their own tickets.',
  AGENT: 'Somebody who answers.',
  ADMIN: 'Somebody who also configures.',
  INTEGRATION: 'A program.',
} as const
export type Role = keyof typeof viewerRoles

/** Upload addresses, made and signed as download addresses are. */
import { v7 as uuidv7 } from 'uuid'
import { partsOfSigned, signedPath } from '#platform/http/signed-address.ts'

export const uploadPath = '/uploads/'

/** What commands have to know of uploading. */
export type Uploading = {
  /** Signs the addresses. */
  key: string
  /** The largest file that is taken. */
  maxBytes: number
}

const addressLifeMs = 60 * 60_000
const unusedLifeMs = 24 * 60 * 60_000

/** Until when an address made now takes the file. */
export function uploadExpiry(now: Date): Date {
  return new Date(now.getTime() + addressLifeMs)
}

/** Until when a file is kept that nothing uses. */
export function unusedExpiry(now: Date): Date {
  return new Date(now.getTime() + unusedLifeMs)
}

type Signer = { workspaceId: string; origin: string; now: Date; uploads: Uploading | null }

/** Null for a file that is here already, and where nothing can be uploaded. */
export function uploadUrlOf(
  row: { id: string; status: string; storageKey: string | null },
  { workspaceId, origin, now, uploads }: Signer,
): string | null {
  if (!uploads || row.status !== 'UNAVAILABLE' || row.storageKey === null) return null
  return `${origin}${signedPath(uploadPath, [workspaceId, row.id], { expiresAt: uploadExpiry(now), key: uploads.key })}`
}

export type UploadTicket = { workspaceId: string; attachmentId: string }

/** What an address stands for; null when it is not ours, was changed, or is too old. */
export function uploadTicketOf(path: string, { now, key }: { now: Date; key: string }): UploadTicket | null {
  const [workspaceId, attachmentId] = partsOfSigned(uploadPath, path, { now, key }) ?? []
  return workspaceId && attachmentId ? { workspaceId, attachmentId } : null
}

/** A place in the storage of its own for each attempt, so that two at once never write into each other. */
export function newStorageKey(workspaceId: string): string {
  return `${workspaceId}/${uuidv7()}`
}

/**
 * Download addresses: short-lived, signed, and silent about the help desk behind them. The address says which attachment
 * of which workspace and until when; whoever has it may download.
 */
import { partsOfSigned, signedPath } from '#platform/http/signed-address.ts'
import { mayHaveThumbnail } from '#platform/pictures/thumbnails.ts'

const lifeMs = 10 * 60_000
/** Addresses made within one minute are the same, so that clients and caches see them as one. */
const stepMs = 60_000

export const downloadPath = '/attachments/'

/** Until when an address made now works. */
export function downloadExpiry(now: Date): Date {
  return new Date(Math.floor(now.getTime() / stepMs) * stepMs + lifeMs)
}

type Signer = { workspaceId: string; origin: string; now: Date; downloadKey: string | null }

/** Null where the file cannot be downloaded. */
export function downloadUrlOf(
  row: { id: string; status: string },
  { workspaceId, origin, now, downloadKey }: Signer,
): string | null {
  if (downloadKey === null || (row.status !== 'OK' && row.status !== 'WARNING')) return null
  const signing = { expiresAt: downloadExpiry(now), key: downloadKey }
  return `${origin}${signedPath(downloadPath, [workspaceId, row.id], signing)}`
}

/** Of pictures, which pages show again and again: for an hour the address stays the same. */
const pictureLifeMs = 2 * 60 * 60_000
const pictureStepMs = 60 * 60_000

/** Where a picture is to be had at most so wide; null where there can be none. */
export function thumbnailUrlOf(
  row: { id: string; status: string; kind: string; contentType: string | null; sizeBytes: number | null },
  width: number,
  { workspaceId, origin, now, downloadKey }: Signer,
): string | null {
  const isReady = row.kind === 'IMAGE' && (row.status === 'OK' || row.status === 'WARNING')
  if (downloadKey === null || !isReady || !mayHaveThumbnail(row.contentType, row.sizeBytes)) return null
  const expiresAt = new Date(Math.floor(now.getTime() / pictureStepMs) * pictureStepMs + pictureLifeMs)
  return `${origin}${signedPath(downloadPath, [workspaceId, row.id, String(width)], { expiresAt, key: downloadKey })}`
}

/** `width`: of a small picture; null for the file itself. */
export type DownloadTicket = { workspaceId: string; attachmentId: string; width: number | null }

/** What an address stands for; null when it is not ours, was changed, or is too old. */
export function downloadTicketOf(
  path: string,
  { now, downloadKey }: Pick<Signer, 'now'> & { downloadKey: string },
): DownloadTicket | null {
  const [workspaceId, attachmentId, width] = partsOfSigned(downloadPath, path, { now, key: downloadKey }) ?? []
  return workspaceId && attachmentId ? { workspaceId, attachmentId, width: width ? Number(width) : null } : null
}

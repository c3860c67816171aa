/** Tags: `ticketing/tags`, `{ id, name }`; they have no colour. Source: vendor's reference, Tag (SEEN). */
import type { OutgoingTag } from '#connectors/operations.ts'
import { guidOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError } from '#errors.ts'
import { isGuid } from './channels.ts'
import { allRows } from './fetch-thread.ts'
import { guidMadeBy, type Writer } from './writer.ts'

/** The tag of that name, made when there is none. */
export async function ensureTag({ client }: Writer, name: string): Promise<string> {
  const rows = await allRows(client, { first: await client.tags(), keys: ['tags'], park: () => [] })
  const known = rows.map(objectOf).find((tag) => textOf(tag?.name) === name)
  return guidOf(known?.id) ?? guidMadeBy(await client.write('POST', 'ticketing/tags', { name }), 'a tag')
}

export async function renameTag({ client }: Writer, externalId: string, name: string): Promise<void> {
  await client.write('PUT', tagPath(externalId), { name })
}

export async function deleteTag({ client }: Writer, externalId: string): Promise<void> {
  try {
    await client.write('DELETE', tagPath(externalId))
  } catch (error) {
    if (!(error instanceof GoneError)) throw error
  }
}

/** The id to write for a tag; one known by its name only is looked up or made. */
export async function tagIdFor(writer: Writer, { externalId, name }: OutgoingTag): Promise<string> {
  return isGuid(externalId) ? externalId : ensureTag(writer, name)
}

const tagPath = (externalId: string) => `ticketing/tags/${encodeURIComponent(externalId)}`

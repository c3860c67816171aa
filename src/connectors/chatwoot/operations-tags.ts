/**
 * Labels. Conversations name them by title, so the title is a tag's external id; Chatwoot writes it in lower case and
 * allows letters, digits, `-` and `_`. Their calls take a number, which is looked up. Administrators only.
 */
import type { JsonObject } from '#connectors/contract.ts'
import type { Receipt, TagFields } from '#connectors/operations.ts'
import { idOf, objectOf, textOf } from '#connectors/reading.ts'
import { GoneError, RefusedError, TryAgainError } from '#errors.ts'
import type { Source } from './read.ts'

/** One of this name and colour that is there already is the one. */
export async function createTag(source: Source, fields: TagFields): Promise<Receipt> {
  const known = await find(source, fields.name)
  if (known) {
    await recolour(source, known, fields)
    return { tagExternalId: known.title }
  }
  const title = textOf(objectOf(await source.client.createLabel(bodyOf(fields)))?.title)
  if (title === null) throw new TryAgainError('Chatwoot answered without the label it made', { httpStatus: 200 })
  return { tagExternalId: title }
}

/** A new name is a new external id. */
export async function updateTag(
  source: Source,
  { externalId, ...fields }: TagFields & { externalId: string },
): Promise<Receipt> {
  const label = await find(source, externalId)
  if (!label) {
    // Renamed before.
    const renamed = await find(source, fields.name)
    if (!renamed) throw new GoneError(`Chatwoot has no label ${externalId}`)
    await recolour(source, renamed, fields)
    return { tagExternalId: renamed.title }
  }
  const isSame = label.title === fields.name.toLowerCase() && isColour(label, fields.color)
  if (isSame) return { tagExternalId: label.title }
  await source.client.updateLabel(label.id, bodyOf(fields))
  // A title that is not allowed is answered with 200 and left as it was (SEEN).
  const after = await find(source, fields.name)
  if (after?.id !== label.id) throw new RefusedError(`Chatwoot did not take "${fields.name}" as a label's name`)
  return { tagExternalId: after.title }
}

export async function deleteTag(source: Source, { externalId }: { externalId: string }): Promise<Receipt> {
  const label = await find(source, externalId)
  if (label)
    await source.client.deleteLabel(label.id).catch((error) => {
      if (!(error instanceof GoneError)) throw error
    })
  return { tagExternalId: externalId }
}

type Label = { id: string; title: string; color: string | null }

async function find({ client }: Source, name: string): Promise<Label | null> {
  for (const row of await client.labels()) {
    const wire = objectOf(row)
    const [id, title] = [idOf(wire?.id), textOf(wire?.title)]
    if (id !== null && title?.toLowerCase() === name.toLowerCase()) return { id, title, color: textOf(wire?.color) }
  }
  return null
}

async function recolour({ client }: Source, label: Label, { color }: TagFields): Promise<void> {
  if (!isColour(label, color)) await client.updateLabel(label.id, { title: label.title, color })
}

/** Without one wanted, any is right. */
function isColour(label: Label, color: string | null): boolean {
  return color === null || label.color?.toLowerCase() === color.toLowerCase()
}

function bodyOf({ name, color }: TagFields): JsonObject {
  return { title: name, ...(color === null ? {} : { color }) }
}

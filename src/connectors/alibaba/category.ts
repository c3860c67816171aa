/** What a new ticket is about: CreateTicket needs a CategoryId, which hangs below a product (SEEN). */
import { RefusedError } from '#errors.ts'
import type { Client, Named } from './client.ts'
import type { Settings } from './settings.ts'

/**
 * The id for a ticket's `category`: an id as tickets show it, or `Product / Category` by their names, which are looked up.
 * Without one, that of the settings.
 */
export async function categoryIdOf(
  category: string | null | undefined,
  { client, settings }: { client: Client; settings: Settings },
): Promise<string> {
  const said = category?.trim() || settings.categoryId
  if (!said) {
    throw new RefusedError(
      'a new ticket needs a category: the id of one, `Product / Category` by name, or the setting categoryId',
    )
  }
  if (/^\d+$/.test(said)) return said
  const [productName = '', ...others] = said.split('/').map((name) => name.trim())
  const categoryName = others.join('/')
  if (!productName || !categoryName)
    throw new RefusedError(`expected a category as an id or as \`Product / Category\`, got ${said}`)
  const product = the(await client.listProducts(productName), productName, 'product')
  return the(await client.listCategories(product, categoryName), categoryName, 'category')
}

function the(candidates: Named[], wanted: string, kind: string): string {
  const found = candidates.find(({ name }) => name.trim().toLowerCase() === wanted.toLowerCase())
  if (!found) throw new RefusedError(`Alibaba Cloud has no ${kind} named ${wanted}`)
  return found.id
}

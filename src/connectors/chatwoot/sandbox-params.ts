/** The parameters of a call to the sandbox, as Rails reads them: from JSON, or from a form with `a[b]` and `a[]`. */
import type { SandboxRequest } from '#connectors/sandbox/sandbox.ts'

export type Params = { [key: string]: unknown }
export type UploadedFile = { name: string; contentType: string; bytes: Uint8Array }

/** Null for a body that is not what it says; a body of another type is not read. */
export async function paramsOf({ body, headers }: SandboxRequest): Promise<Params | null> {
  const contentType = headers['content-type'] ?? ''
  if (body.length === 0) return {}
  try {
    if (contentType.startsWith('application/json')) return paramsIn(JSON.parse(body.toString()))
    if (contentType.startsWith('application/x-www-form-urlencoded'))
      return nested([...new URLSearchParams(body.toString())])
    if (!contentType.startsWith('multipart/form-data')) return {}
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
    return nested(await Promise.all([...form].map(async ([name, value]) => [name, await fieldOf(value)] as const)))
  } catch {
    return null
  }
}

/** Anything but an object is no parameters. */
export function paramsIn(value: unknown): Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Params) : {}
}

/** Rails' idea of true, in JSON and in forms. */
export function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && ![false, 'false', '0', 0, ''].includes(value as string)
}

async function fieldOf(value: string | File): Promise<string | UploadedFile> {
  if (typeof value === 'string') return value
  return { name: value.name, contentType: value.type, bytes: new Uint8Array(await value.arrayBuffer()) }
}

function nested(entries: Iterable<readonly [string, unknown]>): Params {
  const params: Params = {}
  for (const [name, value] of entries) {
    const path = [...name.matchAll(/^[^[]+|\[([^\]]*)\]/g)].map((match) => match[1] ?? match[0])
    let place = params
    for (const [index, key] of path.entries()) {
      if (index === path.length - 1) place[key] = value
      else if (path[index + 1] === '') {
        place[key] = [...((place[key] as unknown[] | undefined) ?? []), value]
        break
      } else {
        place[key] ??= {}
        place = place[key] as Params
      }
    }
  }
  return params
}

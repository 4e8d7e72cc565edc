import { field, list, text } from '#shared/kit/loose.ts'
import { mapLimit } from '#shared/kit/map-limit.ts'
import type { Outside } from '#shared/response.ts'
import type { Place, StoredObject } from './world.ts'

/** What lies in the bucket of a host, by the set that it belongs to; each object read back, not only listed. */
export async function objectsOf(
  host: string,
  { bucket, account, region }: Place,
  { reads }: Outside,
): Promise<ReadonlyMap<string, readonly StoredObject[]>> {
  const Prefix = `${account}/${region}/${host}/`
  const keys: string[] = []
  let cursor: string | undefined
  do {
    const page = await reads['s3:ListBucket']({
      Bucket: bucket,
      Prefix,
      ...(cursor ? { ContinuationToken: cursor } : {}),
    })
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []))
    cursor = page.NextContinuationToken || undefined
  } while (cursor)
  const found = await mapLimit(keys, 8, async (Key): Promise<[string, StoredObject][]> => {
    const [, since, name] = /^([^/]+)\/(facts\.json|manifest\.json)$/.exec(Key.slice(Prefix.length)) ?? []
    if (!since || !isName(name)) return []
    const { uri, body } = await reads['s3:GetObject']({ Bucket: bucket, Key })
    return [[since, { name, uri, gaps: name === 'facts.json' ? gapsIn(body) : [] }]]
  })
  const all = found.flat()
  return new Map(all.map(([since]) => [since, all.filter(([one]) => one === since).map(([, object]) => object)]))
}

const isName = (name: string | undefined): name is StoredObject['name'] =>
  name === 'facts.json' || name === 'manifest.json'

/** What the facts say of themselves that could not be read. */
function gapsIn(body: string): readonly string[] {
  try {
    return list(field(JSON.parse(body) as unknown, 'gaps')).flatMap((one) => text(one) ?? [])
  } catch {
    return ['what was stored is no JSON']
  }
}

/** Maps over the items with at most `limit` of them in flight; the results keep the items' order. The first error ends it. */
export async function mapLimit<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const lane = async () => {
    for (let mine = next++; mine < items.length; mine = next++) results[mine] = await work(items[mine]!)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane))
  return results
}

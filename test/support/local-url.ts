import { url } from './cloud.ts'

const PUBLIC = /^https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=[/?#]|$)\/?/

/** Whether it is the address of an HTTP API as AWS gives it. */
export const isPublicUrl = (address: string): boolean => PUBLIC.test(address)

/** Where the local cloud serves an address of an HTTP API. */
export function localUrl(address: string): string {
  const [start, id] = PUBLIC.exec(address) ?? []
  if (start === undefined) {
    throw new Error(`Expected https://ID.execute-api.REGION.amazonaws.com/…, got ${address}.`)
  }
  return `${url}/_aws/execute-api/${id}/$default/${address.slice(start.length)}`
}

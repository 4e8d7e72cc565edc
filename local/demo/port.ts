import { createServer } from 'node:net'

/** That port where it is free, since people know it from other local clouds; otherwise 0, for any. */
export async function portOr(port: number): Promise<number> {
  const server = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (isFree) await new Promise((resolve) => server.close(resolve))
  return isFree ? port : 0
}

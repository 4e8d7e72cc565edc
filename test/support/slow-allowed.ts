import type { SlowPorts } from './slow-exposure.ts'

/** An allow list as the reference reads it, from its texts, and the ports where its answer changes. */
export const slowAllowed = (allow: readonly string[]) => ({
  allowed: ({ protocol, port }: SlowPorts) =>
    allow.some((text) => {
      const [name, ports] = text.split('/')
      if (name !== protocol) return false
      const [from, to] = (ports ?? '0-65535').split('-').map(Number)
      return ports === undefined || (from! <= port && port <= (to ?? from!))
    }),
  edges: allow.flatMap((text): SlowPorts[] => {
    const [protocol, ports = ''] = text.split('/')
    return ports === ''
      ? [{ protocol: protocol!, port: -1 }]
      : ports.split('-').map((port) => ({ protocol: protocol!, port: +port }))
  }),
})

import fc from 'fast-check'
import { links } from './hostile-links.ts'
import type { Hostile, Prey } from './hostile-parts.ts'
import { signed } from './hostile-signed.ts'
import { unsigned } from './hostile-unsigned.ts'

/** Every kind, in equal parts. */
export const hostile = (prey: Prey): fc.Arbitrary<Hostile> =>
  fc.oneof(...unsigned(prey), ...signed(prey), ...links(prey))

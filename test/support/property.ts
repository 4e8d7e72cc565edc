import fc from 'fast-check'

/**
 * How properties are run: the seed is fixed, so that a run can be repeated, and fast-check prints it with every failure.
 * `PROPERTY_SEED=random` looks for new cases; `PROPERTY_RUNS=10` runs each property ten times as often as it asks for.
 */
const seed = process.env.PROPERTY_SEED
fc.configureGlobal({
  seed: seed === 'random' ? Math.trunc(Math.random() * 2 ** 31) : Number(seed ?? 20_260_101),
})

const times = Number(process.env.PROPERTY_RUNS ?? 1)

/** Checks a property about as often as asked. */
export function always<Ts extends [unknown, ...unknown[]]>(
  runs: number,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  holds: (...values: Ts) => unknown,
): void {
  // What an expectation returns says nothing: it throws.
  const property = fc.property(...arbitraries, (...values) => void holds(...values))
  fc.assert(property, { numRuns: Math.max(1, Math.round(runs * times)) })
}

/** The same for what takes waiting. */
export async function alwaysAsync<Ts extends [unknown, ...unknown[]]>(
  runs: number,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  holds: (...values: Ts) => Promise<unknown>,
): Promise<void> {
  const property = fc.asyncProperty(...arbitraries, async (...values) => void (await holds(...values)))
  await fc.assert(property, { numRuns: Math.max(1, Math.round(runs * times)) })
}

import { defineConfig } from 'vitest/config'

/** About a third of what there is each, by the time that it takes: clouds beside the first one. */
const HOSTS = ['test/emulator/{quarantine,evidence,local-cloud-*}.test.ts']

const JUMPS = [
  'test/emulator/{jump-*,slack-*,local-cloud-slack*,local-cloud-browser,local-cloud-jump-*}.test.ts',
  'test/fault/quarantine-*.test.ts',
]

/** One cloud, one set of switches: a fault that one file injects must not hit another file's calls. */
const cloud = (name: string, include: string[], exclude: string[] = []) => ({
  test: {
    name,
    include,
    exclude,
    globalSetup: 'test/support/cloud-setup.ts',
    fileParallelism: false,
    // Three clouds share the machine: what takes a second by itself may take many.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/{unit,property,flow}/**/*.test.ts'], testTimeout: 30_000 } },
      cloud('cloud', ['test/{emulator,fault}/**/*.test.ts'], [...HOSTS, ...JUMPS]),
      cloud('hosts', HOSTS, JUMPS),
      cloud('jumps', JUMPS),
      // `npm run storms`
      cloud('storms', ['test/storm/**/*.test.ts']),
      // Afterwards: what the functions were seen to call, against what their roles allow.
      {
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'pure', include: ['test/{unit,property,flow}/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          name: 'cloud',
          include: ['test/{emulator,fault}/**/*.test.ts'],
          globalSetup: 'test/support/cloud-setup.ts',
          // One cloud, one set of switches: a fault that one file injects must not hit another file's calls.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
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

import { mkdirSync, writeFileSync } from 'node:fs'
import type { TestProject } from 'vitest/node'
import { startCloud } from '#local/cloud.ts'
import { controlOf } from '#local/control.ts'
import { deployTo } from '#local/deploy.ts'
import { type JumpEstate, jumpEstate, policyFor } from '#local/jump-estate.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    cloud: {
      readonly url: string
      /** EC2 past the front door: what an owner in another account does to what it shares. */
      readonly motoUrl: string
      /** HTTP APIs past the front door: from whatever address a request says it comes. */
      readonly ministackUrl: string
      /** The Slack of this cloud, for `slackOf`. */
      readonly slackUrl: string
      readonly region: string
      readonly account: string
      readonly env: Readonly<Record<string, string>>
    }
    /** What its zones for jump boxes are made of. */
    estate: JumpEstate
  }
}

/** Where each cloud's front door leaves the calls that it saw, for the test of the roles' rights. */
export const CALLS = '.local/calls'
export const STAGE = 'test'

/** Starts the cloud and deploys the real service to it, once for all tests; leaves what the functions called behind. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Each box sets off a dozen functions by its own events: with ten at once, what a test presses next is throttled.
  const cloud = await startCloud(project.name === 'jumps' ? { concurrency: 30 } : {})
  try {
    const estate = await jumpEstate(cloud, STAGE)
    const policy = policyFor(estate, 'test/support/policy.yml', `.local/policy-${project.name}.yml`)
    await deployTo(cloud, { stage: STAGE, env: { PORTCULLIS_POLICY: policy } })
    project.provide('estate', estate)
  } catch (error) {
    await cloud.stop()
    throw error
  }
  const { url, motoUrl, ministackUrl, slackUrl, region, account, env } = cloud
  project.provide('cloud', { url, motoUrl, ministackUrl, slackUrl, region, account, env })
  return async () => {
    const calls = await controlOf(url).calls()
    mkdirSync(CALLS, { recursive: true })
    writeFileSync(
      `${CALLS}/${project.name}.json`,
      JSON.stringify(
        calls
          .filter((call) => call.app !== null)
          .map(({ app, service, actions, resources }) => ({ app, service, actions, resources })),
      ),
    )
    await cloud.stop()
  }
}

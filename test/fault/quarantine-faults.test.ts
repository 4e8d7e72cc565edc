import { afterEach, expect, test } from 'vitest'
import { cellOf } from '../fault-matrix/cell.ts'
import { placeOf } from '../fault-matrix/place.ts'
import { account, calm, region, url } from '../support/cloud.ts'
import { STAGE } from '../support/cloud-setup.ts'

/** A cell of the fault matrix over the deployed stack that waits for no sweep; `npm run faults` has all of them. */

const place = placeOf({ url, region, account, stage: STAGE })

afterEach(calm)

test.each([['ec2:CreateSecurityGroup', 'lost', 'contained (ec2:CreateSecurityGroup)']])(
  '%s, %s: %s, and then contained, one group, and released to what it was',
  { timeout: 120_000 },
  async (call, way, first) => {
    expect(await cellOf(place, call, way)).toMatchObject({ first, wrong: [] })
  },
)

import { EC2Client } from '@aws-sdk/client-ec2'
import { patient } from './client-options.ts'

const once = new Map<string, EC2Client>()

/**
 * EC2 for a create without a client token, in a region or in this one: it is sent once. Who can't tell whether it was made
 * looks before it is made again.
 */
export function onceIn(region = ''): EC2Client {
  const client = once.get(region) ?? new EC2Client({ ...patient(), maxAttempts: 1, ...(region ? { region } : {}) })
  once.set(region, client)
  return client
}

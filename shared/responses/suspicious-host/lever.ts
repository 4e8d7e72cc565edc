import type { Reach } from './world.ts'

/** One thing that is still to be done about a host. `of` is what it is done to. A closed union, told apart by `lever`. */
export type Lever = { readonly of: string } & (
  | {
      readonly lever: 'group'
      readonly vpc: string
      readonly reach: Reach
      readonly name: string
      readonly blocks: readonly string[]
    }
  /** A group of ours that was made and not finished: `rules` are to go. */
  | {
      readonly lever: 'seal'
      readonly vpc: string
      readonly reach: Reach
      readonly rules: readonly string[]
      readonly blocks: readonly string[]
    }
  | {
      readonly lever: 'isolate'
      readonly vpc: string
      readonly reach: Reach
      readonly groups: readonly string[]
      readonly to?: string
      readonly through?: string
    }
  | { readonly lever: 'protect'; readonly what: 'termination' | 'stop' | 'shutdown' }
  | { readonly lever: 'keep-volume'; readonly device: string }
  | {
      readonly lever: 'leave-scaling'
      readonly group: string
      readonly how: 'standby' | 'detach'
      readonly replace: boolean
    }
  | {
      readonly lever: 'deregister'
      readonly group: string
      readonly id: string
      readonly port: number
      readonly zone?: string
    }
  | { readonly lever: 'detach-address'; readonly association: string; readonly publicIp: string }
  | {
      readonly lever: 'deny-sessions'
      readonly role: string
      readonly policy: string
      readonly document: string
      readonly whose: 'host' | 'role'
    }
  | { readonly lever: 'drop-profile'; readonly association: string; readonly arn: string }
  | { readonly lever: 'tag'; readonly tags: Readonly<Record<string, string>> }
  | {
      readonly lever: 'run'
      readonly document: string
      readonly parameters: Readonly<Record<string, readonly string[]>>
    }
  | { readonly lever: 'stop' }
)

/** What a person reads of it: `eni-1 is in sg-1`. */
export function leverText(lever: Lever): string {
  switch (lever.lever) {
    case 'group':
      return `${lever.vpc} has no quarantine group`
    case 'seal':
      return `quarantine group ${lever.of} is not finished: it has ${lever.rules.join(', ') || 'no rules'}`
    case 'isolate':
      return `interface ${lever.of} is in ${lever.groups.join(', ') || 'no group'}`
    case 'protect':
      return lever.what === 'shutdown' ? 'a shutdown from within ends it' : `${lever.what} is not prevented`
    case 'keep-volume':
      return `volume ${lever.of} ends with it`
    case 'leave-scaling':
      return `Auto Scaling group ${lever.group} has it in service`
    case 'deregister':
      return `target group ${lever.group.split('/')[1] ?? lever.group} sends it requests`
    case 'detach-address':
      return `it has the address ${lever.publicIp}`
    case 'deny-sessions':
      return `sessions of role ${lever.role} are good`
    case 'drop-profile':
      return 'it is given new credentials'
    case 'tag':
      return `it lacks tags: ${Object.keys(lever.tags).join(', ')}`
    case 'run':
      return `${lever.document} has not been run`
    case 'stop':
      return 'it is running'
  }
}

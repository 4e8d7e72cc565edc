import { createHash } from 'node:crypto'
import { ACCOUNT, REGION } from './account.ts'

/**
 * A stated mix of CloudTrail records, as JSON lines, the same every time. Of 20 records
 * - 3 open a group to the world: one rule, four rules of both families, and both halves of the IPv4 space,
 * - 2 open it to narrow blocks, 1 opens an allowed port to the world,
 * - 1 modifies rules: 7 of 20, 35 %, are judged;
 * - 1 is an authorization that failed, 12 are of other calls and services.
 * Every fourth comes inside an EventBridge event.
 */
export function mix(count: number): { readonly lines: readonly string[]; readonly judged: number } {
  const lines: string[] = []
  let judged = 0
  for (let i = 0; i < count; i++) {
    const { isJudged, ...record } = recordOf(i)
    if (isJudged) judged++
    lines.push(JSON.stringify(i % 4 === 3 ? event(record, i) : record))
  }
  return { lines, judged }
}

interface Source {
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly cidr: string
}

const tcp = (port: number, ...cidrs: string[]): Source[] =>
  cidrs.map((cidr) => ({ protocol: 'tcp', from: port, to: port, cidr }))
const OTHERS = [
  ['AssumeRole', 'sts.amazonaws.com'],
  ['DescribeInstances', 'ec2.amazonaws.com'],
  ['PutObject', 's3.amazonaws.com'],
  ['Decrypt', 'kms.amazonaws.com'],
  ['RunInstances', 'ec2.amazonaws.com'],
  ['CreateLogStream', 'logs.amazonaws.com'],
] as const

function recordOf(i: number) {
  const office = `203.0.${i % 256}.0/24`
  const kinds: Readonly<Record<number, Source[]>> = {
    0: tcp(22, '0.0.0.0/0'),
    3: [...tcp(3389, '0.0.0.0/0', '::/0'), ...tcp(5432, `10.${i % 200}.0.0/16`, office)],
    6: [...tcp(8080, '0.0.0.0/1', '128.0.0.0/1'), ...tcp(9090, office)],
    9: tcp(22, office, '198.51.100.0/24', '10.0.0.0/8'),
    12: [{ protocol: 'udp', from: 5_000, to: 5_100, cidr: '172.16.0.0/12' }, ...tcp(6379, `192.168.${i % 256}.0/24`)],
    15: tcp(443, '0.0.0.0/0', '::/0'),
  }
  const at = i % 20
  const sources = kinds[at]
  if (sources)
    return { ...base('AuthorizeSecurityGroupIngress', 'ec2.amazonaws.com', i), ...calls(sources, i), isJudged: true }
  if (at === 17) return { ...base('ModifySecurityGroupRules', 'ec2.amazonaws.com', i), ...modified(i), isJudged: true }
  if (at === 19) {
    const failed = { errorCode: 'Client.InvalidPermission.Duplicate', responseElements: null }
    const asked = calls(tcp(22, '0.0.0.0/0'), i).requestParameters
    return {
      ...base('AuthorizeSecurityGroupIngress', 'ec2.amazonaws.com', i),
      requestParameters: asked,
      ...failed,
      isJudged: false,
    }
  }
  const [name, source] = OTHERS[i % OTHERS.length]!
  const requestParameters = {
    roleArn: `arn:aws:iam::${ACCOUNT}:role/app-${i % 50}`,
    bucketName: 'logs',
    key: `${i}/part`,
  }
  return { ...base(name, source, i), requestParameters, responseElements: null, isJudged: false }
}

function calls(sources: readonly Source[], i: number) {
  const groupId = id('sg', i % 500)
  const wide = (cidr: string) => cidr.includes(':')
  const items = sources.map(({ protocol, from, to, cidr }) => ({
    ipProtocol: protocol,
    fromPort: from,
    toPort: to,
    groups: {},
    ipRanges: wide(cidr) ? {} : { items: [{ cidrIp: cidr, description: `ticket ${i}` }] },
    ipv6Ranges: wide(cidr) ? { items: [{ cidrIpv6: cidr, description: `ticket ${i}` }] } : {},
    prefixListIds: {},
  }))
  const answered = sources.map(({ protocol, from, to, cidr }, at) => ({
    groupOwnerId: ACCOUNT,
    groupId,
    securityGroupRuleId: id('sgr', i * 8 + at),
    isEgress: false,
    ipProtocol: protocol,
    fromPort: from,
    toPort: to,
    [wide(cidr) ? 'cidrIpv6' : 'cidrIpv4']: cidr,
    description: `ticket ${i}`,
  }))
  return {
    requestParameters: { groupId, ipPermissions: { items } },
    responseElements: { requestId: uuid(`request ${i}`), _return: true, securityGroupRuleSet: { items: answered } },
  }
}

function modified(i: number) {
  const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: i % 40 === 17 ? '0.0.0.0/0' : '10.1.0.0/16' }
  const SecurityGroupRule = { SecurityGroupRuleId: id('sgr', i), SecurityGroupRule: rule, tag: 1 }
  return {
    requestParameters: { ModifySecurityGroupRulesRequest: { GroupId: id('sg', i % 500), SecurityGroupRule } },
    responseElements: { ModifySecurityGroupRulesResponse: { return: true } },
  }
}

const base = (eventName: string, eventSource: string, i: number) => ({
  eventVersion: '1.11',
  userIdentity: {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE:dev-${i % 90}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/developer/dev-${i % 90}`,
    accountId: ACCOUNT,
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        arn: `arn:aws:iam::${ACCOUNT}:role/developer`,
        accountId: ACCOUNT,
        userName: 'developer',
      },
      attributes: { creationDate: '2025-06-01T08:00:00Z', mfaAuthenticated: 'true' },
    },
  },
  eventTime: '2025-06-01T10:00:00Z',
  eventSource,
  eventName,
  awsRegion: REGION,
  sourceIPAddress: '203.0.113.7',
  userAgent: 'aws-cli/2.27.0 md/awscrt#0.26.1 ua/2.1 os/linux#6.8 lang/python#3.13.2',
  requestID: uuid(`request ${i}`),
  eventID: uuid(`event ${i}`),
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: ACCOUNT,
  eventCategory: 'Management',
  tlsDetails: {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: 'ec2.amazonaws.com',
  },
})

const event = (detail: object, i: number) => ({
  version: '0',
  id: uuid(`envelope ${i}`),
  'detail-type': 'AWS API Call via CloudTrail',
  source: 'aws.ec2',
  account: ACCOUNT,
  time: '2025-06-01T10:00:01Z',
  region: REGION,
  resources: [],
  detail,
})

const id = (kind: 'sg' | 'sgr', i: number) => `${kind}-0${i.toString(16).padStart(16, '0')}`
const uuid = (seed: string) =>
  createHash('md5')
    .update(seed)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

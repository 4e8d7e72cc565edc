/** What of a deployment its evidence bucket depends on. */
interface Deployment {
  readonly stage: string
  readonly kmsKey: string
  /** For how many days nobody may delete or change what is kept. */
  readonly retain: number
}

/** The name of the bucket, as `Fn::Sub` takes it. S3 knows no capitals, and no two buckets of one name anywhere. */
export const evidenceBucket = (stage: string): string =>
  `portcullis-evidence-${stage.toLowerCase()}-\${AWS::AccountId}-\${AWS::Region}`

/**
 * Where evidence lies: versioned, locked, closed to the world, and it outlives the stack, as the ledger does. In governance
 * mode only whoever holds `s3:BypassGovernanceRetention` can take away what is kept.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export const evidence = ({ stage, kmsKey, retain }: Deployment): Record<string, object> => ({
  EvidenceBucket: {
    Type: 'AWS::S3::Bucket',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BucketName: { 'Fn::Sub': evidenceBucket(stage) },
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: retain } },
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault: kmsKey
              ? { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKey }
              : { SSEAlgorithm: 'AES256' },
            BucketKeyEnabled: kmsKey !== '',
          },
        ],
      },
    },
  },
  // It names the bucket: where an earlier stack has left it behind, the bucket is no resource of this one.
  EvidenceBucketPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { 'Fn::Sub': evidenceBucket(stage) },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'NothingInTheClear',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: ['', '/*'].map((what) => ({
              'Fn::Sub': `arn:\${AWS::Partition}:s3:::${evidenceBucket(stage)}${what}`,
            })),
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
    DependsOn: ['EvidenceBucket'],
  },
})

/** What S3's actions on a subresource are called, which stands in the query, by method. */
const SUBRESOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  versioning: { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' },
  'object-lock': { GET: 'GetObjectLockConfiguration', PUT: 'PutObjectLockConfiguration' },
  versions: { GET: 'ListObjectVersions' },
  location: { GET: 'GetBucketLocation' },
  encryption: { GET: 'GetBucketEncryption', PUT: 'PutBucketEncryption' },
  policy: { GET: 'GetBucketPolicy', PUT: 'PutBucketPolicy', DELETE: 'DeleteBucketPolicy' },
  publicAccessBlock: { GET: 'GetPublicAccessBlock', PUT: 'PutPublicAccessBlock' },
  delete: { POST: 'DeleteObjects' },
  retention: { GET: 'GetObjectRetention', PUT: 'PutObjectRetention' },
  'legal-hold': { GET: 'GetObjectLegalHold', PUT: 'PutObjectLegalHold' },
  tagging: { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' },
  attributes: { GET: 'GetObjectAttributes' },
  uploads: { POST: 'CreateMultipartUpload', GET: 'ListMultipartUploads' },
  uploadId: { PUT: 'UploadPart', POST: 'CompleteMultipartUpload', DELETE: 'AbortMultipartUpload' },
}
const OF_OBJECTS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
}
const OF_BUCKETS: Readonly<Record<string, string>> = {
  GET: 'ListObjectsV2',
  HEAD: 'HeadBucket',
  PUT: 'CreateBucket',
  DELETE: 'DeleteBucket',
}

/** The action of a path-style call to S3, as its API spells it. */
export function s3Action(method: string, path: string, query: URLSearchParams): string | undefined {
  if (path === '/') return method === 'GET' ? 'ListBuckets' : undefined
  for (const name of query.keys()) {
    const named = SUBRESOURCES[name]?.[method]
    if (named) return named
  }
  return (/^\/[^/]+\/.+/.test(path) ? OF_OBJECTS : OF_BUCKETS)[method]
}

/** What IAM calls it, where that is another name. */
const IAM: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListBuckets: 'ListAllMyBuckets',
  ListObjectVersions: 'ListBucketVersions',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  DeleteObjects: 'DeleteObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
}
const OF_VERSIONS = new Set(['GetObject', 'DeleteObject', 'GetObjectTagging', 'PutObjectTagging'])

/** The rights that a call to S3 needs: what its headers ask for on the side has rights of its own. */
export function s3Rights(action: string, headers: Readonly<Record<string, unknown>>, url: string): readonly string[] {
  const name = IAM[action] ?? action
  const isOfVersion = OF_VERSIONS.has(name) && /[?&]versionId=/.test(url)
  const asked = isOfVersion ? name.replace('Object', 'ObjectVersion') : name
  const rights = [asked]
  if (action === 'PutObject' || action === 'CreateMultipartUpload') {
    if (headers['x-amz-object-lock-mode']) rights.push('PutObjectRetention')
    if (headers['x-amz-object-lock-legal-hold']) rights.push('PutObjectLegalHold')
    if (headers['x-amz-tagging']) rights.push('PutObjectTagging')
  }
  return rights.map((right) => `s3:${right}`)
}

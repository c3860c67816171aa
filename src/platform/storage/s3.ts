import type { S3Client } from '@aws-sdk/client-s3'
import type { Drive } from './drive.ts'

export type S3Settings = {
  bucket: string
  /** Null: AWS itself. */
  endpoint: string | null
  region: string
  /** Null: found by the AWS SDK, in `AWS_ACCESS_KEY_ID` and the like or from the machine's role. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null
  /** The bucket stands in the path, not in the host name. */
  forcePathStyle: boolean
}

const CONNECT_MS = 5_000
/** For a service that stops in the middle, and for a client that stops taking what it asked for. */
const IDLE_MS = 60_000

/** Any service that speaks S3: AWS, MinIO, R2, Ceph. */
export function openS3(settings: S3Settings): Drive {
  let opened: ReturnType<typeof connect> | null = null
  const disk = async (signal?: AbortSignal) => {
    opened ??= connect(settings)
    return (await opened)(signal)
  }
  return {
    async put(key, body, { sizeBytes, signal }) {
      // Never shown by its own type, also where the bucket is public.
      const options = { contentLength: sizeBytes, contentType: 'application/octet-stream' }
      await (await disk(signal)).putStream(key, body, options)
    },
    async get(key) {
      const { contentLength } = await (await disk()).getMetaData(key)
      return { body: await (await disk()).getStream(key), sizeBytes: contentLength }
    },
    delete: async (key) => (await disk()).delete(key),
  }
}

async function connect({ bucket, endpoint, credentials, ...rest }: S3Settings) {
  // Loaded here because it takes 0.15 s and 25 MB, which a local folder does not need.
  const [{ S3Client }, { S3Driver }, { Disk }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('flydrive/drivers/s3'),
    import('flydrive'),
  ])
  const client = new S3Client({
    ...rest,
    ...(endpoint !== null && { endpoint }),
    ...(credentials && { credentials }),
    // Checksums behind the body are AWS's own addition, and many services refuse them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It would write to the console about what is thrown as well.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
  })
  const diskOf = (s3: S3Client) =>
    // Buckets made since 2023 refuse access lists; what is not public is private.
    new Disk(new S3Driver({ client: s3, bucket, visibility: 'private', supportsACL: false }))
  const shared = diskOf(client)
  return (signal?: AbortSignal) => (signal ? diskOf(endedBy(client, signal)) : shared)
}

/** The driver cannot pass a signal on, and without one a call whose body broke off would hang until it is idle too long. */
function endedBy(client: S3Client, signal: AbortSignal): S3Client {
  const send = (command: Parameters<S3Client['send']>[0]) => client.send(command, { abortSignal: signal })
  return Object.assign(Object.create(client) as S3Client, { send })
}

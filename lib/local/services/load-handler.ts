import type { IssuerSecrets } from '../issuer-secrets.ts';
import { definitionBucketName, localCredentials, localRegion, streamName } from '../local-account.ts';

/** What the functions of one pipeline have in common. */
export type FunctionEnvironment = {
  readonly streamEndpoint: string;
  readonly storeEndpoint: string;
  readonly queueUrl: string;
  readonly databaseUrl: string;
  /** Private halves of the receipt keys; where it is left out, ingest can sign for no definition that has some. */
  readonly receiptKeysFile?: string;
  /** Only the issuer reads them. */
  readonly issuerSecrets?: IssuerSecrets;
};

/**
 * Loads a Lambda's handler with its environment, as Lambda does before the first call. A function
 * reads its environment while it is loaded: several in one process are loaded one after another.
 *
 * @param load imports the handler's module
 */
export async function withEnvironment<T>(from: FunctionEnvironment, load: () => Promise<T>): Promise<T> {
  Object.assign(process.env, functionVariables(from));
  return load();
}

/** What the stacks set, and what the SDK reads by itself, for all functions together. */
export function functionVariables(from: FunctionEnvironment): Readonly<Record<string, string>> {
  return {
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_ENDPOINT_URL_KINESIS: from.streamEndpoint,
    AWS_ENDPOINT_URL_SQS: from.storeEndpoint,
    AWS_ENDPOINT_URL_S3: from.storeEndpoint,
    KINESIS_STREAM: streamName,
    OVERFLOW_QUEUE_URL: from.queueUrl,
    DEFINITION_BUCKET: definitionBucketName,
    DATABASE_URL: from.databaseUrl,
    BUILD_ID: 'local',
    RECEIPT_KEYS: `file:${from.receiptKeysFile ?? ''}`,
    PASS_KEYS: `file:${from.issuerSecrets?.passKeys ?? ''}`,
    ACCESS_CODE_KEY: `file:${from.issuerSecrets?.accessCodeKeyFile ?? ''}`,
  };
}

/** What the stand-ins take as region, account and credentials. Nothing checks them. */
export const localRegion = 'us-east-1';
export const localAccount = '000000000000';
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/** Names of the pipeline's resources on this machine, as in production. */
export const streamName = 'ballots';
export const overflowQueueName = 'overflow';
export const deadLetterQueueName = 'overflow-dead-letters';
export const definitionBucketName = 'definitions';

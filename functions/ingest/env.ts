/** What the function `ingest` reads from its environment. */
export const environmentNames = [
  'KINESIS_STREAM',
  'OVERFLOW_QUEUE_URL',
  'DEFINITION_BUCKET',
  'BUILD_ID',
  /** Private halves of the receipt keys: the ARN of a secret, or `file:/path`. */
  'RECEIPT_KEYS',
] as const;

/** What the function `ingest` reads from its environment. */
export const environmentNames = [
  'KINESIS_STREAM',
  'OVERFLOW_QUEUE_URL',
  'DEFINITION_BUCKET',
  'BUILD_ID',
] as const;

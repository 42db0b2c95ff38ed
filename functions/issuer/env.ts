/** What the function `issuer` reads from its environment. */
export const environmentNames = [
  'DATABASE_URL',
  'DEFINITION_BUCKET',
  /** Where the pass keys are, `passKeyName` to be added: `file:/folder/`, or the beginning of secrets' names. */
  'PASS_KEYS',
  /** The key that access codes are hashed with: the ARN of a secret, or `file:/path`; base64. */
  'ACCESS_CODE_KEY',
] as const;

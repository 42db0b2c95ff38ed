/**
 * What the load balancer's listener sends to the function `results`, in its own pattern language
 * (`*` any characters). Everything else goes to `ingest`, which answers for unknown paths too.
 */
export const resultsPaths = [
  '/v1/elections/*/results',
  '/v1/elections/*/results/progress',
  '/v1/elections/*/receipts/*',
] as const;

/** What it sends to the function `issuer`. */
export const issuerPaths = ['/v1/elections/*/passes'] as const;

/** On every answer of the API, whoever gives it: never sniffed, never framed; not kept unless a route says so. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

/**
 * On what is refused before any function is asked, by the firewall and by the local front. They know no definition, and
 * so no origins; what they say is the same for everybody and says nothing of a vote: pages of any origin may read it,
 * and with it why they were refused and when to come back.
 */
export const refusalHeaders = {
  ...securityHeaders,
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'retry-after',
} as const;

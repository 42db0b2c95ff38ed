/** Where something is sent, below an election's address. Everything else is only read. */
const sentTo = ['votes', 'votes/batch', 'passes'] as const;

/** The same in CloudFront's pattern language: `*` any characters. */
export const sendingPaths = sentTo.map((rest) => `/v1/elections/*/${rest}`);

/** Whose answers depend on a query, in that language. */
export const queriedPath = '/v1/elections/*/results';

/** All parameters that a query may have; the edge passes on no other. */
export const queryParameters = ['by', 'region', 'after'] as const;

/** WAF's own regular expressions, without look-around, over the path as it came (not decoded). */
export const pathPatterns = {
  /**
   * Every path that there is: anything else costs no function a call. Pages for people stand beside the API.
   */
  known:
    '^/(v1/elections/[a-z0-9-]{1,64}(/[a-zA-Z0-9/_-]{1,80})?|healthz|openapi\\.json|(vote|results|receipts|kiosk|assets)(/[a-zA-Z0-9._/-]{0,120})?|favicon\\.ico)?$',
  sending: `^/v1/elections/[a-z0-9-]{1,64}/(${sentTo.join('|')})$`,
  /** Pages that voters and viewers open: a browser can be asked to prove itself there. */
  pages: '^/(vote|results)(/|$)',
} as const;

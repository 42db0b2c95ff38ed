/**
 * What the firewall lets through. Generous by address: behind a carrier's NAT thousands of voters share one
 * (RFC 6888). The pass is what makes a vote count, not the address it comes from.
 */
export const edgeLimits = {
  /** Seconds over which rates are counted. WAF offers 60, 120, 300, 600. */
  windowSeconds: 300,
  /** Requests of one address that shows no sign of a browser of ours, per window: some 60 voters a minute. */
  requestsPerAddress: 2_000,
  /** Requests of one address and TLS fingerprint together, browser or not: a hall of kiosks, a carrier's NAT. */
  requestsPerClient: 20_000,
  /** Requests for passes of one address, per window: brute force on access codes is also limited by voter. */
  passesPerAddress: 300,
  /** Body of a vote or a request for a pass; more reaches WAF only as the batch of a kiosk. */
  bodyBytesMax: 16_384,
} as const;

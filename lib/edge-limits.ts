/**
 * What the firewall lets through, per window. Generous by address: behind a carrier's NAT (RFC 6269) many
 * voters share one. The pass is what makes a vote count, not the address it comes from. All of them are
 * estimates of ours; WAF itself counts approximately and some 30 s late ("Rate-based rule caveats").
 */
export const edgeLimits = {
  /** Seconds over which rates are counted. WAF offers 60, 120, 300, 600. */
  windowSeconds: 300,
  /** Pages opened from one address before browsers there have to prove what they are: a household never gets there. */
  pagesPerAddress: 100,
  /** What one visit of a voter asks of the API: definition, pass, vote, some repeats, the receipt until it is recorded. */
  requestsPerVisit: 10,
  /**
   * Requests of one address and TLS fingerprint (JA4) that show no token: those who came before pages were
   * challenged, kiosks, scripts. By fingerprint too, so that a script does not use up what its neighbours need.
   * A network with more kiosks behind one address sends batches, 500 votes a request.
   */
  requestsPerUnknownClient: 2_000,
  /** Requests of one browser that proved itself: two a second, for a results page that stays open. */
  requestsPerToken: 600,
  /** All requests of one address: a fingerprint can be changed with every connection. */
  requestsPerAddress: 20_000,
  /** Requests for passes of one address: brute force on access codes is also limited by voter. */
  passesPerAddress: 300,
} as const;

/**
 * What the firewall lets through, per window. Generous by address: behind a carrier's NAT (RFC 6269) many
 * voters share one. The pass is what makes a vote count, not the address it comes from. All of them are
 * estimates of ours; WAF itself counts approximately and late ("Rate-based rule caveats"). Whoever is not
 * limited by an address of many is limited by what is theirs alone: a pass, or the token of a browser that
 * proved itself.
 */
export const edgeLimits = {
  /** Seconds over which rates are counted. WAF offers 60, 120, 300, 600. */
  windowSeconds: 300,
  /** How late WAF's counts usually are, seconds: who comes meanwhile meets no challenge yet, and has no token. */
  countedLateSeconds: 30,
  /** Pages opened from one address before browsers there have to prove what they are: a household never gets there. */
  pagesPerAddress: 100,
  /** What one visit of a voter asks of the API: definition, pass, vote, some repeats, the receipt until it is recorded. */
  requestsPerVisit: 10,
  /**
   * How long a browser has proved itself, seconds (WAF: 300 by default, three days at most). A voter may read the ballot
   * for an hour, and a results page stays open all night; a token that is passed on is limited as one browser all the same.
   */
  provedSeconds: 86_400,
  /**
   * Votes with one pass, from wherever they come. An honest device may repeat its vote every second for as long as it gets
   * no answer, and is still not refused; a second ballot is never counted, but is stored, and all of a pass on one shard.
   */
  votesPerPass: 400,
  /**
   * Votes of one address and TLS fingerprint (JA4) that do not say which pass they are of: scripts and other people's clients,
   * since all of ours say it. Together, whatever they come from: should they all be of one pass, that is a tenth of a shard.
   */
  votesWithoutFingerprint: 600,
  votesWithoutFingerprintInAll: 30_000,
  /**
   * Requests of one address and TLS fingerprint that show no token: those who came before pages were
   * challenged, kiosks, scripts. By fingerprint too, so that a script does not use up what its neighbours need.
   * A network with more kiosks behind one address sends batches, 500 votes a request.
   */
  requestsPerUnknownClient: 10_000,
  /** Requests of one browser that proved itself: two a second, for a results page that stays open. */
  requestsPerToken: 600,
  /** All requests of one address, a carrier's as well: it bounds what a flood costs, since it is asked before anything priced. */
  requestsPerAddress: 100_000,
  /**
   * Requests for passes of one address that show no token, and of one browser that proved itself (a family's, a library's).
   * Brute force on access codes is also limited by voter.
   */
  passesPerAddress: 1_000,
  passesPerToken: 60,
} as const;

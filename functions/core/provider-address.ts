const thisMachine = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Whether an identity provider's keys may be fetched from there: over TLS, or from this very machine, where a provider to try
 * things with may run.
 */
export function isFetchable(jwksUri: string): boolean {
  const { protocol, hostname } = new URL(jwksUri);
  return protocol === 'https:' || thisMachine.includes(hostname);
}

import type { ElectionId } from '../../schema/wire/ids.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource, Log } from '../core/ports.ts';

/** A provider's public keys, as it publishes them (RFC 7517). */
export type KeySet = string;

export interface KeyFetcherDependencies {
  readonly definitions: DefinitionSource & { list(): Promise<ElectionId[]> };
  /** Asks the provider itself. Throws for whatever is no set of public keys. */
  readonly fetchKeys: (jwksUri: string) => Promise<KeySet>;
  /** Puts them where the issuer looks. */
  readonly storeKeys: (jwksUri: string, keys: KeySet) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly describeError: (error: unknown) => string;
}

export interface KeyFetcherReport {
  readonly providers: number;
}

/**
 * Brings the public keys of every identity provider that an open or coming election names into the bucket: the
 * issuer stands where the voter roll is, in a network without a way out. A provider that does not answer keeps the
 * keys that it had. Throws UnavailableError when any of them failed, after all were tried: an alarm counts that.
 */
export function createKeyFetcher(deps: KeyFetcherDependencies): () => Promise<KeyFetcherReport> {
  return async () => {
    const uris = new Set<string>();
    for (const id of await deps.definitions.list()) {
      const election = await deps.definitions.get(id);
      // When an election has closed, nobody is identified for it any more.
      if (election === null || deps.clock() >= election.closesAtMs) continue;
      for (const { jwksUri } of election.definition.identification?.providers ?? []) uris.add(jwksUri);
    }
    let failed = 0;
    for (const uri of uris) {
      try {
        await deps.storeKeys(uri, await deps.fetchKeys(uri));
      } catch (error) {
        failed += 1;
        deps.log('provider-keys.failed', { host: new URL(uri).host, error: deps.describeError(error) });
      }
    }
    if (failed > 0)
      throw new UnavailableError(`keys of ${failed} of ${uris.size} identity providers could not be had`);
    return { providers: uris.size };
  };
}

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
 * keys that it had; an election that cannot be read keeps nobody else's from being fetched. Throws UnavailableError when
 * any of them failed, after all were tried: an alarm counts that.
 */
export function createKeyFetcher(deps: KeyFetcherDependencies): () => Promise<KeyFetcherReport> {
  /** Whether it went well; why not is in the log. */
  async function attempt(what: { election: string } | { host: string }, run: () => Promise<void>) {
    try {
      await run();
      return true;
    } catch (error) {
      deps.log('provider-keys.failed', { ...what, error: deps.describeError(error) });
      return false;
    }
  }

  return async () => {
    const uris = new Set<string>();
    let unread = 0;
    for (const id of await deps.definitions.list()) {
      const isRead = await attempt({ election: id }, async () => {
        const election = await deps.definitions.get(id);
        // When an election has closed, nobody is identified for it any more.
        if (election === null || deps.clock() >= election.closesAtMs) return;
        for (const { jwksUri } of election.definition.identification?.providers ?? []) uris.add(jwksUri);
      });
      if (!isRead) unread += 1;
    }
    let failed = 0;
    for (const uri of uris) {
      const isFetched = await attempt({ host: new URL(uri).host }, async () =>
        deps.storeKeys(uri, await deps.fetchKeys(uri)),
      );
      if (!isFetched) failed += 1;
    }
    if (failed + unread > 0)
      throw new UnavailableError(
        `keys of ${failed} of ${uris.size} identity providers could not be had, ${unread} elections could not be read`,
      );
    return { providers: uris.size };
  };
}

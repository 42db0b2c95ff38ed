/**
 * What a page keeps on its device, in IndexedDB: durable before a promise resolves, and one transaction at a time, so
 * that two tabs cannot both be first.
 */
export interface DeviceStore {
  get<Value>(key: string): Promise<Value | undefined>;
  /**
   * Replaces a value by what `change` makes of it, in one transaction with the reading; `undefined` removes it.
   * @returns what is kept now
   */
  update<Value>(
    key: string,
    change: (kept: Value | undefined) => Value | undefined,
  ): Promise<Value | undefined>;
}

const databaseName = 'ballotstream';
const storeName = 'kept';

/** @throws DOMException where the browser keeps nothing (some private windows) */
export async function openDeviceStore(): Promise<DeviceStore> {
  const opening = indexedDB.open(databaseName, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
  const database = await settled(opening);

  return {
    get: <Value>(key: string) =>
      settled(
        database.transaction(storeName).objectStore(storeName).get(key) as IDBRequest<Value | undefined>,
      ),
    async update<Value>(key: string, change: (kept: Value | undefined) => Value | undefined) {
      // `strict`: on the disk, not only with the operating system (IndexedDB 3.0, "durability").
      const transaction = database.transaction(storeName, 'readwrite', { durability: 'strict' });
      const store = transaction.objectStore(storeName);
      const done = completed(transaction);
      const next = change(await settled(store.get(key) as IDBRequest<Value | undefined>));
      if (next === undefined) store.delete(key);
      else store.put(next, key);
      await done;
      return next;
    },
  };
}

export function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? aborted());
  });
}

/** Resolves when it is durable; before that nothing in it has happened. */
export function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? aborted());
    transaction.onerror = () => reject(transaction.error ?? aborted());
  });
}

/** Where the browser gives no reason of its own. */
const aborted = () => new DOMException('the transaction was aborted', 'AbortError');

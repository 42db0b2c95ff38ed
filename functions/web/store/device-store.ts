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
    update: (key, change) =>
      transact(database, [storeName], (transaction) =>
        updateKey(transaction.objectStore(storeName), key, change),
      ),
  };
}

/** As `DeviceStore.update`, within somebody's transaction. */
export async function updateKey<Value>(
  store: IDBObjectStore,
  key: string,
  change: (kept: Value | undefined) => Value | undefined,
): Promise<Value | undefined> {
  const next = change(await settled(store.get(key) as IDBRequest<Value | undefined>));
  if (next === undefined) store.delete(key);
  else store.put(next, key);
  return next;
}

/**
 * All of it or nothing, and on the disk when it resolves.
 *
 * @param work must await nothing but requests of this transaction
 * @throws DOMException where it cannot be kept (a full disk), and what `work` throws: nothing of it has happened then
 */
export async function transact<Result>(
  database: IDBDatabase,
  stores: readonly string[],
  work: (transaction: IDBTransaction) => Promise<Result>,
): Promise<Result> {
  // `strict`: on the disk, not only with the operating system (IndexedDB 3.0, "durability").
  const transaction = database.transaction([...stores], 'readwrite', { durability: 'strict' });
  const worked = work(transaction).catch((error: unknown) => {
    abort(transaction);
    throw error;
  });
  const [result] = await Promise.all([worked, completed(transaction)]);
  return result;
}

export function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? aborted());
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? aborted());
  });
}

/** Or else a browser commits what came before an exception. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has been already.
  }
}

/** Where the browser gives no reason of its own. */
const aborted = () => new DOMException('the transaction was aborted', 'AbortError');

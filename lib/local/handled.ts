/** Whoever awaits it hears of its failure; until then that is no unhandled rejection. */
export function handled<T extends Promise<unknown>>(promise: T): T {
  promise.catch(() => {});
  return promise;
}

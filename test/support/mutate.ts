import fc from 'fast-check';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** What is done to one character of a text: exchanged, taken out, doubled, or all after it cut off. */
export const change = fc.oneof(
  fc.record({
    how: fc.constant('exchange' as const),
    at: fc.nat(),
    to: fc.constantFrom(...alphabet.split('')),
  }),
  fc.record({ how: fc.constantFrom('remove' as const, 'double' as const, 'cut' as const), at: fc.nat() }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

export function apply(text: string, made: Change): string {
  const at = made.at % text.length;
  switch (made.how) {
    case 'exchange':
      return text.slice(0, at) + made.to + text.slice(at + 1);
    case 'remove':
      return text.slice(0, at) + text.slice(at + 1);
    case 'double':
      return text.slice(0, at + 1) + text.slice(at);
    case 'cut':
      return text.slice(0, at);
  }
}

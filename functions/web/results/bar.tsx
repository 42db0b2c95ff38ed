/** A share as a bar. Beside a number that says the same, so nothing is read aloud. */
export function Bar({ share, isLeading = false }: { readonly share: number; readonly isLeading?: boolean }) {
  const width = Math.min(100, Math.max(0, share * 100));
  return (
    <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="ground" width="100" height="1" />
      <rect class={isLeading ? 'value leading' : 'value'} width={width.toFixed(2)} height="1" />
    </svg>
  );
}

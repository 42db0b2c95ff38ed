/**
 * Makes ids out of names: short (every ballot carries them), readable, each once. The same names in
 * the same order get the same ids.
 * @param charsMax Of the id, the number that tells equals apart included.
 * @param reserved Ids that no name may get.
 */
export function createSlugs(charsMax: number, reserved: readonly string[] = []): (name: string) => string {
  const taken = new Set(reserved);
  /** How many ids a slug has had, so that a thousand equals take a thousand steps. */
  const uses = new Map<string, number>();
  return (name) => {
    const base = slugOf(name, charsMax);
    for (let use = (uses.get(base) ?? 0) + 1; ; use += 1) {
      const suffix = use === 1 ? '' : `-${use}`;
      const slug = `${base.slice(0, charsMax - suffix.length).replace(/-+$/, '')}${suffix}`;
      if (taken.has(slug)) continue;
      taken.add(slug);
      uses.set(base, use);
      return slug;
    }
  };
}

/** Lower case, digits and hyphens; at least one character. `Ñuñoa 0101` is `nunoa-0101`. */
export function slugOf(name: string, charsMax: number): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, charsMax + 1)
    .replace(/^-+/, '')
    .slice(0, charsMax)
    .replace(/-+$/, '');
  return slug === '' ? 'x' : slug;
}

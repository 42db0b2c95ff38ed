import { useState } from 'hono/jsx/dom';
import { keepTrying } from '../api/keep-trying.ts';
import { useEffectNow } from './use-effect-now.ts';

/** ISO/IEC 18004: four modules of light around the code. */
const quietModules = 4;

export interface QrCodeProps {
  readonly text: string;
  /** For who cannot see it. */
  readonly label: string;
  /** How much of it may be spoilt: paper is folded. Default `low`, 7 %; `medium` is 15 %. */
  readonly correction?: 'low' | 'medium';
}

const load = () => import('qr');

/** So that it is there when it is needed, also without a network. */
export function prefetchQrCode(): void {
  load().catch(() => {
    // Asked for again by who needs it.
  });
}

/** A QR code as one path; the encoder comes only when there is something to encode. Until then its name stands there. */
export function QrCode({ text, label, correction = 'low' }: QrCodeProps) {
  const [modules, setModules] = useState<readonly (readonly boolean[])[] | null>(null);
  useEffectNow(() => {
    let isWanted = true;
    void keepTrying(load).then(({ encodeQR }) => {
      if (isWanted) setModules(encodeQR(text, 'raw', { ecc: correction, border: quietModules }));
    });
    return () => {
      isWanted = false;
    };
  }, [text]);
  if (modules === null) return <div class="qr coming quiet small">{label} …</div>;
  const dark = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${modules.length} ${modules.length}`}>
      <path d={dark.join('')} />
    </svg>
  );
}

import { useState } from 'hono/jsx/dom';
import { useEffectNow } from './use-effect-now.ts';

/** ISO/IEC 18004: four modules of light around the code. */
const quietModules = 4;

export interface QrCodeProps {
  readonly text: string;
  /** For who cannot see it. */
  readonly label: string;
}

/** A QR code as one path; the encoder comes only when there is something to encode. */
export function QrCode({ text, label }: QrCodeProps) {
  const [modules, setModules] = useState<readonly (readonly boolean[])[] | null>(null);
  useEffectNow(() => {
    void import('qr').then(({ encodeQR }) =>
      setModules(encodeQR(text, 'raw', { ecc: 'low', border: quietModules })),
    );
  }, [text]);
  if (modules === null) return <div class="qr" />;
  const dark = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${modules.length} ${modules.length}`}>
      <path d={dark.join('')} />
    </svg>
  );
}

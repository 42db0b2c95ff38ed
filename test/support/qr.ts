import type { Locator } from 'playwright-core';
import decodeQR from 'qr/decode.js';

const pixelsPerModule = 4;

/** What a scanner reads from a page's QR code: from its picture, not from its making. */
export async function scanQrCode(code: Locator): Promise<string> {
  const [, , width, height] = ((await code.getAttribute('viewBox')) ?? '').split(' ').map(Number);
  const path = (await code.locator('path').getAttribute('d')) ?? '';
  const size = { width: (width ?? 0) * pixelsPerModule, height: (height ?? 0) * pixelsPerModule };
  const data = new Uint8Array(size.width * size.height * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h/g)) {
    for (let row = 0; row < pixelsPerModule; row += 1) {
      const at = ((Number(y) * pixelsPerModule + row) * size.width + Number(x) * pixelsPerModule) * 4;
      for (let pixel = 0; pixel < pixelsPerModule; pixel += 1) data.set([0, 0, 0], at + pixel * 4);
    }
  }
  return decodeQR({ ...size, data });
}

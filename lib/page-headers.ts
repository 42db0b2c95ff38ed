/**
 * What a page may do, for CloudFront and the local front alike. Scripts and styles come from files of ours
 * only, nothing is framed, no form is sent by the browser itself, and text never becomes HTML or a script's
 * address but through the one policy named here.
 *
 * @param identityOrigins `https://id.example.org`: where a page redeems what an identity provider gave it
 */
export function contentSecurityPolicy(identityOrigins: readonly string[] = []): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    ["connect-src 'self'", ...identityOrigins].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types ballotstream',
  ].join('; ');
}

/** The kiosk's service worker lies below the page that it serves; without this it might not. */
export const serviceWorkerScope = '/kiosk';

/** Beside the policy above and what the distribution sends with every answer. */
export const pageHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
  'service-worker-allowed': serviceWorkerScope,
} as const;

/** What CloudFront has settings of its own for; the local front sends them as they are. */
export const plainSecurityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/**
 * A hashed name never means other bytes. A browser asks for a page again each time; the edge keeps it for a minute,
 * or every voter's visit would be a read of one object, of which S3 promises 5,500 a second and prefix (AWS,
 * "Best practices design patterns: optimizing Amazon S3 performance").
 */
export const cacheControl = {
  asset: 'public, max-age=31536000, immutable',
  page: 'public, max-age=0, must-revalidate, s-maxage=60',
} as const;

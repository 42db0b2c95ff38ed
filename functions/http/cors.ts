import type { Context, Handler } from 'hono';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import type { DefinitionSource } from '../core/ports.ts';
import type { AlbEnv } from './alb.ts';
import { otherMethods } from './responses.ts';

/**
 * Which pages may send to us, by the Fetch standard's CORS protocol: those of our own origin, and those of the origins that the
 * definition names. What is read is public and needs no leave (`responses.ts`): so no answer that is kept at the edge depends on
 * who asks.
 */
export interface SendingRoutes {
  /** Lets the page that sent it read the answer, where it may. */
  answer(c: Context<AlbEnv>, answering: Promise<Response>): Promise<Response>;
  /** For every other method of a route that takes POST: answers the browser's question before it sends. */
  readonly otherMethods: Handler<AlbEnv>;
}

/** What a page may send along: JSON, a kiosk's word of who it is, and of which pass a vote is. */
const headersAllowed = `content-type, authorization, ${passFingerprintHeader}`;
/** How long a browser need not ask again, seconds; Chromium keeps it for two hours at most. */
const preflightSeconds = 600;

export function createSendingRoutes(definitions: DefinitionSource): SendingRoutes {
  async function listedOrigin(c: Context<AlbEnv>): Promise<string | null> {
    const origin = c.req.header('origin');
    if (origin === undefined) return null;
    const id = electionIdSchema.safeParse(c.req.param('election'));
    // Whether the store can be asked decides nothing about an answer that has been given.
    const election = id.success ? await definitions.get(id.data).catch(() => null) : null;
    return election?.origins.has(origin) === true ? origin : null;
  }

  async function addOrigin(c: Context<AlbEnv>, answering: Promise<Response>): Promise<Response> {
    const response = await answering;
    // One answer for one origin; nobody keeps it, but that is no reason to be vague.
    response.headers.append('vary', 'origin');
    const origin = await listedOrigin(c);
    if (origin !== null) {
      response.headers.set('access-control-allow-origin', origin);
      response.headers.set('access-control-expose-headers', 'retry-after');
    }
    return response;
  }

  const refuse = otherMethods('POST');
  return {
    answer(c, answering) {
      // Kiosks and pages of old browsers say none: nothing to add, and nothing to wait for.
      return c.req.header('origin') === undefined ? answering : addOrigin(c, answering);
    },

    async otherMethods(c, next) {
      const response = (await refuse(c, next)) as Response;
      if (c.req.method !== 'OPTIONS' || c.req.header('access-control-request-method') === undefined)
        return response;
      response.headers.append('vary', 'origin');
      const origin = await listedOrigin(c);
      if (origin === null) return response;
      response.headers.set('access-control-allow-origin', origin);
      response.headers.set('access-control-allow-methods', 'POST');
      response.headers.set('access-control-allow-headers', headersAllowed);
      response.headers.set('access-control-max-age', String(preflightSeconds));
      return response;
    },
  };
}

import type { Context } from 'hono';
import type * as z from 'zod';
import type { Problem, ProblemCode } from '../../schema/wire/problem.ts';
import type { AlbEnv } from './alb.ts';
import { toPointer } from './responses.ts';

export type JsonBody =
  | { readonly ok: true; readonly json: unknown }
  | {
      readonly ok: false;
      readonly code: Extract<
        ProblemCode,
        'unsupported-media-type' | 'body-too-large' | 'invalid-utf8' | 'malformed-json'
      >;
    };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const jsonType = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

/** Reads a JSON body of at most `bytesMax`; what is not one is told apart by kind. */
export function readJson(c: Context<AlbEnv>, bytesMax: number): JsonBody {
  const isPlain = /^(?:identity)?$/i.test(c.req.header('content-encoding') ?? '');
  if (!isPlain || !jsonType.test(c.req.header('content-type') ?? ''))
    return { ok: false, code: 'unsupported-media-type' };
  if (c.env.body.length > bytesMax) return { ok: false, code: 'body-too-large' };
  let text: string;
  try {
    text = utf8.decode(c.env.body);
  } catch {
    return { ok: false, code: 'invalid-utf8' };
  }
  try {
    return { ok: true, json: JSON.parse(text) };
  } catch {
    return { ok: false, code: 'malformed-json' };
  }
}

/** Violations reported at most. */
const errorsMax = 10;

/** Where a request leaves its schema. Says what was expected, never what was sent. */
export function toProblemErrors(error: z.ZodError): NonNullable<Problem['errors']> {
  return error.issues.slice(0, errorsMax).map((issue) => ({
    pointer: toPointer(issue.path),
    detail: issue.code === 'unrecognized_keys' ? 'has a member that is not known' : issue.message,
  }));
}

import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../functions/core/environment.ts';

describe('the environment of a function', () => {
  it('is read by name, and nothing else of it', () => {
    const environment = { DATABASE_URL: 'postgres://x', DEFINITION_BUCKET: 'b', AWS_SECRET_ACCESS_KEY: 's' };
    expect(readEnvironment(['DATABASE_URL', 'DEFINITION_BUCKET'], environment)).toEqual({
      DATABASE_URL: 'postgres://x',
      DEFINITION_BUCKET: 'b',
    });
  });

  it('has everything said that is missing or empty, at once, and no value', () => {
    const environment = { DATABASE_URL: '', DEFINITION_BUCKET: undefined, OVERFLOW_QUEUE_URL: 'secret' };
    expect(() =>
      readEnvironment(
        ['DATABASE_URL', 'DEFINITION_BUCKET', 'OVERFLOW_QUEUE_URL', 'KINESIS_STREAM'],
        environment,
      ),
    ).toThrow(/^not set in the environment: DATABASE_URL, DEFINITION_BUCKET, KINESIS_STREAM$/);
  });
});

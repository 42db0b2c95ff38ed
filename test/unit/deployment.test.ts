import { describe, expect, it } from 'vitest';
import { readDeployment } from '../../lib/deployment.ts';

const read = (context: Readonly<Record<string, string>>) => readDeployment((name) => context[name], 1);
const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/0f6a-1';

describe('what one deployment says of itself', () => {
  it('needs nothing', () => {
    expect(read({})).toEqual({
      buildId: 'unnamed',
      deployedAtMs: 1,
      onManagedInstances: false,
      forced: false,
    });
  });

  it('reads everything', () => {
    expect(
      read({
        build: 'b1',
        ingest: 'managed',
        force: 'yes',
        domain: 'vote.example.org',
        certificate,
        zones: 'us-east-1a,us-east-1b,us-east-1d',
        alarms: 'ops@example.org',
        opens: '2026-11-03T06:00-05:00',
        closes: '2026-11-03T20:00-05:00',
      }),
    ).toEqual({
      buildId: 'b1',
      deployedAtMs: 1,
      onManagedInstances: true,
      forced: true,
      domain: { name: 'vote.example.org', certificateArn: certificate },
      zones: ['us-east-1a', 'us-east-1b', 'us-east-1d'],
      alarmEmail: 'ops@example.org',
      voting: {
        opensAt: new Date('2026-11-03T11:00:00Z'),
        closesAt: new Date('2026-11-04T01:00:00Z'),
      },
    });
  });

  it.each([
    [{ force: 'true' }, 'force=true'],
    [{ ingest: 'fast' }, 'ingest=fast'],
    [{ domain: 'vote.example.org' }, 'certificate'],
    [{ certificate }, 'domain'],
    [{ domain: 'https://vote.example.org', certificate }, 'domain=https'],
    [{ domain: 'vote.example.org', certificate: certificate.replace('us-east-1', 'eu-west-1') }, 'us-east-1'],
    [{ zones: 'us-east-1a,us-east-1b' }, 'three different'],
    [{ zones: 'us-east-1a,us-east-1b,us-east-1a' }, 'three different'],
    [{ zones: 'us-east-1a,us-east-1b,eu-west-1a' }, 'three different'],
    [{ zones: 'us-east-1a,us-east-1b,us-east-1c,us-east-1d' }, 'three different'],
    [{ alarms: 'nobody' }, 'alarms=nobody'],
    [{ opens: '2026-11-03T06:00Z' }, 'closes'],
    [{ opens: '2026-11-03T06:00', closes: '2026-11-03T20:00Z' }, 'offset'],
    [{ opens: '2026-11-31T06:61Z', closes: '2026-12-03T20:00Z' }, 'opens='],
    [{ opens: '2026-11-03T20:00Z', closes: '2026-11-03T20:00Z' }, 'not after'],
  ])('refuses %j and says why', (context, words) => {
    expect(() => read(context)).toThrow(words);
  });
});

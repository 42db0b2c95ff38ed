import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openapiDocument } from '../../functions/ingest/openapi.ts';
import { awsStages } from '../../lib/stages.ts';
import { refusalHeaders } from '../../schema/wire/answer-headers.ts';
import { batchBodyBytesMax, voteBodyBytesMax } from '../../schema/wire/limits.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { problemSchema } from '../../schema/wire/problem.ts';
import {
  behaviorFor,
  type FirewallRule,
  judge,
  matches,
  rulesOf,
  type WebRequest,
} from '../support/firewall.ts';
import { synthesise } from '../support/template.ts';

const election = '/v1/elections/general-2026';
const receipt = `${election}/receipts/${'A_-9'.repeat(10)}abc`;
const pages = [
  '/',
  '/openapi.json',
  '/favicon.ico',
  '/vote/general-2026',
  '/kiosk',
  '/results/general-2026',
  `/receipts/${'A'.repeat(43)}`,
  '/assets/app.abc123.js',
];

/** Every operation that the API publishes, as a request with the largest body it may have. */
const operations: readonly WebRequest[] = [
  ...Object.entries(openapiDocument.paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((method) => {
      const path = template
        .replace('{election}', 'general-2026')
        .replace('{receiptId}', 'A_-9'.repeat(10).concat('abc'));
      const bodyBytes = path.endsWith('/batch') ? batchBodyBytesMax : voteBodyBytesMax;
      return { method: method.toUpperCase(), path, ...(method === 'post' ? { bodyBytes } : {}) };
    }),
  ),
  { method: 'POST', path: `${election}/passes`, bodyBytes: voteBodyBytesMax },
];

/** What no rule of ours lets through, with what it is answered. */
const refused: readonly [request: WebRequest, status: number, allow?: string][] = [
  [{ method: 'GET', path: '/wp-admin' }, 404],
  [{ method: 'GET', path: '/.env' }, 404],
  // The operator's view and its figures are for the machine it runs on.
  [{ method: 'GET', path: '/ops' }, 404],
  [{ method: 'GET', path: '/ops/' }, 404],
  [{ method: 'GET', path: '/v1/operator/figures' }, 404],
  [{ method: 'GET', path: '/v2/elections/x' }, 404],
  [{ method: 'GET', path: '/healthz/x' }, 404],
  [{ method: 'GET', path: `/v1/elections/${'a'.repeat(65)}` }, 404],
  [{ method: 'POST', path: `${election}/votes/../../x` }, 404],
  [{ method: 'GET', path: `${election}/votes` }, 405, 'POST, OPTIONS'],
  [{ method: 'PUT', path: `${election}/votes` }, 405, 'POST, OPTIONS'],
  [{ method: 'DELETE', path: `${election}/votes/batch` }, 405, 'POST, OPTIONS'],
  [{ method: 'PATCH', path: `${election}/passes` }, 405, 'POST, OPTIONS'],
  [{ method: 'POST', path: `${election}/results` }, 405, 'GET, HEAD, OPTIONS'],
  [{ method: 'POST', path: '/' }, 405, 'GET, HEAD, OPTIONS'],
  [{ method: 'TRACE', path: '/healthz' }, 405, 'GET, HEAD, OPTIONS'],
  [{ method: 'POST', path: `${election}/votes`, bodyBytes: voteBodyBytesMax + 1 }, 413],
  [{ method: 'GET', path: receipt, bodyBytes: voteBodyBytesMax + 1 }, 413],
];

describe.each(awsStages)('the firewall of stage $name', (stage) => {
  const template = synthesise(stage);
  const [acl] = template.ofType('AWS::WAFv2::WebACL');
  const [distribution] = template.ofType('AWS::CloudFront::Distribution');
  if (acl === undefined || distribution === undefined) throw new Error('no edge');
  const config = distribution.Properties.DistributionConfig;
  const rules = rulesOf(acl);
  const named = (name: string): FirewallRule => {
    const found = rules.find(({ Name }) => Name === name);
    if (found === undefined) throw new Error(`no rule ${name}`);
    return found;
  };
  const rateOf = (name: string) => named(name).Statement.RateBasedStatement;
  const headersOf = (action: FirewallRule['Action']): Record<string, string> =>
    Object.fromEntries(
      action.Block.CustomResponse.ResponseHeaders.map(({ Name, Value }: Record<'Name' | 'Value', string>) => [
        Name,
        Value,
      ]),
    );

  it('lets every operation of the API through, and so does the distribution', () => {
    for (const request of operations) {
      expect([request, judge(acl, request)]).toEqual([request, null]);
      expect(behaviorFor(config, request.path).AllowedMethods).toContain(request.method);
    }
    expect(operations.filter(({ method }) => method === 'POST').length).toBeGreaterThanOrEqual(3);
  });

  it('lets pages and the API’s description through, and questions of browsers before they send', () => {
    for (const path of pages) expect([path, judge(acl, { method: 'GET', path })]).toEqual([path, null]);
    for (const { path } of operations) expect(judge(acl, { method: 'OPTIONS', path })).toBeNull();
    for (const path of [election, receipt]) expect(judge(acl, { method: 'HEAD', path })).toBeNull();
  });

  it.each(refused)('refuses %j with %i, in the words of the API', (request, status, allow) => {
    const refusal = judge(acl, request);
    expect(refusal).toMatchObject({ status });
    expect(refusal?.headers['allow']).toBe(allow);
    expect(problemSchema.parse(refusal?.problem)).toMatchObject({ status });
  });

  it('sends a refused method to no function even where the firewall did not see it', () => {
    for (const path of [election, `${election}/results`, receipt, '/healthz', '/'])
      expect(behaviorFor(config, path).AllowedMethods.toSorted()).toEqual(['GET', 'HEAD', 'OPTIONS']);
  });

  it.each(['unknown-paths', 'methods-of-sending', 'methods-of-reading', 'large-bodies'])(
    'would let something through without %s',
    (name) => {
      const others = rules.filter(({ Name }) => Name !== name);
      expect(refused.some(([request]) => judge(acl, request, others) === null)).toBe(true);
    },
  );

  it('lets no path through that has to be decoded', () => {
    const decoded = fc.constantFrom('%2e%2e', '%00', '%2F', '..%5c', 'ä', ' ', '"', '<', "'", ';', '\\', '$');
    const anywhere = fc.tuple(
      fc.constantFrom(...pages, ...operations.map(({ path }) => path)),
      decoded,
      fc.nat(),
    );
    fc.assert(
      fc.property(anywhere, ([path, odd, at]) => {
        const cut = 1 + (at % path.length);
        expect(judge(acl, { method: 'GET', path: path.slice(0, cut) + odd + path.slice(cut) })).toMatchObject(
          {
            status: 404,
          },
        );
      }),
    );
  });

  it('challenges nothing but pages: to a vote WAF would answer 202, as if it were accepted', () => {
    const challenging = rules.filter(({ Action = {} }) => 'Challenge' in Action || 'Captcha' in Action);
    expect(challenging.map(({ Name }) => Name)).toEqual(['challenge-pages']);
    const scope = rateOf('challenge-pages').ScopeDownStatement;
    expect(matches(scope, { method: 'GET', path: '/vote/demo' })).toBe(true);
    for (const request of operations) expect(matches(scope, request)).toBe(false);
    for (const { Statement } of rules)
      expect(JSON.stringify(Statement)).not.toMatch(/"(Challenge|Captcha)"|TARGETED/);
  });

  it('has a browser prove itself for as long as a page may stay open, as long as WAF allows', () => {
    const { ImmunityTime } = acl.Properties.ChallengeConfig.ImmunityTimeProperty;
    expect(ImmunityTime).toBeGreaterThanOrEqual(12 * 3_600);
    expect(ImmunityTime).toBeLessThanOrEqual(259_200);
  });

  it('counts browsers that proved themselves each for itself, others by address and fingerprint', () => {
    expect(rateOf('requests-per-token').CustomKeys).toEqual([
      { LabelNamespace: { Namespace: 'awswaf:managed:token:id:' } },
    ]);
    const unknown = rateOf('requests-per-unknown-client');
    expect(unknown.CustomKeys).toEqual([{ IP: {} }, { JA4Fingerprint: { FallbackBehavior: 'MATCH' } }]);
    expect(JSON.stringify(unknown.ScopeDownStatement)).toContain(
      '{"NotStatement":{"Statement":{"LabelMatchStatement":{"Key":"awswaf:managed:token:accepted"',
    );
    const total = rateOf('requests-per-address');
    expect(total.AggregateKeyType).toBe('IP');
    expect(total.ScopeDownStatement).toBeUndefined();
    expect(rateOf('requests-per-token').Limit).toBeLessThan(unknown.Limit);
    expect(unknown.Limit).toBeLessThan(total.Limit);
  });

  it('asks by token only after Bot Control has looked at it, and by address and pass before anything that costs', () => {
    const botControl = named('AWSManagedRulesBotControlRuleSet').Priority;
    const placesOf = (...names: string[]) => names.map((name) => named(name).Priority);
    const byAddressOrPass = placesOf(
      'requests-per-address',
      'votes-per-pass',
      'votes-without-fingerprint',
      'votes-without-fingerprint-in-all',
    );
    expect(Math.max(...byAddressOrPass)).toBeLessThan(botControl);
    const byToken = placesOf(
      'requests-per-token',
      'requests-per-unknown-client',
      'passes-per-token',
      'passes-per-address',
    );
    expect(Math.min(...byToken)).toBeGreaterThan(botControl);
    expect(new Set(rules.map(({ Priority }) => Priority)).size).toBe(rules.length);
  });

  it('tells who was too fast when to come back', () => {
    const limiting = rules.filter(
      ({ Name, Statement }) => 'RateBasedStatement' in Statement && Name !== 'challenge-pages',
    );
    expect(limiting.length).toBeGreaterThanOrEqual(4);
    for (const { Action } of limiting) {
      expect(Action.Block.CustomResponse).toMatchObject({
        ResponseCode: 429,
        CustomResponseBodyKey: 'too-many-attempts',
      });
      expect(headersOf(Action)).toMatchObject({ 'retry-after': '60' });
    }
  });

  it('lets pages of any origin read why they were refused, under the policy of every answer', () => {
    const blocking = rules.filter(({ Action = {} }) => 'Block' in Action);
    expect(blocking.length).toBeGreaterThanOrEqual(10);
    for (const { Action } of blocking) expect(headersOf(Action)).toMatchObject(refusalHeaders);
    // AWS, "AWS WAF quotas": custom response headers, by response and in all.
    const counts = blocking.map(({ Action }) => Object.keys(headersOf(Action)).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(100);
  });

  it('has the reputation list, known bad inputs and bots of AWS block, but no body for what it says', () => {
    for (const name of [
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesBotControlRuleSet',
    ])
      expect(named(name).OverrideAction).toEqual({ None: {} });
    const counted = (name: string) =>
      named(name).Statement.ManagedRuleGroupStatement.RuleActionOverrides.map(
        ({ Name, ActionToUse }: { Name: string; ActionToUse: object }) => [Name, ActionToUse],
      );
    for (const rule of [
      'SizeRestrictions_BODY',
      'CrossSiteScripting_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'EC2MetaDataSSRF_BODY',
    ])
      expect(counted('AWSManagedRulesCommonRuleSet')).toContainEqual([rule, { Count: {} }]);
    for (const rule of ['CategoryHttpLibrary', 'SignalNonBrowserUserAgent', 'SignalKnownBotDataCenter'])
      expect(counted('AWSManagedRulesBotControlRuleSet')).toContainEqual([rule, { Count: {} }]);
  });

  it('logs what it refused, without a piece of a body, a credential or the path beside the address', () => {
    const [logging] = template.ofType('AWS::WAFv2::LoggingConfiguration');
    if (logging === undefined) throw new Error('no log');
    expect(template.follow(logging, logging.Properties.ResourceArn).id).toBe(acl.id);
    expect(logging.Properties.LoggingFilter.DefaultBehavior).toBe('DROP');
    expect(logging.Properties.RedactedFields).toEqual([{ UriPath: {} }]);
    expect(acl.Properties.DataProtectionConfig.DataProtections).toEqual([
      { Action: 'SUBSTITUTION', Field: { FieldType: 'BODY' } },
      {
        Action: 'SUBSTITUTION',
        Field: { FieldType: 'SINGLE_HEADER', FieldKeys: ['authorization', 'cookie', passFingerprintHeader] },
      },
      { Action: 'SUBSTITUTION', Field: { FieldType: 'SINGLE_COOKIE' } },
    ]);
    expect(JSON.stringify(acl.Properties)).not.toContain('"SampledRequestsEnabled":true');
  });
});
